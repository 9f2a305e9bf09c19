"""The catalogue as it is at one instant: what cards, lists and claims read."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from sqlalchemy import select

from studio.errors import InputError, StudioError
from studio.shop.database import Shop
from studio.shop.language import best_name
from studio.shop.money import Money, MoneyError, parse_amount
from studio.shop.tables import NameRow, PriceRow, ProductRow, VariantRow


@dataclass(frozen=True, slots=True)
class VariantView:
    """One choice of a product. `left` None: not counted."""

    sku: str
    options: Mapping[str, str]
    left: int | None


@dataclass(frozen=True, slots=True)
class ProductView:
    """One product. Prices are minor units; `left` is what all its variants have, None when one is not counted.

    `currency` is the product's own: every product has a price in it, and `was` holds only there.
    """

    sku: str
    name: str
    currency: str
    prices: Mapping[str, int]
    was: int | None = None
    left: int | None = None
    photo: Path | None = None
    keyword: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    variants: tuple[VariantView, ...] = ()  # none for a product without choices

    @property
    def price(self) -> int:
        """In the product's own currency. Raises StudioError when the database has none."""
        if self.currency not in self.prices:
            raise no_price(self.sku, self.currency)
        return self.prices[self.currency]

    def price_in(self, currency: str) -> tuple[int, str]:
        """The price and its currency: the one asked for, else the product's own. StudioError: it has neither."""
        return (self.prices[currency], currency) if currency in self.prices else (self.price, self.currency)

    def name_in(self, language: str) -> str:
        return best_name(self.names, language, self.name)


class Catalogue:
    """All products by SKU, immutable."""

    def __init__(self, products: tuple[ProductView, ...] = ()) -> None:
        self.products: Mapping[str, ProductView] = {one.sku: one for one in products}
        self._folded: dict[str, ProductView] = {}
        for one in products:  # a variant's SKU finds its product, unless a product has that SKU itself
            for variant in one.variants:
                self._folded[variant.sku.casefold()] = one
        self._folded |= {one.sku.casefold(): one for one in products}

    @classmethod
    def empty(cls) -> Catalogue:
        return cls()

    def find(self, sku: str) -> ProductView | None:
        """The product of a SKU, its own or a variant's, in whatever case."""
        return self.products.get(sku) or self._folded.get(sku.casefold())

    def require(self, sku: str) -> ProductView:
        """The product of a SKU. Raises InputError with the nearest SKU when there is none."""
        if product := self.find(sku):
            return product
        known = [each for one in self.products.values() for each in (one.sku, *(every.sku for every in one.variants))]
        raise unknown_sku(sku, known)


def no_price(sku: str, currency: str) -> StudioError:
    return StudioError(
        f"{sku} has no price in {currency}", do=f"give it one: benchcast price {shlex.quote(sku)} AMOUNT"
    )


def unknown_sku(sku: str, known: list[str]) -> InputError:
    close = get_close_matches(sku.casefold(), [one.casefold() for one in known], n=1)
    hint = next((f"did you mean {one}?" for one in known if close and one.casefold() == close[0]), "")
    return InputError(f"SKU {sku}", "is not in the catalogue", do=hint or "see: benchcast products list")


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
