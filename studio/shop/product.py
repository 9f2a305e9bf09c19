"""A product as a show file gives it: checked values, not yet in the catalogue."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


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

    def fingerprints(self) -> dict[str, str]:
        """A short hash of each part that a later load may take over, to tell what changed in the file."""
        parts: dict[str, object] = {
            "name": [self.name, dict(sorted(self.names.items()))],
            "photo": str(self.photo or ""),
            "price": [self.currency, self.price, self.was, dict(sorted(self.prices.items()))],
        }
        return {
            part: hashlib.sha256(json.dumps(value, ensure_ascii=True).encode()).hexdigest()[:16]
            for part, value in parts.items()
        }
