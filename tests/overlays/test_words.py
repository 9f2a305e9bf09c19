from __future__ import annotations

import pytest

from studio.overlays.words import (
    LANGUAGES,
    back_soon_words,
    left_words,
    percent_words,
    say_words,
    sold_out_words,
    was_words,
)


@pytest.mark.parametrize(
    ("count", "language", "words"),
    [
        (12, "en", "12 left"),
        (1, "en", "1 left"),
        (1, "es", "Queda 1"),
        (2, "es-MX", "Quedan 2"),
        (1, "ru", "Осталась 1 шт."),
        (21, "ru", "Осталась 21 шт."),
        (3, "ru", "Осталось 3 шт."),
        (12, "zh", "仅剩 12 件"),
        (12, "zh-TW", "僅剩 12 件"),
        (12, "zh-Hant", "僅剩 12 件"),
        (12, "zh-Hans-CN", "仅剩 12 件"),
        (12, "ja", "残り12点"),
        (3, "th", "เหลือ 3 ชิ้น"),
        (1, "ar", "بقيت قطعة واحدة"),
        (2, "ar", "بقيت قطعتان"),
        (5, "ar-EG", "بقيت ٥ قطع"),
        (12, "ar-EG", "بقيت ١٢ قطعة"),
        (12, "fa", "۱۲ عدد مانده"),
        (2, "he", "נשארו 2"),
        (7, "sw", "7 left"),
        (7, "not a language", "7 left"),
    ],
)
def test_stock_is_said_as_the_language_counts(count: int, language: str, words: str) -> None:
    assert left_words(count, language) == words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_everything(language: str) -> None:
    assert "{" not in left_words(5, language)
    assert "€9" in was_words("€9", language)
    assert sold_out_words(language).strip()
    assert back_soon_words(language).strip()


def test_the_required_languages_have_words_of_their_own() -> None:
    assert set(LANGUAGES) >= {"en", "es", "zh", "ja", "th", "ar", "he", "fr", "de", "ru", "pt", "ko"}


def test_the_minus_stays_before_the_number() -> None:
    assert percent_words(18, "en") == "\u2066−18%\u2069"
    assert percent_words(18, "ar-EG") == "\u2066−١٨%\u2069"


@pytest.mark.parametrize(
    "language", ["en", "es", "zh", "zh-TW", "ja", "th", "ar", "he", "fr", "de", "ru", "pt", "ko"]
)
def test_the_main_languages_say_the_keyword_in_words_of_their_own(language: str) -> None:
    words = say_words("bag", language)
    assert "\u2068bag\u2069" in words
    assert (words == say_words("bag", "en")) is (language == "en")
