from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.shop.money import (
    MAX_MINOR,
    Money,
    MoneyError,
    check_currency,
    currencies,
    decimal_text,
    parse_amount,
    storage_digits,
)

currency_codes = st.sampled_from(sorted(currencies()))


@given(currency_codes, st.integers(0, MAX_MINOR))
def test_an_amount_written_out_reads_back_exactly(currency: str, minor: int) -> None:
    assert parse_amount(decimal_text(minor, currency), currency) == minor


@given(currency_codes, st.text(max_size=30) | st.from_regex(r"[0-9.,\- ]{0,20}", fullmatch=True))
def test_any_text_is_an_exact_amount_or_refused_in_words(currency: str, text: str) -> None:
    try:
        minor = parse_amount(text, currency)
    except MoneyError as error:
        complaint = str(error)
    else:
        digits = storage_digits(currency)
        whole, _, fraction = text.partition(".")
        assert minor == int(whole) * 10**digits + int(fraction[:digits].ljust(digits, "0") or "0")
        assert not fraction[digits:].strip("0")
        return
    assert complaint
    assert "\n" not in complaint


@pytest.mark.parametrize(
    ("currency", "digits"),
    [("USD", 2), ("JPY", 0), ("KRW", 0), ("KWD", 3), ("IQD", 3), ("CLF", 4), ("RSD", 2), ("LBP", 2), ("ISK", 0)],
)
def test_money_is_counted_as_iso_4217_counts_it(currency: str, digits: int) -> None:
    assert storage_digits(currency) == digits


@pytest.mark.parametrize(
    "text", ["", "1,5", "1.234,50", "-1", "+1", "1e3", "1.", ".5", " 1", "１", "179.005", "nan", "1_000", "9" * 20]
)
def test_what_is_no_exact_amount_of_dollars_is_refused(text: str) -> None:
    with pytest.raises(MoneyError):
        parse_amount(text, "USD")


def test_zeros_that_change_nothing_are_taken() -> None:
    assert parse_amount("26800.00", "JPY") == 26800
    assert parse_amount("179.500", "USD") == 17950


def test_an_unknown_currency_brings_a_suggestion() -> None:
    with pytest.raises(MoneyError, match="did you mean USD"):
        check_currency("usd")
    with pytest.raises(MoneyError, match="ISO 4217"):
        check_currency("XAU")


def test_money_shows_itself_plainly() -> None:
    assert str(Money(17900, "USD")) == "179.00 USD"
