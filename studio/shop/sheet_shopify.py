"""Products in Shopify's columns, the old layout and the new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from studio.errors import InputError
from studio.shop.product import Facts, ShowVariant
from studio.shop.sheet_cells import Cells, ProductSheet, SheetProduct, renamed_columns
from studio.shop.tabular import Row, Sheet

NEW = {
    "url handle": "handle", "title": "title", "sku": "sku", "price": "price", "compare-at price": "was",
    "inventory quantity": "stock", "inventory tracker": "tracker",
    "continue selling when out of stock": "policy",
}  # fmt: skip
OLD = {
    "handle": "handle", "title": "title", "variant sku": "sku", "variant price": "price",
    "variant compare at price": "was", "variant compare-at price": "was", "variant inventory qty": "stock",
    "variant inventory tracker": "tracker", "variant inventory policy": "policy",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Offer:
    """One variant of a Shopify product."""

    row: int
    sku: str
    options: Mapping[str, str]
    price: int
    was: int | None
    stock: int | None


def read_shopify(sheet: Sheet, columns: Mapping[str, str], currency: str) -> ProductSheet:
    renamed = renamed_columns(sheet, columns)
    groups: dict[str, list[Row]] = {}
    handle = ""
    for row in renamed.rows:
        handle = row.get("handle") or handle
        if not handle:
            raise Cells(renamed, row).error("handle", "is empty", do="give the product's handle")
        groups.setdefault(handle, []).append(row)
    products: dict[str, SheetProduct] = {}
    taken: dict[str, int] = {}
    for handle, rows in groups.items():
        for product in _shopify_product(renamed, handle, rows, currency):
            for sku in {product.sku, *(one.sku for one in product.variants)}:
                if sku in taken:
                    raise InputError(
                        f"{sheet.file}, row {product.row}, column sku",
                        f"{sku!r} is also in row {taken[sku]}",
                        do="give each variant its own SKU",
                    )
                taken[sku] = product.row
            products[product.sku] = product
    notes = (f"prices are read as {currency}, which Shopify's table does not name", "pictures are not fetched")
    return ProductSheet(sheet.file, tuple(products.values()), notes)


def _shopify_product(sheet: Sheet, handle: str, rows: list[Row], currency: str) -> Iterator[SheetProduct]:
    title = next((row.get("title") for row in rows if row.get("title")), handle)
    names: dict[int, str] = {}
    offers = []
    for row in rows:
        for at in (1, 2, 3):  # a continuation row may leave the options' names out
            names[at] = row.get(f"option{at} name") or names.get(at, "")
        if row.get("price"):  # the others carry a further picture
            offers.append(_offer(Cells(sheet, row), handle, names, currency))
    if not offers:
        raise InputError(f"{sheet.file}, row {rows[0].number}, column price", "is empty", do="write the price")
    if len(offers) == 1 and not offers[0].options:
        yield _sold_alone(offers[0], offers[0].sku, title, currency)
    elif len({(one.price, one.was) for one in offers}) == 1:
        product = _sold_alone(offers[0], handle, title, currency)
        product.variants = [ShowVariant(one.sku, one.options, one.stock) for one in offers]
        product.counted = {one.sku for one in offers}
        yield product
    else:  # a price belongs to a product: choices that cost differently are products of their own
        for one in offers:
            yield _sold_alone(one, one.sku, f"{title} · {' / '.join(one.options.values())}", currency)


def _sold_alone(offer: _Offer, sku: str, name: str, currency: str) -> SheetProduct:
    facts: Facts = {"name": name, "currency": currency, f"price:{currency}": offer.price, "was": offer.was}
    return SheetProduct(sku, offer.row, facts, [ShowVariant(sku, {}, offer.stock)], {sku})


def _offer(cells: Cells, handle: str, names: Mapping[int, str], currency: str) -> _Offer:
    options = {}
    for at in (1, 2, 3):
        value = cells.text(f"option{at} value")
        if value and (names[at], value) != ("Title", "Default Title"):
            options[names[at] or f"option{at}"] = value
    price = cells.amount("price", currency)
    was = cells.amount("was", currency) if cells.text("was") else None
    # A table without the column, such as another program's, counts what it gives a quantity for.
    tracked = bool(cells.text("tracker")) or not cells.has("tracker")
    counted = tracked and cells.text("policy").casefold() not in {"continue", "true"}
    return _Offer(
        row=cells.row.number,
        sku=cells.text("sku", 64) or "-".join([handle, *options.values()])[:64],
        options=options,
        price=price,
        was=was if was is not None and was > price else None,
        stock=max(0, cells.stock("stock", below=True)) if counted and cells.text("stock") else None,
    )
