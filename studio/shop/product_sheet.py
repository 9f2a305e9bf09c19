"""Products as rows of a table, in Benchcast's own columns or in Shopify's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from studio.errors import InputError
from studio.shop.language import locale_for
from studio.shop.money import check_currency, shown
from studio.shop.product import ShowVariant
from studio.shop.sheet_cells import Cells, ProductSheet, SheetProduct, renamed_columns
from studio.shop.sheet_shopify import NEW, OLD, read_shopify
from studio.shop.tabular import Sheet, read_sheet

OWN = ("sku", "variant_of", "name", "price", "currency", "was", "stock", "keyword", "photo", "options")
_ALIASES = {"title": "name", "quantity": "stock", "qty": "stock", "image": "photo", "picture": "photo"}
_PAIR = re.compile(r"\s*([^=;]+?)\s*=\s*([^=;]+?)\s*")


def read_products(file: Path, currency: str) -> ProductSheet:
    """Read and check a table of products; `currency` is of prices whose row names none.

    Raises:
        InputError: it cannot be read, or a cell is wrong: with its row and column.
    """
    sheet = read_sheet(file, {*OWN, *_ALIASES, *NEW, *OLD})
    if "url handle" in sheet.columns:
        return read_shopify(sheet, NEW, currency)
    if "handle" in sheet.columns:
        return read_shopify(sheet, OLD, currency)
    return _own(sheet, currency)


def _own(sheet: Sheet, currency: str) -> ProductSheet:
    renamed = renamed_columns(sheet, {name: name for name in OWN} | _ALIASES)
    if "sku" not in renamed.columns:
        raise InputError(
            f"{sheet.file}, row 1", "has no column sku", do=f"write a header with some of: {', '.join(OWN)}"
        )
    extra = {name: _translation(sheet, name) for name in renamed.columns if ":" in name}
    products: dict[str, SheetProduct] = {}
    for row in renamed.rows:
        cells = Cells(renamed, row)
        sku = cells.text("sku", 64)
        if not sku:
            raise cells.error("sku", "is empty", do="write the product's SKU")
        if parent := cells.text("variant_of", 64):
            _add_variant(products, cells, sku, parent)
            continue
        if sku in products:
            raise cells.error("sku", f"{sku!r} is there twice", do="keep one row for each SKU")
        products[sku] = _own_product(cells, sku, currency, extra)
    unused = [name for name in renamed.columns if name and name not in OWN and name not in extra]
    return ProductSheet(sheet.file, tuple(products.values()), tuple(_unused(name) for name in unused))


def _own_product(cells: Cells, sku: str, currency: str, extra: Mapping[str, tuple[str, str]]) -> SheetProduct:
    product = SheetProduct(sku, cells.row.number)
    facts = product.facts
    code = cells.currency("currency", currency)
    for name in ("name", "keyword"):
        if text := cells.text(name, 500 if name == "name" else 64):
            facts[name] = text
    if cells.text("price"):
        facts |= {"currency": code, f"price:{code}": cells.amount("price", code)}
    if cells.text("was"):
        facts["was"] = cells.amount("was", code)
    if photo := cells.text("photo"):
        facts["photo"] = cells.photo("photo", photo)
    for column, (kind, language_or_code) in extra.items():
        if text := cells.text(column):
            amount = cells.amount(column, language_or_code) if kind == "price" else text
            facts[f"{kind}:{language_or_code}"] = amount
    if cells.text("stock"):
        product.variants.append(ShowVariant(sku, {}, cells.stock("stock")))
        product.counted.add(sku)
    return product


def _add_variant(products: dict[str, SheetProduct], cells: Cells, sku: str, parent: str) -> None:
    if parent not in products:
        raise cells.error("variant_of", f"there is no row of {parent!r} above", do="write the product's row first")
    product = products[parent]
    if parent in product.counted:
        raise cells.error("stock", f"{parent} has a stock of its own", do="count either the product or its variants")
    if any(one.sku == sku for one in product.variants) or sku in products:
        raise cells.error("sku", f"{sku!r} is there twice", do="keep one row for each SKU")
    options = {}
    for part in filter(None, (one.strip() for one in cells.text("options").split(";"))):
        if not (pair := _PAIR.fullmatch(part)):
            raise cells.error("options", f"found {shown(part)}", do="write such as color=red; size=M")
        options[pair[1]] = pair[2]
    stock = cells.stock("stock") if cells.text("stock") else None
    product.variants.append(ShowVariant(sku, options, stock))
    if stock is not None:
        product.counted.add(sku)


def _translation(sheet: Sheet, column: str) -> tuple[str, str]:
    """A column such as name:es or price:EUR. Raises InputError when it is neither."""
    kind, _, code = column.partition(":")
    where = f"{sheet.file}, row 1, column {column}"
    try:
        if kind == "name":
            locale_for(code)
            return kind, _tag(code)
        if kind == "price":
            return kind, check_currency(code.upper())
    except ValueError as error:
        raise InputError(where, str(error), do="") from error
    raise InputError(where, "is not known", do="write name:LANGUAGE or price:CURRENCY")


def _tag(folded: str) -> str:
    """A language tag as it is usually written: zh-Hant-TW."""
    first, *rest = folded.split("-")
    return "-".join([first, *(part.upper() if len(part) == 2 else part.title() for part in rest)])


def _unused(column: str) -> str:
    close = get_close_matches(column, OWN, n=1)
    return f"column {column} is not used" + (f"; did you mean {close[0]}?" if close else "")
