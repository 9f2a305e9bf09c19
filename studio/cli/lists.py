"""Lists for people: a table on the terminal."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence

import typer

_WIDE = 200  # columns where nobody's terminal says otherwise: a list in a file is not folded


def show_table(
    what: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[str] = ()
) -> None:
    """Print a table; `what` names its rows when there are none. Nothing in a cell is taken for markup."""
    if not rows:
        typer.echo(f"No {what} yet.")
        return
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE)
    for column in columns:
        table.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_printable(cell)) for cell in row))
    Console(width=None if sys.stdout.isatty() else _WIDE).print(table)


def counted(count: int, noun: str) -> str:
    """`1 line`, `2 lines`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _printable(text: str) -> str:
    """A buyer's name must not steer the terminal."""
    return "".join(one if one.isprintable() else "�" for one in text)
