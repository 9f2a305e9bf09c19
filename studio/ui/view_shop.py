"""What the show screen says about products and orders. Pure: values in, values out, no Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TypeVar

from studio.shop.catalogue import Catalogue
from studio.shop.orders import REVIEW, WAITING, OrderLine
from studio.shop.price_text import price_text

PAGE = 9  # products that the keys 1 to 9 act on
_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product as the run of show lists it. `on_air`: actual; `coming`: wanted, not yet actual."""

    sku: str
    number: int
    name: str
    price: str
    was: str = ""
    left: str = ""
    sold_out: bool = False
    on_air: bool = False
    coming: bool = False


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One line of the order log."""

    number: str
    buyer: str
    channel: str
    time: str
    what: str
    price: str
    status: str


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over the orders."""

    label: str
    amount: str


def product_rows(
    catalogue: Catalogue, language: str, currency: str, *, actual: str, wanted: str
) -> tuple[ProductRow, ...]:
    """The products in order, each with the number that it keeps. `actual`, `wanted`: the SKU on air, and to be."""
    rows = []
    for index, product in enumerate(catalogue.products.values()):
        minor, code = product.price_in(currency)
        struck = product.was is not None and code == product.currency and product.was > minor
        rows.append(
            ProductRow(
                sku=product.sku,
                number=index + 1,
                name=product.name_in(language),
                price=price_text(minor, code, language),
                was=price_text(product.was or 0, code, language) if struck else "",
                left="" if product.left is None else f"{product.left} left" if product.left else "sold out",
                sold_out=product.left == 0,
                on_air=product.sku == actual,
                coming=product.sku == wanted != actual,
            )
        )
    return tuple(rows)


def order_rows(lines: Sequence[OrderLine], language: str, zone: tzinfo | None = None) -> tuple[OrderRow, ...]:
    """The log's lines, newest first, at the clock of `zone` (default: this computer's)."""
    return tuple(
        OrderRow(
            number=str(line.number),
            buyer=line.buyer,
            channel=line.channel,
            time=line.at.astimezone(zone).strftime("%H:%M"),
            what=f"{line.quantity} × {line.name}",
            price=price_text(line.price * line.quantity, line.currency, language),
            status=line.status,
        )
        for line in reversed(lines)
    )


def totals(lines: Sequence[OrderLine], language: str, since: datetime) -> tuple[Total, ...]:
    """How many orders there were since then, and what was sold in each currency, the busiest first."""
    counted = [line for line in lines if line.at >= since]
    if not lines:
        return ()
    sums: dict[str, int] = {}
    for line in counted:
        if line.status not in {WAITING, REVIEW}:
            sums[line.currency] = sums.get(line.currency, 0) + line.price * line.quantity
    times = {code: sum(line.currency == code for line in counted) for code in sums}
    most = sorted(sums, key=lambda code: -times[code])
    sold = (Total(f"Sold in {code}", price_text(sums[code], code, language)) for code in most)
    return (Total("Orders", str(len({line.number for line in counted}))), *sold)


def page_of(rows: Sequence[_Row], page: int) -> Sequence[_Row]:
    return rows[page * PAGE : (page + 1) * PAGE]


def page_count(rows: Sequence[object]) -> int:
    return max(1, -(-len(rows) // PAGE))
