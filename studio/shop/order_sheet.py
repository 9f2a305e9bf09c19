"""The order log as fields for other programs, and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.shop.money import decimal_text
from studio.shop.orders import OrderLine
from studio.shop.tabular import write_sheet

_COLUMNS = (
    "number", "at", "sku", "variant", "name", "quantity", "price", "currency", "total", "buyer", "channel", "status",
    "video_s", "video", "noted",
)  # fmt: skip


def order_fields(line: OrderLine) -> dict[str, str | int | float | None]:
    """A line as `orders list --json` prints it. `price` is for one; `at` is UTC; `noted` is the n of J-n or None."""
    return {
        "number": line.number,
        "at": f"{line.at:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
        "sku": line.sku,
        "variant": line.variant,
        "name": line.name,
        "quantity": line.quantity,
        "price": decimal_text(line.price, line.currency),
        "currency": line.currency,
        "buyer": line.buyer,
        "channel": line.channel,
        "status": line.status,
        "video_s": line.video_s,
        "noted": line.noted,
    }


def number_text(line: OrderLine) -> str:
    """Its number, with the one that was told first: 1005 (J-3)."""
    return str(line.number) if line.noted is None else f"{line.number} (J-{line.noted})"


def export_orders(lines: Sequence[OrderLine], file: Path) -> None:
    """Write the log to a .csv or .xlsx file. Raises InputError or StudioError."""
    rows = []
    for line in lines:
        fields = order_fields(line) | {
            "total": decimal_text(line.price * line.quantity, line.currency),
            "video": video_text(line.video_s),
        }
        rows.append(["" if fields[name] is None else str(fields[name]) for name in _COLUMNS])
    write_sheet(file, _COLUMNS, rows)


def video_text(video_s: float | None) -> str:
    """Seconds into the show as a time code: 1:02:03."""
    if video_s is None:
        return ""
    seconds = int(video_s)
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
