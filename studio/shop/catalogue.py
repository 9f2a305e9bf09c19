"""The catalogue as it is at one instant: what cards, lists and claims read."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from studio.errors import InputError, StudioError
from studio.shop.language import best_name


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
