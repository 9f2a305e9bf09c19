from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.shop.language import LanguageError, best_name, locale_for

_NAMES = {"zh": "简体", "zh-TW": "繁體", "es": "español"}


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("zh", "简体"),
        ("zh-Hans", "简体"),
        ("zh-HK", "繁體"),
        ("zh-TW", "繁體"),
        ("es-MX", "español"),
        ("de", "default"),
    ],
)
def test_the_nearest_language_and_script_gives_the_name(language: str, name: str) -> None:
    assert best_name(_NAMES, language, "default") == name


def test_another_script_is_better_than_another_language() -> None:
    assert best_name({"zh-TW": "繁體"}, "zh", "default") == "繁體"


def test_an_unknown_region_falls_back_to_its_language() -> None:
    assert str(locale_for("en-CN")) == "en"


@given(st.text(max_size=40))
def test_any_text_is_a_language_or_refused_in_words(text: str) -> None:
    with contextlib.suppress(LanguageError):
        assert locale_for(text).currency_formats
