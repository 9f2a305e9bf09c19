from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from studio.errors import InputError, StudioError
from studio.shop.catalogue import ProductView
from studio.shop.catalogue_rows import read_catalogue, set_price
from studio.shop.database import Shop
from studio.shop.loading import load_products
from studio.shop.product import ShowProduct, ShowVariant

FILE = Path("evening.toml")
BAG = ShowProduct(
    sku="BAG-01",
    name="Carved bag",
    currency="USD",
    price=17900,
    was=22000,
    stock=12,
    keyword="bag",
    names={"es": "Bolso"},
    prices={"EUR": 16500},
)
BELT = ShowProduct(
    sku="BELT-02",
    name="Belt",
    currency="USD",
    price=6400,
    keyword="belt",
    variants=(ShowVariant("BELT-85", {"size": "85"}, 4), ShowVariant("BELT-95", {"size": "95"}, 6)),
)


def _load(shop: Shop, *products: ShowProduct, file: Path = FILE, restock: bool = False) -> ProductView:
    load_products(shop, file, products, restock=restock)
    return read_catalogue(shop).require(products[0].sku)


def test_a_new_product_is_created_whole(shop: Shop) -> None:
    assert _load(shop, BAG) == ProductView(
        sku="BAG-01",
        name="Carved bag",
        currency="USD",
        prices={"EUR": 16500, "USD": 17900},
        was=22000,
        left=12,
        keyword="bag",
        names={"es": "Bolso"},
    )


def test_a_price_changed_on_air_is_not_put_back_by_the_next_start(shop: Shop) -> None:
    _load(shop, BAG)
    set_price(shop, "BAG-01", "USD", 14900)
    assert _load(shop, BAG).price == 14900


def test_only_what_changed_in_the_file_is_taken_over(shop: Shop) -> None:
    _load(shop, BAG)
    set_price(shop, "BAG-01", "USD", 14900)
    loaded = _load(shop, replace(BAG, prices={"EUR": 15000}, name="Shoulder bag", names={}))
    assert (loaded.prices, loaded.name, loaded.names) == ({"EUR": 15000, "USD": 14900}, "Shoulder bag", {})


def test_a_price_changed_in_the_file_is_taken_over(shop: Shop) -> None:
    _load(shop, BAG)
    set_price(shop, "BAG-01", "USD", 14900)
    assert _load(shop, replace(BAG, price=15900)).price == 15900


def test_a_file_that_was_never_loaded_takes_over_whole(shop: Shop) -> None:
    _load(shop, BAG)
    set_price(shop, "BAG-01", "USD", 14900)
    assert _load(shop, BAG, file=Path("other.toml")).price == 17900


def test_stock_is_opening_stock_unless_told_to_restock(shop: Shop) -> None:
    _load(shop, BAG)
    assert _load(shop, replace(BAG, stock=99)).left == 12
    assert _load(shop, replace(BAG, stock=99), restock=True).left == 99


def test_what_else_is_remembered_of_a_file_touches_no_product(shop: Shop) -> None:
    before = _load(shop, BAG)
    facts = json.dumps({**BAG.facts(), "id": 7, "variants": None, "odd:EUR": 1})
    with closing(sqlite3.connect(shop.path)) as db, db:
        db.execute("UPDATE file_facts SET facts = ?", (facts,))
    assert _load(shop, BAG) == before


def test_another_currency_takes_its_was_price_along(shop: Shop) -> None:
    _load(shop, BAG)
    loaded = _load(shop, replace(BAG, currency="GBP", was=None))
    assert (loaded.price_in("GBP"), loaded.was) == ((17900, "GBP"), None)


def test_variants_have_the_stock_and_the_product_their_sum(shop: Shop) -> None:
    loaded = _load(shop, BELT)
    assert (loaded.left, [one.sku for one in loaded.variants]) == (10, ["BELT-85", "BELT-95"])
    assert read_catalogue(shop).find("belt-95") == loaded


def test_a_variant_that_the_file_dropped_is_no_longer_offered(shop: Shop) -> None:
    _load(shop, BELT)
    assert [one.sku for one in _load(shop, replace(BELT, variants=BELT.variants[:1])).variants] == ["BELT-85"]
    assert _load(shop, BELT).left == 10


def test_a_sku_of_another_product_changes_nothing_at_all(shop: Shop) -> None:
    before = _load(shop, BAG)
    thief = replace(BELT, variants=(ShowVariant("BAG-01", {}, 1),))
    with pytest.raises(InputError, match="already belongs to BAG-01"):
        load_products(shop, FILE, [replace(BAG, name="Other"), thief])
    assert read_catalogue(shop).products == {"BAG-01": before}


def test_a_product_without_a_price_in_a_currency_is_shown_in_its_own(shop: Shop) -> None:
    loaded = _load(shop, BAG)
    assert loaded.price_in("EUR") == (16500, "EUR")
    assert loaded.price_in("JPY") == (17900, "USD")
    assert loaded.name_in("es-MX") == "Bolso"
    assert loaded.name_in("de") == "Carved bag"


def test_the_price_in_the_products_own_currency_is_never_taken_away(shop: Shop) -> None:
    in_euros = replace(BAG, currency="EUR", price=16900, was=None, prices={})
    _load(shop, BAG)
    _load(shop, in_euros, file=Path("berlin.toml"))
    loaded = _load(shop, replace(BAG, prices={}))
    assert (loaded.price_in("EUR"), loaded.price_in("JPY")) == ((16900, "EUR"), (16900, "EUR"))


def test_a_product_without_any_price_says_so(shop: Shop) -> None:
    loaded = replace(_load(shop, BAG), prices={})
    with pytest.raises(StudioError, match="BAG-01 has no price in USD"):
        loaded.price_in("EUR")
