from __future__ import annotations

import re
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.shop.money import MAX_MINOR, currencies, storage_digits
from studio.shop.price_text import display_digits, price_text

_LANGUAGES = (
    "en",
    "de",
    "es",
    "fr",
    "pt-BR",
    "pl",
    "zh",
    "zh-Hant",
    "ja",
    "th",
    "ar",
    "ar-EG",
    "he",
    "fa",
    "hi",
    "bn",
)


@pytest.mark.parametrize(
    ("minor", "currency", "language", "text"),
    [
        (17900, "USD", "en", "$179.00"),
        (17900, "USD", "zh", "US$179.00"),
        (16500, "EUR", "es", "165,00\u00a0€"),
        (128000, "CNY", "zh", "¥1,280"),  # whole: written without .00
        (128050, "CNY", "zh", "¥1,280.50"),
        (26800, "JPY", "ja", "￥26,800"),
        (1200000, "IDR", "id", "Rp\u00a012.000"),
        (1250, "KWD", "en", "KWD\u00a01.250"),
        (150050, "LBP", "en", "LBP\u00a01,500.50"),  # finer than usual, so in full
        (17900, "USD", "ar", "\u2068\u200f179.00\u00a0\u200eUS$\u200e\u2069"),
        (65700, "SAR", "ar", "\u2068\u200f657.00\u00a0ر.س.\u200f\u2069"),
        (65700, "SAR", "ar-SA", "\u2068\u200f٦٥٧٫٠٠\u00a0ر.س.\u200f\u2069"),
    ],
)
def test_a_price_is_written_as_the_language_writes_it(minor: int, currency: str, language: str, text: str) -> None:
    assert price_text(minor, currency, language) == text


@given(st.integers(0, MAX_MINOR), st.sampled_from(sorted(currencies())), st.sampled_from(_LANGUAGES))
def test_every_price_says_its_amount_and_never_breaks(minor: int, currency: str, language: str) -> None:
    text = price_text(minor, currency, language)
    assert not re.search(r"[ \t\n\u2009\u202f]", text)
    digits = "".join(str(unicodedata.decimal(one)) for one in text if one.isdecimal())
    written = Decimal(digits).scaleb(-display_digits(minor, currency))
    assert written == Decimal(minor).scaleb(-storage_digits(currency))
    mixed = any(unicodedata.bidirectional(one) in {"R", "AL", "AN"} for one in text)
    assert not mixed or (text.startswith("\u2068") and text.endswith("\u2069"))
