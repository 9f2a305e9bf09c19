"""A price as people write it in a language, by CLDR."""

from __future__ import annotations

import copy
import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from babel.core import get_global
from babel.numbers import get_currency_precision

from studio.shop.language import locale_for
from studio.shop.money import storage_digits

# The digit zero of each numbering system that CLDR makes a locale's default. Babel gives the system's separators
# but leaves the digits Latin, a mix that nobody writes.
_ZEROS = {"arab": 0x660, "arabext": 0x6F0, "beng": 0x9E6, "deva": 0x966, "mymr": 0x1040, "tibt": 0xF20}
# Written without ".00" when whole, though neither CLDR's usual nor its cash digits say so.
_WHOLE = frozenset({"CNY", "TWD"})
_SPACES = re.compile(r"[ \t\u2009\u202f]")
# CLDR's currencySpacing: a symbol that ends in a letter stands apart from the digits ("KWD 1", but "US$1").
_TOUCHING = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])")
# Latin letters with a neutral sign ("US$"): between right-to-left marks the sign would jump to their other side.
_SYMBOL = re.compile(r"[A-Za-z]+[$£¥€₩]|[$£¥€₩][A-Za-z]+")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})


@lru_cache(maxsize=4096)
def price_text(minor: int, currency: str, language: str) -> str:
    """The price of `minor` units in the language's own form, for a single line of text.

    It holds no place where a line may break (spaces are U+00A0, which every font has, U+202F not), and where it runs
    right to left or holds such letters it is one isolated run (U+2068 … U+2069), so that text around it
    cannot reorder it. No amount is rounded: what is finer than CLDR usually writes is written in full.

    Raises:
        LanguageError: CLDR does not know the language.
    """
    locale = locale_for(language)
    system = locale.default_numbering_system
    zero = _ZEROS.get(system)
    pattern = copy.copy(locale.currency_formats["standard"])
    digits = display_digits(minor, currency)
    pattern.frac_prec = (digits, digits)
    amount = Decimal(minor).scaleb(-storage_digits(currency))
    text: str = pattern.apply(
        amount, locale, currency=currency, currency_digits=False, numbering_system=system if zero else "latn"
    )
    text = _TOUCHING.sub("\u00a0", _SPACES.sub("\u00a0", text))
    if zero:
        text = text.translate({ord("0") + digit: zero + digit for digit in range(10)})
    if locale.text_direction == "rtl":
        text = _SYMBOL.sub("\u200e\\g<0>\u200e", text)
    reorders = locale.text_direction == "rtl" or any(unicodedata.bidirectional(one) in _RIGHT_TO_LEFT for one in text)
    return f"\u2068{text}\u2069" if reorders else text


def display_digits(minor: int, currency: str) -> int:
    """How many decimals the amount is written with: as CLDR does, none for a whole price where that is the custom."""
    stored = storage_digits(currency)
    usual = get_currency_precision(currency)
    if minor % 10**stored == 0 and (currency in _WHOLE or _cash_digits(currency) == 0):
        return 0
    return usual if minor % 10 ** max(0, stored - usual) == 0 else stored


def _cash_digits(currency: str) -> int:
    """CLDR's digits for cash: 0 where coins for the fraction are out of use (IDR, HUF, COP)."""
    fractions = get_global("currency_fractions")
    return int(fractions.get(currency, fractions["DEFAULT"])[2])
