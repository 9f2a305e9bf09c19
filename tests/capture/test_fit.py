from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.capture.fit import place
from studio.media.picture import Rect, Size
from studio.show.plan import PictureRequest

EVEN = st.integers(1, 1200).map(lambda half: 2 * half)


def test_the_same_shape_is_neither_cropped_nor_framed() -> None:
    found = place(Size(1920, 1080), 1.0, PictureRequest(1280, 720, "cover"))
    assert found == (Rect(0, 0, 1920, 1080), Rect(0, 0, 1280, 720))


def test_cover_takes_the_middle_of_a_wide_picture_for_a_tall_feed() -> None:
    crop, content = place(Size(1920, 1080), 1.0, PictureRequest(1080, 1920, "cover"))
    assert crop == Rect(656, 0, 608, 1080)
    assert content == Rect(0, 0, 1080, 1920)


def test_contain_shows_the_whole_of_it_in_the_middle() -> None:
    crop, content = place(Size(1920, 1080), 1.0, PictureRequest(1080, 1920, "contain"))
    assert crop == Rect(0, 0, 1920, 1080)
    assert content == Rect(0, 656, 1080, 608)


def test_pixels_that_are_not_square_are_seen_in_their_true_shape() -> None:
    _, content = place(Size(720, 576), 64 / 45, PictureRequest(1920, 1080, "contain"))
    assert content == Rect(0, 0, 1920, 1080)


@given(EVEN, EVEN, EVEN, EVEN, st.sampled_from(["cover", "contain"]), st.floats(0.5, 2.0))
def test_every_placing_is_even_and_inside(width: int, height: int, w: int, h: int, fit: str, aspect: float) -> None:
    found = place(Size(width, height), aspect, PictureRequest(w, h, "cover" if fit == "cover" else "contain"))
    for rect, size in zip(found, ((width, height), (w, h)), strict=True):
        assert all(side % 2 == 0 and side >= 0 for side in rect)
        assert rect.width >= 2
        assert rect.height >= 2
        assert rect.x + rect.width <= size[0]
        assert rect.y + rect.height <= size[1]


@pytest.mark.parametrize("fit", ["cover", "contain"])
def test_shapes_are_kept_to_a_pixel(fit: str) -> None:
    request = PictureRequest(1000, 400, "cover" if fit == "cover" else "contain")
    crop, content = place(Size(1366, 768), 1.0, request)
    assert abs(crop.width * content.height / content.width - crop.height) < 4
