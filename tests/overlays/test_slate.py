from __future__ import annotations

import numpy as np
import pytest

from studio.media.picture import Size
from studio.overlays.slate import draw_slate
from studio.overlays.words import LANGUAGES
from studio.show.theme import Theme
from tests.overlays.conftest import SHAPES, near, rows_and_columns

PHONE = Size(360, 640)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_slate_is_the_whole_frame_and_lets_nothing_through(shape: str, theme: Theme) -> None:
    size = SHAPES[shape]
    slate = draw_slate("Carved leather, evening show", "en", theme, size)
    assert slate.pixels.shape == (size.height, size.width, 4)
    assert (slate.x, slate.y) == (0, 0)
    assert slate.pixels[:, :, 3].min() == 255


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_words_stay_inside_the_frame_and_in_its_middle(language: str, ink: Theme) -> None:
    slate = draw_slate("Carved leather " * 12, language, ink, PHONE)
    _, _, left, right = rows_and_columns(near(slate.pixels, ink.colours.price))
    assert left > 0.04 * PHONE.width
    assert abs(left + right - PHONE.width) < 0.02 * PHONE.width


def test_a_show_without_a_name_has_a_slate_too(ink: Theme) -> None:
    named, nameless = (draw_slate(name, "en", ink, SHAPES["720p"]) for name in ("Show", " "))
    assert not np.array_equal(named.pixels, nameless.pixels)
    assert near(nameless.pixels, ink.colours.price).any()
