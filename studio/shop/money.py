"""Money: an integer of minor units with its ISO 4217 currency, and decimal text read exactly."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache

from babel.core import get_global
from babel.numbers import get_currency_precision, list_currencies

# CLDR's digits are how a price is usually written, ISO 4217's how it is counted. Where the two differ, money is
# stored as ISO 4217 counts it (list one, 2024), so that no amount that a bank can name is lost.
_ISO_DIGITS = dict.fromkeys(
    ("AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SLL", "SOS", "SYP", "YER"), 2
) | {"IQD": 3}
_NOT_MONEY = frozenset(
    ("XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XFO", "XFU", "XPD", "XPT", "XRE", "XSU", "XTS", "XUA", "XXX")
)
_AMOUNT = re.compile(r"([0-9]+)(?:\.([0-9]+))?")

MAX_MINOR = 10**15  # far above any price, far below what SQLite's integer holds
MAX_STOCK = 10**9


class MoneyError(ValueError):
    """A text that is no amount or no currency; the message says why and what is allowed."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in one currency. `minor` counts its smallest units: cents for USD, yen for JPY."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return f"{decimal_text(self.minor, self.currency)} {self.currency}"


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """Every ISO 4217 code of money, past and present."""
    return frozenset(list_currencies("en")) - _NOT_MONEY


@lru_cache(maxsize=1)
def currencies_in_use() -> tuple[str, ...]:
    """The codes that are legal tender somewhere today, for suggestions."""
    tenders = get_global("territory_currencies").values()
    return tuple(sorted({code for one in tenders for code, _, end, tender in one if tender and end is None}))


def check_currency(code: str) -> str:
    """The code itself. Raises MoneyError when it is not one of ISO 4217's."""
    if code in currencies():
        return code
    close = get_close_matches(code.upper(), currencies_in_use(), n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else "for example USD, EUR, CNY"
    raise MoneyError(f"{shown(code)} is no ISO 4217 currency code; {hint}")


def storage_digits(currency: str) -> int:
    """How many decimals a minor unit of the currency stands for: 2 for USD, 0 for JPY, 3 for KWD."""
    return _ISO_DIGITS.get(currency, get_currency_precision(currency))


def parse_amount(text: str, currency: str) -> int:
    """Minor units of a decimal text such as "179.00". Never rounds.

    Raises:
        MoneyError: not digits with at most one point, finer than the currency's smallest unit, or too large.
    """
    check_currency(currency)
    digits = storage_digits(currency)
    example = decimal_text(17900 if digits == 2 else 179 * 10**digits, currency)
    found = _AMOUNT.fullmatch(text)
    if not found:
        raise MoneyError(f"{shown(text)} is no amount; write digits with a point, for example {example}")
    whole, fraction = found[1], (found[2] or "").rstrip("0")
    if len(fraction) > digits:
        raise MoneyError(
            f"{shown(text)} is finer than {currency} goes; it has {digits} decimals, for example {example}"
        )
    if len(whole.lstrip("0")) > 16 or (minor := int(whole + fraction.ljust(digits, "0"))) > MAX_MINOR:
        raise MoneyError(f"{shown(text)} is more than a price can be")
    return minor


def decimal_text(minor: int, currency: str) -> str:
    """The amount as plain decimal text: "179.00", "26800", "1.250"."""
    return f"{Decimal(minor).scaleb(-storage_digits(currency)):f}"


def shown(text: str) -> str:
    """What was found, quoted, cut to a length that fits a message."""
    return repr(text if len(text) <= 40 else f"{text[:39]}…")
