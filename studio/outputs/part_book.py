"""A show's book: the parts of its recordings, and how far they are joined, as lines of a file.

An engine notes the parts as they begin, so that the next one knows them; who joins them notes what must be known
should the computer stop in between. The book goes when nothing is left to join.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from studio.system.durable import sync_file, sync_folder, write_durably


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


class Joining(msgspec.Struct, frozen=True, tag="joining"):
    """This file is being made of others."""

    path: str


class Joined(msgspec.Struct, frozen=True, tag="joined"):
    """`path` is whole and on the disk, `size` bytes; it takes the place of `first`, and then `parts` go."""

    path: str
    size: int
    first: str
    parts: tuple[str, ...]


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Joining was tried, and why it did not work."""

    why: str


Line = Part | ShowMark | Joining | Joined | Failed


def read_book(path: Path) -> tuple[Line, ...]:
    """All lines, oldest first, but one that was cut off. Raises OSError."""
    found: list[Line] = []
    for line in path.read_bytes().splitlines():
        with contextlib.suppress(msgspec.MsgspecError):
            found.append(msgspec.json.decode(line, type=Line))
    return tuple(found)


def note(path: Path, line: Line, *, sync: bool = True) -> None:
    """Append a line, and have it on the disk unless that is not asked for. Raises OSError."""
    with path.open("ab") as file:
        file.write(b"\n" + msgspec.json.encode(line) + b"\n")  # the line before may have been cut off
        if sync:
            file.flush()
            sync_file(file.fileno())


def write_book(path: Path, lines: Iterable[Line]) -> None:
    """Put a book of these lines in the place of what is there, durably. Raises OSError."""
    write_durably(path, b"".join(msgspec.json.encode(line) + b"\n" for line in lines))


def parts_of(lines: Iterable[Line], feed: str) -> tuple[Part, ...]:
    return tuple(one for one in lines if isinstance(one, Part) and one.feed == feed)


def can_join(parts: tuple[Part, ...]) -> bool:
    """Whether there is anything to join, and it can be in one file."""
    return len(parts) > 1 and len({one.format for one in parts}) == 1


def marks_of(lines: Iterable[Line]) -> tuple[ShowMark, ...]:
    """Without those that say what the one before said: each engine marks anew what is on air."""
    found: list[ShowMark] = []
    for one in lines:
        if isinstance(one, ShowMark) and (not found or found[-1].title != one.title):
            found.append(one)
    return tuple(found)


def without_absorbed(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Without the parts that are in another one by now. Raises OSError."""
    lines = tuple(lines)
    gone = {path for one in lines if isinstance(one, Joined) and _is_in_place(one) for path in one.parts}
    return tuple(one for one in lines if not (isinstance(one, Part) and one.path in gone))


def settle(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Finish what the computer stopped in between, and remove what was half made; what is left. Raises OSError."""
    lines = tuple(lines)
    for one in lines:
        if isinstance(one, Joined) and _size(one.path) == one.size:
            put_in_place(one)
        elif isinstance(one, Joined) and _is_in_place(one):
            _remove_parts(one)
    for one in lines:
        if isinstance(one, Joining):
            Path(one.path).unlink(missing_ok=True)
    return without_absorbed(lines)


def put_in_place(joined: Joined) -> None:
    """Let the joined file take its place, and remove the parts that are in it. Raises OSError."""
    Path(joined.path).replace(joined.first)
    _remove_parts(joined)


def _remove_parts(joined: Joined) -> None:
    sync_folder(Path(joined.first).parent)  # they go only once the disk knows the joined file's name
    for part in joined.parts:
        Path(part).unlink(missing_ok=True)


def _is_in_place(joined: Joined) -> bool:
    return _size(joined.first) == joined.size and _size(joined.path) is None


def _size(path: str) -> int | None:
    try:
        return Path(path).stat().st_size
    except FileNotFoundError:
        return None
