from __future__ import annotations

from pathlib import Path

import pytest

from studio.errors import InputError
from studio.shop.catalogue import ProductView
from studio.shop.catalogue_rows import read_catalogue
from studio.shop.database import Shop
from studio.shop.importing import export_products, import_products, usual_currency
from studio.shop.product_sheet import read_products

OWN = """\
sku,variant_of,name,price,currency,was,stock,keyword,options,name:es,price:EUR,notes
BAG-01,,"Bag, big",179.00,USD,220,12,bag,,Bolso,165.00,mine
BELT-02,,Belt,64,USD,,,belt,,,,
BELT-85,BELT-02,,,,,4,,size=85; color=dark brown,,,
BELT-95,BELT-02,,,,,,,size=95,,,
"""
NEW_SHOPIFY = """\
Title,URL handle,SKU,Option1 name,Option1 value,Price,Compare-at price,Inventory tracker,Inventory quantity,\
Continue selling when out of stock
Fox fob,fox,FOX-03,Title,Default Title,14.00,,shopify,30,DENY
Belt,belt,BELT-S,Size,S,64.00,80.00,shopify,4,DENY
,belt,BELT-L,,L,64.00,80.00,shopify,-2,DENY
Wallet,wallet,W-S,Size,S,30.00,,,,
,wallet,,,L,35.00,,shopify,5,CONTINUE
"""
OLD_SHOPIFY = """\
Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,\
Variant Compare At Price,Image Src
fox,Fox fob,Title,Default Title,FOX-03,shopify,30,14.00,20.00,https://cdn.example/fox.jpg
fox,,,,,,,,,https://cdn.example/fox2.jpg
"""


def _import(shop: Shop, tmp_path: Path, text: str, currency: str = "USD") -> dict[str, ProductView]:
    file = tmp_path / "products.csv"
    file.write_text(text, encoding="utf-8")
    import_products(shop, read_products(file, currency))
    return dict(read_catalogue(shop).products)


def test_own_columns_give_products_variants_names_and_prices(shop: Shop, tmp_path: Path) -> None:
    products = _import(shop, tmp_path, OWN)
    bag, belt = products["BAG-01"], products["BELT-02"]
    assert (bag.name, bag.prices, bag.was, bag.left) == ("Bag, big", {"EUR": 16500, "USD": 17900}, 22000, 12)
    assert (bag.keyword, bag.names) == ("bag", {"es": "Bolso"})
    assert [(one.sku, one.options, one.left) for one in belt.variants] == [
        ("BELT-85", {"size": "85", "color": "dark brown"}, 4),
        ("BELT-95", {"size": "95"}, None),
    ]


def test_shopifys_quantities_count_where_no_column_says_who_tracks_them(shop: Shop, tmp_path: Path) -> None:
    untracked = "Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price\nfox,Fox fob,FOX-03,30,14.00\n"
    assert _import(shop, tmp_path, untracked)["FOX-03"].left == 30


@pytest.mark.parametrize(
    "columns",
    [
        "Handle,Title,Variant SKU,Variant Inventory Tracker,Variant Inventory Qty,Variant Price",
        "URL handle,Title,SKU,Inventory tracker,Inventory quantity,Price",
    ],
)
def test_shopifys_quantities_do_not_count_where_the_column_says_that_nobody_tracks_them(
    shop: Shop, tmp_path: Path, columns: str
) -> None:
    products = _import(shop, tmp_path, f"{columns}\nfox,Fox fob,FOX-03,,30,14.00\n")
    assert products["FOX-03"].left is None


def test_a_column_that_is_not_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("sku,name,price,stok\nA,a,1,2\n")
    assert read_products(tmp_path / "p.csv", "USD").notes == ("column stok is not used; did you mean stock?",)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_was_exported_imports_as_it_was(shop: Shop, tmp_path: Path, suffix: str) -> None:
    before = _import(shop, tmp_path, OWN + "=X(),,+evil,5,USD,,,@k,,,,\n")
    file = tmp_path / f"export{suffix}"
    assert export_products(read_catalogue(shop), file) == 3
    sheet = read_products(file, "USD")
    assert sheet.notes == ()
    import_products(shop, sheet)
    assert read_catalogue(shop).products == before


def test_an_empty_cell_leaves_a_known_product_as_it_is(shop: Shop, tmp_path: Path) -> None:
    before = _import(shop, tmp_path, OWN)["BAG-01"]
    after = _import(shop, tmp_path, "sku,name,price,stock\nBAG-01,,150,\n")["BAG-01"]
    assert after.price == 15000
    assert (after.name, after.was, after.left, after.names) == (before.name, before.was, before.left, before.names)


def test_shopifys_new_columns_are_understood(shop: Shop, tmp_path: Path) -> None:
    products = _import(shop, tmp_path, NEW_SHOPIFY, "EUR")
    assert (products["FOX-03"].price_in("EUR"), products["FOX-03"].left) == ((1400, "EUR"), 30)
    belt = products["belt"]
    assert (belt.price, belt.was) == (6400, 8000)
    assert [(one.sku, one.options, one.left) for one in belt.variants] == [
        ("BELT-S", {"Size": "S"}, 4),
        ("BELT-L", {"Size": "L"}, 0),  # oversold there: none left here
    ]


def test_shopifys_choices_that_cost_differently_are_products_of_their_own(shop: Shop, tmp_path: Path) -> None:
    products = _import(shop, tmp_path, NEW_SHOPIFY)
    small, large = products["W-S"], products["wallet-L"]
    assert (small.name, small.price, small.left) == ("Wallet · S", 3000, None)
    assert (large.name, large.price, large.left) == ("Wallet · L", 3500, None)  # sells on without stock


def test_shopifys_old_columns_are_understood(shop: Shop, tmp_path: Path) -> None:
    fox = _import(shop, tmp_path, OLD_SHOPIFY)["FOX-03"]
    assert (fox.name, fox.price, fox.was, fox.left) == ("Fox fob", 1400, 2000, 30)


def test_a_decimal_comma_is_read_where_semicolons_separate(shop: Shop, tmp_path: Path) -> None:
    assert _import(shop, tmp_path, "sku;name;price\nA;Gürtel;64,5\n", "EUR")["A"].price == 6450
    with pytest.raises(InputError, match="no amount"):
        _import(shop, tmp_path, "sku;name;price\nA;Gürtel;1,280\n", "EUR")


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (",,x,1,,,,,,,,", "row 6, column sku: is empty"),
        ("N,,x,1a,,,,,,,,", "row 6, column price: '1a'"),
        ("N,,x,1,EURO,,,,,,,", "row 6, column currency"),
        ("N,,x,1,,,many,,,,,", "row 6, column stock: found 'many'"),
        ("N,,x,,,,,,,,,", "row 6, column price: is empty, and N is new"),
        ("N,,,1,,,,,,,,", "row 6, column name: is empty, and N is new"),
        ("BAG-01,,x,1,,,,,,,,", "row 6, column sku: 'BAG-01' is there twice"),
        ("N,GONE,,,,,,,,,,", "row 6, column variant_of"),
        ("N,BELT-02,,,,,,,red,,,", "row 6, column options: found 'red'"),
        ("N,BAG-01,,,,,,,,,,", "BAG-01 has a stock of its own"),
        ("BELT-85,,x,1,,,,,,,,", "already belongs to BELT-02"),
    ],
)
def test_one_wrong_cell_is_named_and_nothing_is_imported(
    shop: Shop, tmp_path: Path, row: str, complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        _import(shop, tmp_path, f"{OWN}{row}\n")
    assert read_catalogue(shop).products == {}


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ("name,price", "has no column sku"),
        ("sku,name:klingon", "no language code"),
        ("sku,price:EURO", "ISO 4217"),
        ("sku,size:1", "not known"),
    ],
)
def test_a_wrong_header_is_named(shop: Shop, tmp_path: Path, header: str, complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        _import(shop, tmp_path, f"{header}\nA,b\n")


def test_the_catalogues_usual_currency_is_assumed(shop: Shop, tmp_path: Path) -> None:
    assert usual_currency(read_catalogue(shop)) == "USD"
    _import(shop, tmp_path, "sku,name,price\nA,a,1\n", "EUR")
    assert usual_currency(read_catalogue(shop)) == "EUR"
