from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QFont

from studio.overlays.cmap import read_coverage
from studio.overlays.fonts import cjk_family, font, font_book, missing_glyphs, start_text
from studio.overlays.raster import Canvas
from studio.overlays.text import lay_out
from studio.overlays.words import LANGUAGES, Words, _words
from tests.overlays.samples import CARDS, TEXTS


@pytest.mark.parametrize("language", TEXTS)
def test_no_character_of_a_language_is_missing(language: str) -> None:
    assert missing_glyphs(TEXTS[language]) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_own_words_can_be_drawn(language: str) -> None:
    words: Words = _words(language)
    assert missing_glyphs("".join((*words.left.values(), words.was, words.sold_out, words.back_soon))) == set()


def test_a_character_that_no_font_has_is_named() -> None:
    assert missing_glyphs("a \U00013000 b\u200f") == {"\U00013000"}


@pytest.mark.parametrize("language", TEXTS)
def test_only_our_families_draw_and_every_glyph_is_found(language: str) -> None:
    ours = {*font_book().coverage, cjk_family(language)}
    laid = lay_out(TEXTS[language], 40, 600, language)
    for run in laid.layout.glyphRuns():
        assert run.rawFont().familyName() in ours
        assert 0 not in run.glyphIndexes()


@pytest.mark.parametrize(
    ("language", "family"),
    [
        ("zh", "Noto Sans CJK SC"),
        ("zh-Hans", "Noto Sans CJK SC"),
        ("zh-CN", "Noto Sans CJK SC"),
        ("zh-Hant", "Noto Sans CJK TC"),
        ("zh-TW", "Noto Sans CJK TC"),
        ("zh-Hant-HK", "Noto Sans CJK HK"),
        ("zh-HK", "Noto Sans CJK HK"),
        ("ja-JP", "Noto Sans CJK JP"),
        ("ko", "Noto Sans CJK KR"),
        ("en", "Noto Sans CJK SC"),
    ],
)
def test_a_language_gets_its_own_forms_of_han_characters(language: str, family: str) -> None:
    assert cjk_family(language) == family
    (run,) = lay_out("直", 40, 600, language).layout.glyphRuns()
    assert run.rawFont().familyName() == family


def test_regional_forms_are_different_glyphs() -> None:
    glyphs = {
        language: lay_out("返", 40, 600, language).layout.glyphRuns()[0].glyphIndexes()[0]
        for language in ("zh-Hans", "zh-Hant", "ja", "ko")
    }
    assert len(set(glyphs.values())) >= 3


def test_marks_and_joined_emoji_stay_in_one_run() -> None:
    assert [run.family for run in font_book().runs("a👩🏽\u200d🎨b", "en")] == ["Inter", "Noto Emoji", "Inter"]
    assert [run.family for run in font_book().runs("e\u0323\u0302", "vi")] == ["Inter"]


def test_a_space_after_an_emoji_is_as_wide_as_any() -> None:
    assert [run.family for run in font_book().runs("🎁 x", "en")] == ["Noto Emoji", "Inter"]


def test_runs_count_as_qt_counts() -> None:
    runs = font_book().runs("🎁手a", "zh")
    assert [(run.start, run.length) for run in runs] == [(0, 2), (2, 1), (3, 1)]


def test_weights_are_the_fonts_own() -> None:
    inks = []
    for weight in (300, 500, 700, 800):
        canvas = Canvas(300, 120)
        lay_out("179 手 ٧", 60, weight, "zh").draw(canvas.painter, 0, 0, "#ffffff")
        inks.append(int(canvas.finish(0, 0).pixels[:, :, 3].sum()))
    assert inks == sorted(set(inks))
    assert font("Inter", 20, 700).weight() == QFont.Weight.Normal


def test_digits_are_all_as_wide_as_each_other() -> None:
    for family in ("Inter", "Noto Sans Arabic"):
        zero = ord("0") if family == "Inter" else 0x660
        runs = [lay_out(chr(zero + n) * 2, 100, 780, "en").layout.glyphRuns()[0].positions() for n in range(10)]
        assert len({round(places[1].x() - places[0].x(), 2) for places in runs}) == 1


def test_starting_twice_gives_the_same_application() -> None:
    assert start_text() is start_text()


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_qt_does_not_eat_none() -> None:
    """PySide 6.12.0 lost a reference to None on each call without a result: after some thousand the program dies."""
    made = QFont("Inter")
    before = sys.getrefcount(None)
    for _ in range(200):
        made.setPixelSize(20)
    assert sys.getrefcount(None) - before > -100


def test_a_file_that_is_no_font_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"no font at all, but long enough", b"\0\1\0\0\0\1" + b"\0" * 60):
        (tmp_path / "x.ttf").write_bytes(content)
        with pytest.raises(ValueError, match=r"."):
            read_coverage(tmp_path / "x.ttf")


def test_every_sample_card_can_be_drawn_whole() -> None:
    for card in CARDS.values():
        assert missing_glyphs(card.name + card.price_text + card.was_text + card.quiet_line) == set()
