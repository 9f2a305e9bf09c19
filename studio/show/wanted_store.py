"""`wanted.db`: where what is wanted on air is written down. Always local SQLite, tiny, short writes.

Plain sqlite3 and one JSON document: the keeper reads it too, and has to stay small.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from studio.errors import InputError, StudioError
from studio.show.wanted import Lease, Wanted, given_back, is_blank
from studio.workspace.watch import file_id

_TABLES = """
CREATE TABLE IF NOT EXISTS wanted
  (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL, wish TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lease (id INTEGER PRIMARY KEY CHECK (id = 1), lease TEXT NOT NULL);
INSERT OR IGNORE INTO wanted VALUES (1, 0, '{}');
"""
_VERSION = 1


class WantedStore:
    """One thread's door to `wanted.db`. Every method raises StudioError when the file cannot be used.

    It follows its path: when another file has taken the place of the one that is open, that is used from then on.
    """

    def __init__(self, path: Path, *, wait_s: float = 5.0) -> None:
        self._path, self._wait_s = path, wait_s
        with _said(path):
            self._db, self._file = self._connect()

    def _connect(self) -> tuple[sqlite3.Connection, tuple[int, int] | None]:
        """A connection that is ready, and to which file."""
        file = file_id(self._path)
        db = sqlite3.connect(self._path, timeout=self._wait_s, isolation_level=None)
        try:
            _prepare(db, self._path)
        except BaseException:
            db.close()
            raise
        return db, file or file_id(self._path)

    def _follow(self) -> None:
        if not self._db.in_transaction and file_id(self._path) not in {None, self._file}:
            fresh = self._connect()
            self._db.close()
            self._db, self._file = fresh

    def read(self) -> tuple[int, Wanted]:
        """The revision and the wish."""
        with self._said():
            revision, wish = self._db.execute("SELECT revision, wish FROM wanted").fetchone()
            return revision, msgspec.json.decode(wish, type=Wanted)

    def change(self, step: Callable[[Wanted], Wanted]) -> int:
        """Apply one step to the newest wish; the new revision. What `step` raises leaves everything as it was."""
        with self._said(), self._transaction():
            revision, wish = self.read()
            then = step(wish)
            self._db.execute(
                "UPDATE wanted SET revision = ?, wish = ?", (revision + 1, msgspec.json.encode(then).decode())
            )
            return revision + 1

    def begin(self, wanted: Wanted, lease: Lease) -> int:
        """Write a show's first wish and its lease together; the revision.

        Raises:
            InputError: another show is on air.
        """
        with self._said(), self._transaction():
            revision, now = self.read()
            held = self.lease()
            if now.mode == "live" and held and not held.refusal(now.show_id, lease.boot_id, lease.stamp_ns):
                raise InputError("this workspace", "has a show on air already", do="end it first: benchcast off")
            self._db.execute(
                "UPDATE wanted SET revision = ?, wish = ?", (revision + 1, msgspec.json.encode(wanted).decode())
            )
            self._write_lease(lease)
            return revision + 1

    def restore(self, revision: int, wanted: Wanted, lease: Lease | None) -> None:
        """Give back to a database that was made anew what was wanted; nothing when a show is wanted there already."""
        with self._said(), self._transaction():
            steps, since = self.read()
            if is_blank(since):
                wish = msgspec.json.encode(given_back(wanted, since)).decode()
                self._db.execute("UPDATE wanted SET revision = ?, wish = ?", (revision + steps, wish))
                if lease is not None:
                    self._write_lease(lease)

    def lease(self) -> Lease | None:
        with self._said():
            row = self._db.execute("SELECT lease FROM lease").fetchone()
            return msgspec.json.decode(row[0], type=Lease) if row else None

    def renew(self, show_id: str, now_ns: int) -> None:
        """Stamp the lease of a show, if it still is that show's."""
        self._change_lease(show_id, lambda lease: msgspec.structs.replace(lease, stamp_ns=now_ns))

    def start_clock(self, show_id: str, now_ns: int) -> None:
        """Note the first tick on air; a show that was begun before keeps its own."""
        self._change_lease(
            show_id, lambda lease: lease if lease.started_ns else msgspec.structs.replace(lease, started_ns=now_ns)
        )

    def close(self) -> None:
        self._db.close()

    def _change_lease(self, show_id: str, step: Callable[[Lease], Lease]) -> None:
        with self._said(), self._transaction():
            lease = self.lease()
            if lease is not None and lease.show_id == show_id:
                self._write_lease(step(lease))

    def _write_lease(self, lease: Lease) -> None:
        self._db.execute("INSERT OR REPLACE INTO lease VALUES (1, ?)", (msgspec.json.encode(lease).decode(),))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a full disk may have ended it already
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _said(self) -> Iterator[None]:
        with _said(self._path):
            self._follow()
            yield


def _prepare(db: sqlite3.Connection, path: Path) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        raise StudioError(
            f"{path} was written by a newer Benchcast",
            do="start that version, or choose another BENCHCAST_HOME",
        )
    if version < _VERSION:
        db.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT;")


@contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, msgspec.MsgspecError) as error:
        raise StudioError(f"{path} cannot be used ({error})", do=_what_to_do(error)) from error


def _what_to_do(error: Exception) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return "another program holds it: close that, and try again"
    damaged = code is not None and code & 0xFF in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
    if damaged or isinstance(error, msgspec.MsgspecError):
        return "it is damaged: move it away, and a new one is made; products and orders are in another file"
    return "check that its folder may be written and has room"
