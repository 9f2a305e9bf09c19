"""The book of a show on air: the parts of its recordings, for an engine that comes after this one and for the join.

The file is `parts-<show id>.jsonl` in the workspace; `studio.outputs.part_book` tells what is in it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Collection
from pathlib import Path

from studio.outputs.part_book import (
    Failed,
    Line,
    Part,
    ShowMark,
    can_join,
    note,
    parts_of,
    read_book,
    without_absorbed,
    write_book,
)

log = logging.getLogger(__name__)


class PartBook:
    """One show's. Owned by the control thread; its file is read and written by jobs for a thread that may wait.

    Attributes:
        others: whether other shows left books.
        left: what they left to be joined, in words, for the status.
    """

    def __init__(self, folder: Path, show_id: str, do: Callable[[Callable[[], None]], None]) -> None:
        """`do` has a job done on such a thread, in order."""
        self._folder, self._path, self._do = folder, folder / f"parts-{show_id}.jsonl", do
        self._before: tuple[Line, ...] = ()  # what earlier engines noted; swapped by a job
        self._lines: list[Part | ShowMark] = []
        self.others = False
        self.left: tuple[str, ...] = ()

    def open(self, *, resumed: bool) -> None:
        """Read what is there of this show, if it was on air before, and what others left."""
        if resumed:
            self._do(self._read)
        self._do(self._look_around)

    def note(self, line: Part | ShowMark) -> None:
        self._lines.append(line)
        self._do(lambda: self._append(line))

    def hand_over(self, feeds: Collection[str], to: Callable[[tuple[str, ...]], None]) -> None:
        """The show is over: give the books there are to who joins them, this one first, with these feeds alone."""
        self._do(lambda: self._hand_over(feeds, to))

    def parts(self, feed: str) -> tuple[Part, ...]:
        return parts_of((*self._before, *self._lines), feed)

    def _read(self) -> None:
        try:
            self._before = without_absorbed(read_book(self._path))
        except FileNotFoundError:
            return

    def _look_around(self) -> None:
        books = [path for path in books_in(self._folder) if path != self._path]
        self.others = bool(books)
        self.left = tuple(words for path in books for words in _left(path))

    def _append(self, line: Part | ShowMark) -> None:
        try:
            note(self._path, line, sync=False)
        except OSError as error:  # a full disk: only an engine that comes after us would need it
            log.warning("a part of the recording cannot be noted: %s", error)

    def _hand_over(self, feeds: Collection[str], to: Callable[[tuple[str, ...]], None]) -> None:
        lines = (*self._before, *self._lines)
        try:
            if not feeds:
                self._path.unlink(missing_ok=True)
            else:  # written anew: a disk that was full for a while may have taken only some of the lines
                write_book(self._path, (one for one in lines if not isinstance(one, Part) or one.feed in feeds))
        except OSError as error:
            log.warning("the parts of the recording stay as they are: %s", error)
            with contextlib.suppress(OSError):
                self._path.unlink(missing_ok=True)
        to(tuple(str(one) for one in sorted(books_in(self._folder), key=lambda one: one != self._path)))


def books_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("parts-*.jsonl"))


def _left(book: Path) -> list[str]:
    """What is still to be joined of another show, in words."""
    try:
        lines = without_absorbed(read_book(book))
    except OSError:
        return []
    why = next((f"; the last time: {one.why}" for one in reversed(lines) if isinstance(one, Failed)), "")
    found = [parts_of(lines, feed) for feed in dict.fromkeys(one.feed for one in lines if isinstance(one, Part))]
    return [
        f"The recording {parts[0].path} is still in {len(parts)} parts, which are joined after this show{why}"
        for parts in found
        if can_join(parts)
    ]
