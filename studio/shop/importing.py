"""Tables of products into the catalogue and out of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from studio.errors import InputError
from studio.shop.catalogue import Catalogue, ProductView
from studio.shop.database import Shop
from studio.shop.loading import LoadReport, Shelf, apply_facts
from studio.shop.money import decimal_text
from studio.shop.product import ShowVariant
from studio.shop.product_sheet import OWN
from studio.shop.sheet_cells import ProductSheet, SheetProduct
from studio.shop.tables import ProductRow
from studio.shop.tabular import write_sheet


def import_products(shop: Shop, sheet: ProductSheet) -> LoadReport:
    """Take a table's products: all of them in one transaction, or none.

    What the table leaves empty stays as it is in a known product. A stock that it gives is what there is now.

    Raises:
        InputError: a new product lacks what it must have, or a SKU belongs to another product.
        StudioError: the database cannot be written.
    """
    report = LoadReport()
    with shop.writing() as session, session.no_autoflush:
        shelf = Shelf(session, shop)
        for product in sheet.products:
            row = shelf.find(product.sku)
            if row is None:
                _must_have(sheet.file, product)
                row = shelf.create(product.sku)
                apply_facts(row, {"keyword": product.sku, "photo": ""}, {})
                report.created.append(product.sku)
            else:
                _must_fit(sheet.file, product, row)
                report.changed.append(product.sku)
            apply_facts(row, product.facts, {})
            try:
                set_stock = shelf.set_variants(row, _merged(row, product), restock=product.counted)
            except InputError as error:
                raise InputError(f"{sheet.file}, row {product.row}", error.what, do=error.do) from error
            if set_stock:
                report.restocked.append(product.sku)
    return report


def usual_currency(catalogue: Catalogue) -> str:
    """The currency that most products are priced in; a new shop's is USD."""
    counted = Counter(one.currency for one in catalogue.products.values()).most_common(1)
    return counted[0][0] if counted else "USD"


def export_products(catalogue: Catalogue, file: Path) -> int:
    """Write the catalogue in Benchcast's own columns; how many products. Raises InputError or StudioError."""
    products = catalogue.products.values()
    languages = sorted({language for one in products for language in one.names})
    currencies = sorted({code for one in products for code in one.prices if code != one.currency})
    columns = [*OWN, *(f"name:{one}" for one in languages), *(f"price:{one}" for one in currencies)]
    rows = [_cells(row, columns) for product in products for row in _rows(product)]
    write_sheet(file, columns, rows)
    return len(products)


def _must_have(file: Path, product: SheetProduct) -> None:
    for column, key in (("name", "name"), ("price", "currency")):
        if key not in product.facts:
            raise InputError(
                f"{file}, row {product.row}, column {column}",
                f"is empty, and {product.sku} is new",
                do=f"write its {column}",
            )


def _must_fit(file: Path, product: SheetProduct, row: ProductRow) -> None:
    has_choices = any(one.sku != row.sku and not one.retired for one in row.variants)
    if has_choices and any(one.sku == row.sku for one in product.variants):
        raise InputError(
            f"{file}, row {product.row}, column stock",
            f"{row.sku} has variants, which are counted one by one",
            do="write the stock in its variants' rows",
        )


def _merged(row: ProductRow, product: SheetProduct) -> list[ShowVariant]:
    """The variants that are offered then: those of the table, and known ones that it does not speak of."""
    given = {one.sku: one for one in product.variants}
    known = [ShowVariant(one.sku, one.options, one.stock) for one in row.variants if not one.retired]
    if any(sku != row.sku for sku in given):
        known = [one for one in known if one.sku != row.sku]
    merged = {one.sku: one for one in known} | given
    return list(merged.values()) or [ShowVariant(row.sku)]


def _rows(product: ProductView) -> list[dict[str, str]]:
    own = {
        "sku": product.sku,
        "name": product.name,
        "price": decimal_text(product.price, product.currency),
        "currency": product.currency,
        "was": "" if product.was is None else decimal_text(product.was, product.currency),
        "stock": "" if product.variants else _count(product.left),
        "keyword": product.keyword,
        "photo": "" if product.photo is None else str(product.photo),
        **{f"name:{language}": name for language, name in product.names.items()},
        **{f"price:{code}": decimal_text(minor, code) for code, minor in product.prices.items()},
    }
    variants = [
        {
            "sku": one.sku,
            "variant_of": product.sku,
            "stock": _count(one.left),
            "options": "; ".join(f"{name}={value}" for name, value in one.options.items()),
        }
        for one in product.variants
    ]
    return [own, *variants]


def _cells(row: dict[str, str], columns: list[str]) -> list[str]:
    return [row.get(column, "") for column in columns]


def _count(left: int | None) -> str:
    return "" if left is None else str(left)
