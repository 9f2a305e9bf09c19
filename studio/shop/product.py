"""A product as a show file gives it: checked values, not yet in the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

Facts = dict[str, str | int | None]


@dataclass(frozen=True, slots=True)
class ShowVariant:
    """One choice of a product, with its own SKU and stock. `stock` None: not counted."""

    sku: str
    options: Mapping[str, str] = field(default_factory=dict)
    stock: int | None = None


@dataclass(frozen=True, slots=True)
class ShowProduct:
    """A product of a show file. Prices are minor units; `stock` is the opening stock, None: not counted."""

    sku: str
    name: str
    currency: str  # the show's: of `price` and `was`
    price: int
    was: int | None = None
    stock: int | None = None
    photo: Path | None = None
    keyword: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    prices: Mapping[str, int] = field(default_factory=dict)  # in other currencies
    variants: tuple[ShowVariant, ...] = ()

    def facts(self) -> Facts:
        """Everything that a later load may take over, flat, so that two loads can be compared key by key."""
        return {
            "name": self.name,
            "keyword": self.keyword,
            "photo": str(self.photo or ""),
            "currency": self.currency,
            "was": self.was,
            **{f"name:{language}": name for language, name in self.names.items()},
            **{f"price:{currency}": minor for currency, minor in self.prices.items()},
            f"price:{self.currency}": self.price,
        }
