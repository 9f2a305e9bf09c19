from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import InputError
from studio.shop.catalogue import Catalogue
from studio.shop.catalogue_rows import change_price, read_catalogue
from studio.shop.database import Shop
from studio.shop.loading import load_products
from studio.shop.product import ShowProduct


@pytest.fixture(autouse=True)
def _products(shop: Shop) -> None:
    load_products(shop, Path("show.toml"), [ShowProduct(sku="BAG-01", name="Bag", currency="USD", price=17900)])


def test_a_price_is_changed_as_a_person_writes_it(shop: Shop) -> None:
    product, price = change_price(shop, "bag-01", "149.00")
    assert (product.price, str(price)) == (17900, "149.00 USD")
    change_price(shop, "BAG-01", "26800", "JPY")
    assert read_catalogue(shop).require("BAG-01").prices == {"JPY": 26800, "USD": 14900}


@pytest.mark.parametrize(
    ("sku", "amount", "currency", "complaint"),
    [
        ("BAG-1", "1", None, "did you mean BAG-01"),
        ("BAG-01", "1,5", None, "no amount"),
        ("BAG-01", "1.5", "JPY", "finer than JPY"),
        ("BAG-01", "1", "EURO", "did you mean EUR"),
    ],
)
def test_a_wrong_price_is_refused_and_changes_nothing(
    shop: Shop, sku: str, amount: str, currency: str | None, complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        change_price(shop, sku, amount, currency)
    assert read_catalogue(shop).require("BAG-01").prices == {"USD": 17900}


def test_a_catalogue_that_was_read_stays_as_it_is(shop: Shop) -> None:
    before = read_catalogue(shop)
    change_price(shop, "BAG-01", "1.00")
    assert before.require("BAG-01").price == 17900


def test_an_empty_catalogue_has_nothing() -> None:
    assert Catalogue.empty().find("BAG-01") is None
