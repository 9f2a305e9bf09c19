from __future__ import annotations

import numpy as np
import pytest

from studio.overlays.raster import Canvas
from studio.overlays.text import digit_px, fit, is_right_to_left, lay_out
from studio.shop.price_text import price_text

LONG = "Extraordinarily long hand-carved vegetable-tanned shoulder bag with brass buckles and waxed thread"


def test_a_short_text_stays_on_one_line_at_its_size() -> None:
    laid = fit("Bag", 40, 600, "en", 500, lines=2)
    assert (laid.lines, laid.px, laid.text) == (1, 40, "Bag")


def test_a_longer_text_wraps_before_it_shrinks() -> None:
    laid = fit("Carved shoulder bag for every day", 40, 600, "en", 420, lines=2)
    assert (laid.lines, laid.px) == (2, 40)


def test_a_still_longer_text_shrinks_before_it_is_cut() -> None:
    text = "Carved shoulder bag for each and every day of"
    assert lay_out(text, 40, 600, "en", 420).lines > 2
    laid = fit(text, 40, 600, "en", 420, lines=2)
    assert laid.px < 40
    assert laid.text == text


def test_the_longest_text_ends_with_an_ellipsis_and_fits() -> None:
    laid = fit(LONG * 3, 40, 600, "en", 420, lines=2)
    assert laid.lines == 2
    assert laid.width <= 420
    assert laid.text.endswith("…")
    assert laid.px == 30


@pytest.mark.parametrize("whole", ["手", "ក្ក", "e\u0301\u200d", "a "])
def test_of_a_text_without_end_only_what_could_be_seen_is_laid_out(whole: str) -> None:
    endless = whole * 50_000
    for laid in (lay_out(endless, 40, 600, "en"), lay_out(endless, 40, 600, "en", 420)):
        assert len(laid.layout.text()) < 1100
        assert laid.text.endswith("…")
    few, many = (fit(whole * count, 40, 600, "en", 420, lines=2) for count in (800, 50_000))
    assert many.text == few.text
    assert many.text.endswith("…")


def test_a_narrow_column_of_many_lines_ends_where_it_was_told_to() -> None:
    whole, part = (lay_out(LONG, 40, 600, "en", 200, most) for most in (None, 3))
    assert whole.lines > part.lines == 3
    assert part.width <= 200


@pytest.mark.parametrize("whole", ["👩🏽\u200d🎨", "กี่", "e\u0323\u0302", "手"])
def test_an_ellipsis_never_cuts_a_character_in_two(whole: str) -> None:
    kept = fit(whole * 80, 40, 600, "en", 420, lines=1).text.removesuffix("…")
    assert kept
    assert kept == whole * (len(kept) // len(whole))


def test_two_lines_are_about_as_long_as_each_other() -> None:
    laid = fit("Carved shoulder bag for every day", 40, 600, "en", 620, lines=2)
    assert laid.lines == 2
    assert laid.width < 480


@pytest.mark.parametrize("language", ["ar", "ar-SA", "he", "fa", "ur", "he_IL"])
def test_right_to_left_languages_are_known(language: str) -> None:
    assert is_right_to_left(language)


@pytest.mark.parametrize("language", ["en", "zh", "art", "hebrewish", "arc-x"])
def test_other_languages_run_left_to_right(language: str) -> None:
    assert not is_right_to_left(language)


@pytest.mark.parametrize(("digit", "language"), [("7", "en"), ("٧", "ar"), ("۷", "fa"), ("७", "hi"), ("๗", "th")])
def test_digits_get_the_height_asked_for(digit: str, language: str) -> None:
    px = digit_px(780, language, digit, 50)
    zero = {"7": "0", "٧": "٠", "۷": "۰", "७": "०", "๗": "๐"}[digit]
    heights = []
    for n in range(1, 10):
        canvas = Canvas(120, 160)
        lay_out(chr(ord(zero) + n), px, 780, language).draw(canvas.painter, 10, 10, "#ffffff")
        heights.append(np.count_nonzero((canvas.finish(0, 0).pixels[:, :, 3] > 127).any(axis=1)))
    assert 50 <= max(heights) <= 52


def test_an_empty_text_is_no_trouble() -> None:
    assert lay_out("", 40, 600, "en").width == 0


@pytest.mark.parametrize(("currency", "symbol"), [("USD", "US$"), ("CAD", "CA$"), ("BRL", "R$"), ("JPY", "JP¥")])
@pytest.mark.parametrize("around", ["{}", "كان {}", "was {} now"])
def test_a_currencys_letters_and_sign_stay_in_order_in_arabic(currency: str, symbol: str, around: str) -> None:
    text = around.format(price_text(17900, currency, "ar"))
    assert symbol in text
    laid = lay_out(text, 40, 600, "ar")
    line, start = laid.layout.lineAt(0), text.index(symbol)
    left = [line.cursorToX(start + at)[0] for at in range(len(symbol))]  # type: ignore[index]  # Qt's stubs say float
    assert left == sorted(left)
