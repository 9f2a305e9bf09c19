"""What overlays say, as values: equal contents look the same, so only a changed one is drawn again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CardContent:
    """A product card. Prices are finished texts; empty texts are left out."""

    name: str
    price_text: str
    language: str = "en"
    was_text: str = ""
    percent: int | None = None  # off the was-price, already cut to a whole number
    quiet_line: str = ""
    photo: str | None = None  # the file's path: the key of its picture in a `PhotoShelf`
    sold_out: bool = False


@dataclass(frozen=True, slots=True)
class PriceTagContent:
    """The price alone, as a tag."""

    price_text: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class TitleContent:
    """The show's title, as a bar."""

    text: str
    language: str = "en"
