"""The process that joins recordings after a show: a book at a time, in the order given."""

from __future__ import annotations

import contextlib
import logging
import sys
from pathlib import Path

import av
import msgspec

from studio.errors import StudioError
from studio.outputs.join import join
from studio.outputs.part_book import Failed, Line, Part, can_join, marks_of, note, parts_of, read_book, settle
from studio.system import use_utf8
from studio.system.locks import WorkspaceLock
from studio.workspace.logs import start_log
from studio.workspace.paths import open_workspace

log = logging.getLogger(__name__)

_TRIES = 3  # each may copy gigabytes before it fails; afterwards the parts stay as they are
_PATIENCE_S = 3600.0  # with another one, which joins what an earlier show left


class JoinWork(msgspec.Struct, frozen=True, kw_only=True):
    """What the process reads from its standard input. `spare_bytes` stay free on the disk."""

    home: str
    books: tuple[str, ...]
    spare_bytes: int = 0


def join_book(book: Path, spare_bytes: int) -> None:
    """Join what the book names, and remove it; where something fails, it stays with the reason, for the next time."""
    try:
        lines = read_book(book)
    except FileNotFoundError:
        return  # another process was quicker
    failures = [one.why for one in lines if isinstance(one, Failed)]
    before = len(failures)
    try:
        lines = settle(lines)
    except OSError as error:
        failures.append(str(error))
    else:
        failures += _join_feeds(lines, book, spare_bytes)
    for why in failures[before:]:
        log.warning("%s: parts are not joined: %s", book.name, why)
        with contextlib.suppress(OSError):
            note(book, Failed(why))
    if len(failures) == before or len(failures) >= _TRIES:
        book.unlink(missing_ok=True)


def _join_feeds(lines: tuple[Line, ...], book: Path, spare_bytes: int) -> list[str]:
    """Why some are not joined."""
    failures = []
    for feed in dict.fromkeys(one.feed for one in lines if isinstance(one, Part)):
        parts = parts_of(lines, feed)
        if not can_join(parts):
            continue
        try:
            path = join(parts, marks_of(lines), book, spare_bytes)
        except (StudioError, OSError, av.FFmpegError, ValueError) as error:
            failures.append(str(error))
        else:
            log.info("joined %s: %d bytes", ", ".join(one.path for one in parts), path.stat().st_size)
    return failures


def main(_argv: list[str]) -> int:
    """Do the work that is read from one line of standard input; none, if who asked for it died."""
    use_utf8()
    if not (asked := sys.stdin.buffer.readline()):
        return 1
    work = msgspec.json.decode(asked, type=JoinWork)
    workspace = open_workspace(Path(work.home))
    start_log(workspace, "join")
    lock = WorkspaceLock(workspace.lock("join"))
    if not lock.acquire(_PATIENCE_S):
        log.warning("another process joins recordings and does not end: these wait for the next show")
        return 1
    for book in work.books:
        try:
            join_book(Path(book), work.spare_bytes)
        except OSError as error:
            log.warning("%s cannot be read or removed: %s", book, error)
    return 0
