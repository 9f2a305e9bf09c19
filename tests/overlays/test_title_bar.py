from __future__ import annotations

import pytest

from studio.overlays.content import TitleContent
from studio.overlays.title_bar import draw_title_bar
from studio.show.theme import Theme, load_theme
from tests.overlays.conftest import SHAPES, TALL, WIDE, near, rows_and_columns
from tests.overlays.goldens import assert_golden, over_grey


@pytest.mark.parametrize("shape", SHAPES)
def test_every_title_is_one_bar_of_one_height_in_its_place(shape: str, ink: Theme) -> None:
    size = SHAPES[shape]
    bars = [
        draw_title_bar(TitleContent(text, "en"), ink, size)
        for text in ("Hi", "手工雕花皮具", "หนังแกะสลัก", "Carved leather, evening show " * 8)
    ]
    assert len({(bar.pixels.shape[0], bar.x, bar.y) for bar in bars}) == 1
    assert all(bar.x + bar.pixels.shape[1] <= size.width for bar in bars)


def test_the_title_is_at_the_side_where_lines_begin(ink: Theme) -> None:
    left, right = (draw_title_bar(TitleContent("12", language), ink, WIDE) for language in ("en", "he"))
    assert left.x < WIDE.width / 4
    assert right.x + right.pixels.shape[1] > WIDE.width * 3 / 4
    _, _, start, _ = rows_and_columns(near(left.pixels, ink.colours.price))
    _, _, _, end = rows_and_columns(near(right.pixels, ink.colours.price))
    assert abs(start - (right.pixels.shape[1] - 1 - end)) <= 2


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Carved leather, evening show"),
        ("ar", "جلد منقوش"),
        ("zh", "手工雕花皮具 · 晚间直播"),
        ("th", "หนังแกะสลักทำมือ คืนนี้"),
    ],
)
def test_titles_look_as_they_are_meant_to(language: str, text: str) -> None:
    raster = draw_title_bar(TitleContent(text, language), load_theme("kraft"), TALL)
    assert_golden(f"title-{language}", over_grey(raster))
