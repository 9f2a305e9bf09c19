"""`wanted.db`: where what is wanted on air is written down. Always local SQLite, tiny, short writes.

Plain sqlite3 and one JSON document: the keeper reads it too, and has to stay small.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec

from studio.errors import InputError, StudioError
from studio.show.requests import Answer, Clip, Request, RequestState
from studio.show.wanted import Lease, Wanted, given_back, is_blank
from studio.system import asleep_ns
from studio.workspace.watch import file_id

_TABLES = """
CREATE TABLE IF NOT EXISTS wanted
  (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL, wish TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS lease (id INTEGER PRIMARY KEY CHECK (id = 1), lease TEXT NOT NULL);
INSERT OR IGNORE INTO wanted VALUES (1, 0, '{}');
CREATE TABLE IF NOT EXISTS requests
  (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, show_id TEXT NOT NULL, act TEXT NOT NULL,
   state TEXT NOT NULL DEFAULT 'asked', answer TEXT NOT NULL DEFAULT '{}');
"""
_VERSION = 2  # 1 had no requests; its files get the table when they are opened
_ANSWERS_KEPT = 50
_NOT_OURS = (msgspec.MsgspecError, RecursionError)  # what JSON raises that nobody of us wrote


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
            InputError: another show is on air, or nobody could tell this boot from the next.
        """
        if not lease.boot_id:
            raise InputError(
                "this computer",
                "does not tell when it was started, so a show might begin by itself after a restart",
                do="start it anew and try again",
            )
        with self._said(), self._transaction():
            revision, now = self.read()
            held = self.lease()
            if now.mode == "live" and held and not held.refusal(now.show_id, lease.boot_id, lease.stamp_ns):
                raise InputError("this workspace", "has a show on air already", do="end it first: benchcast off")
            self._db.execute(
                "UPDATE wanted SET revision = ?, wish = ?", (revision + 1, msgspec.json.encode(wanted).decode())
            )
            self._write_lease(msgspec.structs.replace(lease, asleep_ns=asleep_ns()))
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

    def renew(self, show_id: str, now_ns: int, started_ns: int = 0) -> None:
        """Stamp the lease of a show, if it still is that show's.

        `started_ns`: its first tick on air, for the case that `start_clock` could not be written; 0: not known.
        """
        self._change_lease(
            show_id,
            lambda lease: msgspec.structs.replace(
                lease, stamp_ns=now_ns, asleep_ns=asleep_ns(), started_ns=lease.started_ns or started_ns
            ),
        )

    def give_up(self, show_id: str, now_ns: int) -> None:
        """Take its leave from a show, which lasted until now: a person may carry it on, nobody else."""
        self._change_lease(show_id, lambda lease: msgspec.structs.replace(lease, boot_id="", stamp_ns=now_ns))

    def start_clock(self, show_id: str, now_ns: int) -> None:
        """Note the first tick on air; a show that was begun before keeps its own."""
        self._change_lease(
            show_id, lambda lease: lease if lease.started_ns else msgspec.structs.replace(lease, started_ns=now_ns)
        )

    def ask(self, show_id: str, act: Clip) -> str:
        """Ask the engine for a one-shot act in a show; the request's id. Old answers are forgotten."""
        with self._said(), self._transaction():
            number = self._db.execute(
                "INSERT INTO requests (id, show_id, act) VALUES (?, ?, ?)",
                (ident := uuid.uuid4().hex, show_id, msgspec.json.encode(act).decode()),
            ).lastrowid
            self._db.execute(
                "DELETE FROM requests WHERE state IN ('done', 'failed') AND number <= ?",
                ((number or 0) - _ANSWERS_KEPT,),
            )
            return ident

    def request(self, ident: str) -> Request | None:
        """One request as it is now; None: nobody knows it (the file was made anew)."""
        return next(iter(self._requests("id = ?", ident)), None)

    def unanswered(self) -> tuple[Request, ...]:
        """All that are asked or taken, in the order they were asked."""
        return self._requests("state IN ('asked', 'taken') ORDER BY number")

    def take(self, ident: str) -> bool:
        """Take a request that nobody has taken, to do it; False: it is not there to be taken any more."""
        return self._move(ident, "asked", "taken", Answer())

    def answer(self, ident: str, state: Literal["done", "failed"], answer: Answer) -> None:
        """Answer a request that was taken."""
        self._move(ident, "taken", state, answer)

    def withdraw(self, ident: str) -> bool:
        """Take back what one has asked; False: it has been taken up already."""
        return self._move(ident, "asked", "failed", Answer(said="It was withdrawn"))

    def close(self) -> None:
        self._db.close()

    def _requests(self, where: str, *values: str) -> tuple[Request, ...]:
        with self._said():
            rows = self._db.execute(
                f"SELECT id, show_id, act, state, answer FROM requests WHERE {where}",  # noqa: S608 - our own words
                values,
            ).fetchall()
            return tuple(
                Request(
                    id=ident,
                    show_id=show_id,
                    act=_known_act(act),
                    state=msgspec.convert(state, RequestState),
                    answer=msgspec.json.decode(answer, type=Answer),
                )
                for ident, show_id, act, state, answer in rows
            )

    def _move(self, ident: str, before: RequestState, then: RequestState, answer: Answer) -> bool:
        with self._said(), self._transaction():
            moved = self._db.execute(
                "UPDATE requests SET state = ?, answer = ? WHERE id = ? AND state = ?",
                (then, msgspec.json.encode(answer).decode(), ident, before),
            )
            return moved.rowcount == 1

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


def _known_act(act: str) -> Clip | None:
    try:
        return msgspec.json.decode(act, type=Clip)
    except _NOT_OURS:  # of another version; the others must not wait for it
        return None


@contextmanager
def _said(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, *_NOT_OURS) as error:
        raise StudioError(f"{path} cannot be used ({error})", do=_what_to_do(error)) from error


def _what_to_do(error: Exception) -> str:
    code = getattr(error, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return "another program holds it: close that, and try again"
    damaged = code is not None and code & 0xFF in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}
    if damaged or isinstance(error, _NOT_OURS):
        return "it is damaged: move it away, and a new one is made; products and orders are in another file"
    return "check that its folder may be written and has room"
