"""The catalogue in the database: read whole, prices changed."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from sqlalchemy import select

from studio.errors import InputError
from studio.shop.catalogue import Catalogue, ProductView, VariantView, unknown_sku
from studio.shop.database import Shop
from studio.shop.money import Money, MoneyError, parse_amount
from studio.shop.tables import NameRow, PriceRow, ProductRow, VariantRow


def read_catalogue(shop: Shop) -> Catalogue:
    """The catalogue as the database has it now. Raises StudioError."""
    names: dict[int, dict[str, str]] = defaultdict(dict)
    prices: dict[int, dict[str, int]] = defaultdict(dict)
    variants: dict[int, list[VariantView]] = defaultdict(list)
    # Plain rows, past the object mapper: a thousand products take a few milliseconds.
    with shop.reading() as session:
        rows_of = session.connection().execute
        for key, language, name in rows_of(
            select(NameRow.product_id, NameRow.language, NameRow.name).where(NameRow.shop_id == shop.id)
        ):
            names[key][language] = name
        for key, currency, minor in rows_of(
            select(PriceRow.product_id, PriceRow.currency, PriceRow.minor)
            .where(PriceRow.shop_id == shop.id)
            .order_by(PriceRow.product_id, PriceRow.currency)
        ):
            prices[key][currency] = minor
        for key, sku, options, stock in rows_of(
            select(VariantRow.product_id, VariantRow.sku, VariantRow.options, VariantRow.stock)
            .where(VariantRow.shop_id == shop.id, ~VariantRow.retired)
            .order_by(VariantRow.id)
        ):
            variants[key].append(VariantView(sku, options, stock))
        rows = rows_of(
            select(
                ProductRow.id,
                ProductRow.sku,
                ProductRow.name,
                ProductRow.currency,
                ProductRow.was_minor,
                ProductRow.photo,
                ProductRow.keyword,
            )
            .where(ProductRow.shop_id == shop.id)
            .order_by(ProductRow.id)
        ).all()
    return Catalogue(
        tuple(
            ProductView(
                sku=sku,
                name=name,
                currency=currency,
                prices=prices[key],
                was=was,
                left=_together(variants[key]),
                photo=Path(photo) if photo else None,
                keyword=keyword,
                names=names[key],
                variants=tuple(one for one in variants[key] if one.sku != sku),
            )
            for key, sku, name, currency, was, photo, keyword in rows
        )
    )


def _together(variants: list[VariantView]) -> int | None:
    """What all variants have left; one that is not counted makes the sum unknown."""
    counted = [one.left for one in variants if one.left is not None]
    return sum(counted) if len(counted) == len(variants) else None


def set_price(shop: Shop, sku: str, currency: str, minor: int) -> None:
    """Change a product's price in one currency. Raises InputError (no such SKU) or StudioError."""
    with shop.writing() as session:
        row = session.scalars(select(ProductRow).where(ProductRow.shop_id == shop.id, ProductRow.sku == sku)).first()
        if row is None:
            raise unknown_sku(sku, [])
        session.merge(PriceRow(shop_id=shop.id, product_id=row.id, currency=currency, minor=minor))


def change_price(shop: Shop, sku: str, amount: str, currency: str | None = None) -> tuple[ProductView, Money]:
    """Change a price as a person gives it, by default in the product's own currency.

    Returns the product as it was, and the price it has now.

    Raises:
        InputError: no such SKU, no such currency, no amount of it.
        StudioError: the database cannot be written.
    """
    product = read_catalogue(shop).require(sku)
    code = currency or product.currency
    try:
        price = Money(parse_amount(amount, code), code)
    except MoneyError as error:
        raise InputError(f"price of {product.sku}", str(error), do="") from error
    set_price(shop, product.sku, price.currency, price.minor)
    return product, price
