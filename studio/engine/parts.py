"""The parts of a show's recordings, noted in a file as they begin: an engine that dies leaves them to the next.

The file is `parts-<show id>.jsonl` in the workspace; a line is a part or a mark.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from studio.outputs.join import JoinOrder, JoinPart, Mark

log = logging.getLogger(__name__)


class Part(msgspec.Struct, frozen=True, tag="part"):
    """One file. `at_ns`: the show's time at its beginning. `format`: parts with the same can be joined."""

    feed: str
    path: str
    at_ns: int
    format: str


class ShowMark(msgspec.Struct, frozen=True, tag="mark"):
    """From `at_ns` of the show on, `title` is shown; empty: nothing is."""

    title: str
    at_ns: int


_Line = Part | ShowMark


class PartBook:
    """One show's. Owned by the control thread; its file is read and written by jobs for a thread that may wait."""

    def __init__(self, folder: Path, show_id: str, do: Callable[[Callable[[], None]], None]) -> None:
        """`do` has a job done on such a thread, in order."""
        self._folder, self._path, self._do = folder, folder / f"parts-{show_id}.jsonl", do
        self._before: tuple[_Line, ...] = ()  # what earlier engines noted; swapped by a job
        self._lines: list[_Line] = []

    def open(self, *, resumed: bool) -> None:
        """Read what is there of this show, if it was on air before, and remove what other shows left."""
        self._do(self._read if resumed else self._sweep)

    def note(self, line: Part | ShowMark) -> None:
        self._lines.append(line)
        self._do(lambda: self._append(line))

    def close(self) -> None:
        """The show is over: nobody needs the file any more."""
        self._do(lambda: self._path.unlink(missing_ok=True))

    def parts(self, feed: str) -> tuple[Part, ...]:
        return tuple(one for one in (*self._before, *self._lines) if isinstance(one, Part) and one.feed == feed)

    def marks(self) -> tuple[ShowMark, ...]:
        """Without those that say what the one before said: each engine marks anew what is on air."""
        found: list[ShowMark] = []
        for one in (*self._before, *self._lines):
            if isinstance(one, ShowMark) and (not found or found[-1].title != one.title):
                found.append(one)
        return tuple(found)

    def _read(self) -> None:
        try:
            lines = self._path.read_bytes().splitlines()
        except FileNotFoundError:
            return
        before: list[_Line] = []
        for line in lines:
            with contextlib.suppress(msgspec.MsgspecError):  # the last may be half written
                before.append(msgspec.json.decode(line, type=_Line))
        self._before = tuple(before)

    def _sweep(self) -> None:
        for path in self._folder.glob("parts-*.jsonl"):
            path.unlink(missing_ok=True)

    def _append(self, line: _Line) -> None:
        try:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(line) + b"\n")
        except OSError as error:  # a full disk: only an engine that comes after us would need it
            log.warning("a part of the recording cannot be noted: %s", error)


def join_order(parts: Sequence[Part], marks: Sequence[ShowMark], home: Path, spare_bytes: int) -> JoinOrder | None:
    """How to make one recording of these parts of a feed; None: there is nothing to join, or they differ too much."""
    if len(parts) < 2 or len({one.format for one in parts}) > 1:
        return None
    begin_ns = parts[0].at_ns
    return JoinOrder(
        home=str(home),
        parts=tuple(JoinPart(one.path, one.at_ns - begin_ns) for one in parts),
        marks=tuple(Mark(one.title, one.at_ns - begin_ns) for one in marks),
        spare_bytes=spare_bytes,
    )
