"""The numbers, for people as a table and for programs as JSON, one object a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from studio.bench.result import Result


def print_facts(console: Console, facts: Mapping[str, str]) -> None:
    for name, value in facts.items():
        console.print(Text(f"{name:>10}  {value}"))


def print_table(console: Console, results: Sequence[Result]) -> None:
    table = Table(box=SIMPLE)
    table.add_column("what was measured")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("wanted", justify="right", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("more")
    for one in results:
        cells = (one.what, number(one.value, one.unit), wanted(one))
        table.add_row(*(Text(cell) for cell in cells), verdict(one), Text(one.detail))
    console.print(table)


def json_line(result: Result) -> str:
    return msgspec.json.encode(result).decode()


def number(value: float | None, unit: str) -> str:
    """Three digits that count, and the unit."""
    if value is None:
        return "–"
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f} {unit}".rstrip()


def wanted(result: Result) -> str:
    if result.bound is None:
        return ""
    return f"{'≥' if result.at_least else '≤'} {number(result.bound, result.unit)}"


def verdict(result: Result) -> Text:
    if result.value is None:
        return Text("not measured", "yellow")
    if result.ok is None:
        return Text("")
    return Text("reached", "green") if result.ok else Text("missed", "red")
