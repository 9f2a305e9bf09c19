"""Taking products into the catalogue: new ones whole, known ones without undoing what was changed since."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from studio.errors import InputError
from studio.shop.database import Shop
from studio.shop.product import Facts, ShowProduct, ShowVariant
from studio.shop.tables import FileFactsRow, NameRow, PriceRow, ProductRow, VariantRow


@dataclass(slots=True)
class LoadReport:
    """What a load did, by SKU."""

    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    restocked: list[str] = field(default_factory=list)


def load_products(shop: Shop, file: Path, products: Sequence[ShowProduct], *, restock: bool = False) -> LoadReport:
    """Take the products of a show file: all of them in one transaction, or none.

    New SKUs are created. Known ones take over only what changed in `file` since it was last loaded, so that a price
    changed on air is not put back by the next start; a file that was never loaded takes over whole. Stock is opening
    stock: only a new SKU takes it, or all do with `restock`.

    Raises:
        InputError: a SKU already belongs to another product.
        StudioError: the database cannot be written.
    """
    report = LoadReport()
    name = str(file.absolute())
    with shop.writing() as session, session.no_autoflush:
        shelf = Shelf(session, shop)
        seen = {
            row.sku: row
            for row in session.scalars(
                select(FileFactsRow).where(FileFactsRow.shop_id == shop.id, FileFactsRow.file == name)
            )
        }
        for product in products:
            facts = product.facts()
            before = seen.get(product.sku)
            row = shelf.find(product.sku)
            if row is None:
                row = shelf.create(product.sku)
                apply_facts(row, facts, {})
                report.created.append(product.sku)
            elif before is None or before.facts != facts:
                apply_facts(row, facts, before.facts if before else {})
                report.changed.append(product.sku)
            variants = variants_of(product)
            if shelf.set_variants(row, variants, restock={one.sku for one in variants} if restock else ()):
                report.restocked.append(product.sku)
            if before is None:
                session.add(FileFactsRow(shop_id=shop.id, file=name, sku=product.sku, facts=facts))
            else:
                before.facts = facts
    return report


def variants_of(product: ShowProduct) -> tuple[ShowVariant, ...]:
    """What is counted of a product: its variants, or one with its own SKU when it has no choices."""
    return product.variants or (ShowVariant(product.sku, {}, product.stock),)


class Shelf:
    """The shop's products as rows of one writing session, read at once, so that thousands can be changed quickly."""

    def __init__(self, session: Session, shop: Shop) -> None:
        self._session, self._shop_id = session, shop.id
        rows = session.scalars(
            select(ProductRow)
            .where(ProductRow.shop_id == shop.id)
            .options(
                selectinload(ProductRow.names), selectinload(ProductRow.prices), selectinload(ProductRow.variants)
            )
        )
        self._rows = {row.sku: row for row in rows}
        self._owners = {variant.sku: row for row in self._rows.values() for variant in row.variants}

    def find(self, sku: str) -> ProductRow | None:
        return self._rows.get(sku)

    def create(self, sku: str) -> ProductRow:
        row = ProductRow(shop_id=self._shop_id, sku=sku, was_minor=None, names=[], prices=[], variants=[])
        self._rows[sku] = row
        self._session.add(row)
        return row

    def set_variants(self, row: ProductRow, wanted: Iterable[ShowVariant], *, restock: Collection[str]) -> bool:
        """Offer exactly these, new ones with their opening stock; True: that of a known one in `restock` was set.

        Raises:
            InputError: a SKU belongs to another product.
        """
        known = {one.sku: one for one in row.variants}
        restocked = False
        for variant in wanted:
            owner = self._owners.setdefault(variant.sku, row)
            if owner is not row:
                raise InputError(
                    f"SKU {variant.sku}",
                    f"already belongs to {owner.sku}",
                    do="give each product and variant its own SKU",
                )
            there = known.pop(variant.sku, None)
            if there is None:
                row.variants.append(
                    VariantRow(
                        shop_id=self._shop_id, sku=variant.sku, options=dict(variant.options), stock=variant.stock
                    )
                )
                continue
            there.options = dict(variant.options)
            there.retired = False
            if variant.sku in restock and there.stock != variant.stock:
                there.stock = variant.stock
                restocked = True
        for gone in known.values():
            gone.retired = True
        return restocked


def apply_facts(row: ProductRow, facts: Facts, before: Facts) -> None:
    """Give the product what is in `facts` and was not so in `before`; take from it what `before` had alone.

    The price in the product's own currency stays: another file may have made it that since.
    """
    changed = {key: value for key, value in facts.items() if key not in before or before[key] != value}
    # What every product has is in both; what else a damaged database holds is not ours to touch.
    changed |= {key: None for key in before.keys() - facts.keys() if ":" in key}
    if changed.get("currency", row.currency) != row.currency:
        changed.setdefault("was", facts.get("was"))  # the old one counted in the old currency
    own_price = f"price:{changed.get('currency', row.currency)}"
    if own_price in changed and changed[own_price] is None:
        del changed[own_price]
    for key, value in changed.items():
        kind, _, code = key.partition(":")
        if kind == "was":
            row.was_minor = None if value is None else int(value)
        elif not code:
            setattr(row, kind, value)
        elif kind == "name":
            _set_name(row, code, value)
        elif kind == "price":
            _set_price(row, code, value)


def _set_name(row: ProductRow, language: str, name: str | int | None) -> None:
    there = next((one for one in row.names if one.language == language), None)
    if name is None:
        row.names = [one for one in row.names if one is not there]
    elif there is None:
        row.names.append(NameRow(language=language, name=str(name), shop_id=row.shop_id))
    else:
        there.name = str(name)


def _set_price(row: ProductRow, currency: str, minor: str | int | None) -> None:
    there = next((one for one in row.prices if one.currency == currency), None)
    if minor is None:
        row.prices = [one for one in row.prices if one is not there]
    elif there is None:
        row.prices.append(PriceRow(currency=currency, minor=int(minor), shop_id=row.shop_id))
    else:
        there.minor = int(minor)
