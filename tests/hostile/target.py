"""What a door is, and how it is told that a refusal changed nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hypothesis import strategies as st

from studio.errors import StudioError

Probe = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Target:
    """One door.

    Attributes:
        share: of all inputs; slow doors get few.
        inputs: what is thrown at it.
        opened: gives the function that takes one input. It raises for what must not be, and returns otherwise.
        seeds: good input that a coverage-guided fuzzer begins with; none: it is not worth its time here.
        few: inputs in the quick form.
    """

    share: float
    inputs: st.SearchStrategy[bytes]
    opened: Callable[[Path], Iterator[Probe]]
    seeds: tuple[bytes, ...] = ()
    few: int = 150

    @contextmanager
    def door(self, folder: Path) -> Iterator[Probe]:
        """The function that takes one input at that door, as long as it is open."""
        with ExitStack() as stack:
            yield stack.enter_context(contextmanager(self.opened)(folder))


class Tables:
    """All rows of a database, as they lie in its file."""

    def __init__(self, path: Path) -> None:
        self.db = sqlite3.connect(path, isolation_level=None)
        self.db.text_factory = bytes  # a damaged text need not be UTF-8
        found = self.db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        self._names = sorted(name.decode() for (name,) in found)

    def dump(self) -> dict[str, list[tuple[object, ...]]]:
        return {name: self.db.execute(f"SELECT * FROM {name} ORDER BY rowid").fetchall() for name in self._names}

    def put(self, table: str, column: str, data: bytes) -> None:
        """These bytes as the text in each row of a column, whether they are UTF-8 or not."""
        self.db.execute(f"UPDATE {table} SET {column} = CAST(? AS TEXT)", (data,))

    @contextmanager
    def unchanged_if_refused(self) -> Iterator[None]:
        """What refuses in its own words inside must leave every row as it was."""
        before = self.dump()
        try:
            yield
        except StudioError:
            assert self.dump() == before, "refused, and changed all the same"

    def close(self) -> None:
        self.db.close()
