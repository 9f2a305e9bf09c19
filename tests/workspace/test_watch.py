"""Hearing that somebody else has written to a database."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from studio.media.clock import SystemClock
from studio.workspace.watch import DatabaseWatch, file_id


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "a file #1 %20.db"
    _write(path, "CREATE TABLE t (n INTEGER)")
    return path


def _write(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(statement)


class Heard:
    """Counts calls, and waits for them. `fails`: how many of the first ones raise."""

    def __init__(self, fails: list[Exception] | None = None) -> None:
        self.count = 0
        self._fails = fails or []
        self._more = threading.Condition()

    def __call__(self) -> None:
        with self._more:
            self.count += 1
            self._more.notify_all()
            if self._fails:
                raise self._fails.pop(0)

    def wait(self, count: int, timeout: float = 20.0) -> bool:
        with self._more:
            return self._more.wait_for(lambda: self.count >= count, timeout)


@contextmanager
def watching(path: Path, on_change: Callable[[], None]) -> Iterator[DatabaseWatch]:
    watch = DatabaseWatch(path, on_change, SystemClock(), "test")
    watch.start()
    try:
        yield watch
    finally:
        watch.stop()


def test_it_calls_once_at_the_start_and_after_each_commit(path: Path) -> None:
    heard = Heard()
    with watching(path, heard):
        assert heard.wait(1)
        _write(path, "INSERT INTO t VALUES (1)")
        assert heard.wait(2)
        _write(path, "INSERT INTO t VALUES (2)")
        assert heard.wait(3)


def test_what_is_rolled_back_is_not_heard(path: Path) -> None:
    heard = Heard()
    with watching(path, heard), closing(sqlite3.connect(path, isolation_level=None)) as db:
        assert heard.wait(1)
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO t VALUES (1)")
        db.execute("ROLLBACK")
        assert not heard.wait(2, timeout=0.1)


def test_a_file_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    heard = Heard()
    with watching(tmp_path / "later.db", heard):
        _write(tmp_path / "later.db", "CREATE TABLE t (n INTEGER)")
        assert heard.wait(1)


def test_a_file_that_is_no_database_is_asked_again(tmp_path: Path) -> None:
    heard, path = Heard(), tmp_path / "odd.db"
    path.write_bytes(b"this is no database, and long enough to tell" * 100)
    with watching(path, heard):
        assert not heard.wait(1, timeout=0.1)
        path.unlink()
        _write(path, "CREATE TABLE t (n INTEGER)")
        assert heard.wait(1)


@pytest.mark.parametrize("error", [RuntimeError("a bug"), sqlite3.OperationalError("database is locked")])
def test_a_change_that_could_not_be_read_is_told_again(path: Path, error: Exception) -> None:
    """Nobody else commits: without another call the change would never be heard."""
    heard = Heard([error])
    with watching(path, heard):
        assert heard.wait(2)
        _write(path, "INSERT INTO t VALUES (1)")
        assert heard.wait(3)


def test_after_stop_nothing_is_called(path: Path) -> None:
    heard = Heard()
    with watching(path, heard):
        assert heard.wait(1)
    _write(path, "INSERT INTO t VALUES (1)")
    assert not heard.wait(2, timeout=0.05)


def _remove(path: Path) -> None:
    for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        one.unlink(missing_ok=True)


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can remove a file that is open")
def test_another_file_in_its_place_is_noticed_and_followed(path: Path) -> None:
    heard = Heard()
    with watching(path, heard):
        assert heard.wait(1)
        _remove(path)
        _write(path, "CREATE TABLE t (n INTEGER)")
        assert heard.wait(2)
        count = heard.count
        _write(path, "INSERT INTO t VALUES (1)")
        assert heard.wait(count + 1)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT n FROM t").fetchall() == [(1,)], "the watch took nothing of it along"


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can remove a file that is open")
def test_one_that_is_only_removed_is_no_change(path: Path) -> None:
    heard = Heard()
    with watching(path, heard):
        assert heard.wait(1)
        _remove(path)
        assert not heard.wait(2, timeout=0.1)


def test_a_file_is_known_by_what_it_is_not_by_its_name(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    assert file_id(one) is None
    one.write_text("1")
    other.write_text("2")
    first = file_id(one)
    assert first is not None
    assert first != file_id(other)
    one.rename(tmp_path / "elsewhere")
    assert file_id(tmp_path / "elsewhere") == first
    other.rename(one)
    assert file_id(one) != first
