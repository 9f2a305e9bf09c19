"""The products of a show file."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

from studio.shop.language import locale_for
from studio.shop.money import MAX_STOCK, MoneyError, check_currency, parse_amount
from studio.shop.product import ShowProduct, ShowVariant
from studio.show.showfile_fields import Table


def read_products(root: Table, currency: str, folder: Path) -> tuple[ShowProduct, ...]:
    """Every [[products]] table, checked. `currency` is the show's. Raises InputError."""
    tables = root.tables("products")
    products = tuple(_product(one, currency, folder) for one in tables)
    skus: dict[str, str] = {}  # by what they are without regard to case, as buyers and commands write them
    keywords: dict[str, str] = {}
    for table, product in zip(tables, products, strict=True):
        for sku in (product.sku, *(variant.sku for variant in product.variants)):
            if (other := skus.get(sku.casefold())) is not None:
                what = f"{sku!r} is used twice" if other == sku else f"{sku!r} differs from {other!r} only in case"
                raise table.error("sku", what, do="give each product and variant its own SKU")
            skus[sku.casefold()] = sku
        folded = unicodedata.normalize("NFKC", product.keyword).casefold()
        if folded in keywords:
            raise table.error(
                "keyword",
                f"{product.keyword!r} is also what buyers type for {keywords[folded]}",
                do="give each product its own keyword",
            )
        keywords[folded] = product.sku
    return products


def _product(table: Table, currency: str, folder: Path) -> ShowProduct:
    table.only("sku", "name", "price", "was", "stock", "photo", "keyword", "variants", "names", "prices")
    sku = table.text("sku", longest=64)
    price = _amount(table, "price", currency)
    was = _amount(table, "was", currency) if "was" in table else None
    if was is not None and was <= price:
        raise table.wrong("was", "a price above `price`, or leave it out")
    return ShowProduct(
        sku=sku,
        name=table.text("name"),
        currency=currency,
        price=price,
        was=was,
        stock=_stock(table),
        photo=_photo(table, folder) if "photo" in table else None,
        keyword=table.text("keyword", sku, longest=64),
        names=_names(table.table("names")),
        prices=_prices(table.table("prices"), currency, price),
        variants=tuple(_variant(one) for one in table.tables("variants")),
    )


def _variant(table: Table) -> ShowVariant:
    table.only("sku", "options", "stock")
    options = table.table("options")
    return ShowVariant(
        sku=table.text("sku", longest=64),
        options={name: options.text(name, longest=64) for name in options.fields()},
        stock=_stock(table),
    )


def _amount(table: Table, key: str, currency: str) -> int:
    text = table.text(key, allowed="the amount")
    try:
        return parse_amount(text, currency)
    except MoneyError as error:
        raise table.error(key, str(error), do="") from error


def _stock(table: Table) -> int | None:
    return table.integer("stock", 0, MAX_STOCK) if "stock" in table else None


def _photo(table: Table, folder: Path) -> Path:
    photo = (folder / table.text("photo", allowed="the picture's path")).absolute()
    if not os.path.isfile(photo):  # noqa: PTH113 - Path.is_file raises for names that no system takes
        raise table.error("photo", f"there is no file {photo}", do="give its path relative to the show file")
    return photo


def _names(table: Table) -> dict[str, str]:
    names = {}
    for tag in table.fields():
        try:
            locale_for(tag)
        except ValueError as error:
            raise table.error(tag, str(error), do="") from error
        names[tag] = table.text(tag)
    return names


def _prices(table: Table, currency: str, price: int) -> dict[str, int]:
    prices = {}
    for code in table.fields():
        try:
            check_currency(code)
        except MoneyError as error:
            raise table.error(code, str(error), do="") from error
        prices[code] = _amount(table, code, code)
        if code == currency and prices.pop(code) != price:
            raise table.error(code, "is not the same as `price`", do="write the show's own currency only in `price`")
    return prices
