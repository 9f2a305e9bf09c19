"""Tells when another connection has written to a SQLite file."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from studio.media.clock import Clock

log = logging.getLogger(__name__)

POLL_NS = 10_000_000
_AGAIN_NS = 500_000_000


def file_id(path: Path) -> tuple[int, int] | None:
    """Which file it is that the path leads to; None: none just now.

    Whoever has a file open keeps that very one, even when it is removed and another takes its place.
    """
    try:
        now = path.stat()
    except OSError:
        return None
    return now.st_dev, now.st_ino


class DatabaseWatch:
    """Calls `on_change`, on its own thread: at the start, after each commit of somebody else, and for a new file.

    A new file is another one that has taken the place of the one that it watched.

    Its connection does nothing but ask `PRAGMA data_version`, which misses its own connection's writes and freezes
    inside an open read transaction: so it never reads anything else. A file that cannot be asked is asked again, and
    so is `on_change`, whatever it raises.
    """

    def __init__(
        self, path: Path, on_change: Callable[[], None], clock: Clock, name: str, *, every_ns: int = POLL_NS
    ) -> None:
        self._path, self._on_change, self._clock, self._every_ns = path, on_change, clock, every_ns
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"watch:{name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        db: sqlite3.Connection | None = None
        seen: object = None
        watched: tuple[int, int] | None = None
        due = self._clock.now_ns()
        while not self._clock.wait_until(due, self._stop):
            due = self._clock.now_ns() + self._every_ns
            try:
                file = file_id(self._path)
                if db is not None and file is not None and file != watched:
                    db.close()
                    db = None
                if db is None:
                    watched = file
                    db = sqlite3.connect(f"{self._path.as_uri()}?mode=ro", uri=True, isolation_level=None)
                    seen = None
                version = db.execute("PRAGMA data_version").fetchone()[0]
                if version != seen:
                    self._on_change()
                    seen = version
            except sqlite3.Error as error:
                log.debug("%s cannot be watched just now: %s", self._path.name, error)
                if db is not None:
                    db.close()
                    db = None
                due += _AGAIN_NS
            except Exception as error:  # noqa: BLE001 - without this thread nobody would hear of a change again
                log.warning("a change of %s could not be read: %s", self._path.name, error)
                due += _AGAIN_NS
        if db is not None:
            db.close()
