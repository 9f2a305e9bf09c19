"""Small pictures for the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.engine.preview import Preview, preview_size
from studio.media.picture import Picture, Size
from studio.show.status_map import PREVIEW_EDGE, StatusMapReader, StatusMapWriter
from tests.services.waiting import wait_for

sides = st.integers(32, 2048).map(lambda half: 2 * half)


@given(sides, sides)
def test_a_preview_is_even_no_longer_than_allowed_and_of_the_same_shape(width: int, height: int) -> None:
    w, h = preview_size(width, height)
    assert w % 2 == h % 2 == 0
    assert 2 <= max(w, h) <= PREVIEW_EDGE
    scale = min(1.0, PREVIEW_EDGE / max(width, height))
    assert abs(w - width * scale) <= 1
    assert abs(h - height * scale) <= 1


def test_a_small_feed_is_not_blown_up() -> None:
    assert preview_size(640, 360) == (640, 360)
    assert preview_size(1920, 1080) == (960, 540)
    assert preview_size(1080, 1920) == (540, 960)


@pytest.fixture
def status_map(tmp_path: Path) -> Iterator[tuple[StatusMapWriter, StatusMapReader]]:
    writer = StatusMapWriter(tmp_path / "status.map")
    reader = StatusMapReader(tmp_path / "status.map")
    yield writer, reader
    reader.close()
    writer.close()


# BT.709, limited range (ITU-R BT.709-6, 3.3 and 3.5).
@pytest.mark.parametrize(
    ("yuv", "rgb"),
    [
        ((16, 128, 128), (0, 0, 0)),
        ((235, 128, 128), (255, 255, 255)),
        ((126, 128, 128), (128, 128, 128)),
        ((63, 102, 240), (255, 0, 0)),
        ((173, 42, 26), (0, 255, 0)),
        ((32, 240, 118), (0, 0, 255)),
    ],
    ids=["black", "white", "grey", "red", "green", "blue"],
)
def test_colours_are_right(
    status_map: tuple[StatusMapWriter, StatusMapReader], yuv: tuple[int, int, int], rgb: tuple[int, int, int]
) -> None:
    writer, reader = status_map
    picture = Picture.black(Size(1920, 1080))
    for plane, value in zip((picture.y, picture.u, picture.v), yuv, strict=True):
        plane.fill(value)
    preview = Preview(1, (1920, 1080), writer)
    try:
        preview.offer(picture)
        preview.offer(picture)
        _, width, height, rows = wait_for(lambda: reader.preview(1, newer_than=0), 20)
    finally:
        preview.stop()
    assert (width, height) == (960, 540)
    pixels = np.frombuffer(rows, np.uint8).reshape(height, width, 4)
    assert np.abs(pixels[..., 2::-1].astype(int) - rgb).max() <= 2
    assert (pixels[..., 3] == 255).all()
    assert reader.preview(0, newer_than=0) is None, "only its own place"


def test_every_second_picture_is_shown_and_it_is_a_copy(status_map: tuple[StatusMapWriter, StatusMapReader]) -> None:
    writer, reader = status_map
    preview = Preview(0, (64, 64), writer)
    picture = Picture.black(Size(64, 64))
    try:
        preview.offer(picture)
        assert preview._newest is None
        picture.y.fill(235)
        preview.offer(picture)
        picture.y.fill(16)
        sequence, _, _, rows = wait_for(lambda: reader.preview(0, newer_than=0), 20)
        assert min(rows) > 250
        preview.offer(picture)
        preview.offer(picture)
        _, _, _, rows = wait_for(lambda: reader.preview(0, newer_than=sequence), 20)
        assert max(rows[::4]) < 5
    finally:
        preview.stop()
