"""The shop's database: opened, checked, brought up to date."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from studio.errors import StudioError
from studio.media.clock import SystemClock
from studio.shop.place import safety_folder, shop_path
from studio.shop.tables import SHOP_ID, Garbled
from studio.system.locks import WorkspaceLock, is_held
from studio.workspace.paths import Workspace

REVISIONS = ("0001", "0002")  # every version there has been, oldest first; the last is this program's
_ENGINE_WAIT_NS = 5_000_000_000
_WAIT_S = 10.0


class ShopUnavailable(StudioError):
    """The disk or another program keeps the database from being used now."""


class ShopDamaged(ShopUnavailable):
    """What is in the file is not what was written to it."""


class Shop:
    """An open shop: hands out sessions. For any thread; a session is for the one that asked.

    Attributes:
        path: the database file, for a watch on it.
        id: the shop's id in every table.
    """

    id = SHOP_ID

    def __init__(self, path: Path) -> None:
        """Connect to a database that is up to date: see `open_shop`."""
        self.path = path
        # Statements carry buyers' names; an error's text must not.
        self._engine = create_engine(
            f"sqlite:///{path}",
            hide_parameters=True,
            connect_args={"timeout": _WAIT_S},
            json_deserializer=_object,
        )
        event.listen(self._engine, "connect", _prepare)
        event.listen(self._engine, "begin", _begin)
        self._writer = self._engine.execution_options(begin="BEGIN IMMEDIATE")

    @property
    def engine(self) -> Engine:
        return self._engine

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session on one snapshot of the database. Raises StudioError when it cannot be read."""
        with in_words(self.path), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A session that holds the write lock from its start and commits at its end, durably; all or nothing.

        Raises:
            StudioError: the database cannot be written, or another process held the lock for too long.
        """
        with in_words(self.path), Session(self._writer, expire_on_commit=False) as session, session.begin():
            session.connection()  # takes the lock now, before anything is read
            yield session

    def close(self) -> None:
        self._engine.dispose()


def open_shop(workspace: Workspace, *, holds_engine_lock: bool = False) -> Shop:
    """The workspace's shop, or the one that BENCHCAST_DATABASE_URL names; made if it is new.

    An older database is copied and then brought up to date, which only whoever holds the engine's lock may do:
    the engine says that it does, everybody else takes it for that moment.

    Raises:
        ShopDamaged: it is not whole; or there is none, though there was one, of which backups or orders are left.
        ShopUnavailable: it cannot be used now.
        StudioError: it is not ours, is of a newer version, or is older while an engine runs.
    """
    path = shop_path(workspace)
    with in_words(path):
        found = revision_of(path)
        if found is None and _had_a_shop(safety_folder(workspace)):
            # A power cut may leave an empty file. A new shop in its place would sell the whole stock again.
            raise _damaged(path, "nothing is in it" if path.exists() else "it is gone")
        if found != REVISIONS[-1]:
            _bring_up_to_date(workspace, path, holds_engine_lock=holds_engine_lock)
    return Shop(path)


def revision_of(path: Path) -> str | None:
    """The version of a database file; None when there is none yet.

    Raises:
        StudioError: it holds something else, or is of a version that this program does not know.
    """
    if _is_empty(path):  # not asked of SQLite, which would remove the log of such a file
        return None
    with closing(sqlite3.connect(path, timeout=_WAIT_S)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return None
        row = (
            db.execute("SELECT version_num FROM alembic_version").fetchone() if "alembic_version" in tables else None
        )
    if row is None and tables != {"alembic_version"}:
        raise StudioError(f"{path} is no Benchcast database", do="choose another BENCHCAST_HOME")
    if row is not None and row[0] not in REVISIONS:
        raise StudioError(
            f"{path} was written by a newer Benchcast", do="start that version, or choose another BENCHCAST_HOME"
        )
    return None if row is None else str(row[0])


def check(path: Path, *, new: bool = False) -> None:
    """Look a database file through: a few milliseconds for ten thousand orders.

    `new`: there may be nothing in it yet, which `open_shop` has the last word on.

    Raises:
        ShopDamaged: it is not whole.
        ShopUnavailable: it cannot be used now.
    """
    empty, found = _is_empty(path), "ok"
    if not empty:
        with in_words(path), closing(sqlite3.connect(path, timeout=_WAIT_S)) as db:
            found = db.execute("PRAGMA quick_check(1)").fetchone()[0]
            empty = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if found != "ok":
        raise _damaged(path, " ".join(found.split()))
    if empty and not new:
        raise _damaged(path, "nothing is in it")


def _is_empty(path: Path) -> bool:
    return not path.is_file() or path.stat().st_size == 0


def _had_a_shop(folder: Path) -> bool:
    """Whether this folder holds a backup, or orders, of a shop that there must have been."""
    return any(True for name in ("benchcast-*.db", "orders-*.journal") for _ in folder.glob(name))


def _bring_up_to_date(workspace: Workspace, path: Path, *, holds_engine_lock: bool) -> None:
    migrators, engine = WorkspaceLock(workspace.lock("shop")), WorkspaceLock(workspace.lock("engine"))
    busy = StudioError(f"{path} is being brought up to date by another process", do="try again in a minute")
    if not migrators.acquire(timeout=60):
        raise busy
    try:
        found = revision_of(path)
        if found == REVISIONS[-1]:
            return
        if found is None or holds_engine_lock:
            migrate(path)
            return
        if not is_held(workspace.lock("engine")) and engine.acquire():
            try:
                migrate(path)
            finally:
                engine.release()
            return
    finally:
        migrators.release()
    _wait_for_engine(path)


def _wait_for_engine(path: Path) -> None:
    """An engine of this version is about to bring the database up to date itself; an older one never will."""
    clock, never = SystemClock(), threading.Event()
    deadline_ns = clock.now_ns() + _ENGINE_WAIT_NS
    while revision_of(path) != REVISIONS[-1]:
        if clock.now_ns() > deadline_ns:
            raise StudioError(
                f"{path} is of an older version, and a show is using it", do="end the show, then try again"
            )
        clock.wait_until(clock.now_ns() + 50_000_000, never)


def migrate(path: Path) -> None:
    """Bring a database to this program's version, after a copy. Only for who holds the engine's lock."""
    # Imported here: it takes a moment that no other command has to spend.
    from alembic import command
    from alembic.config import Config

    found = revision_of(path)
    if found is not None:
        _copy(path, path.with_name(f"{path.name}.version-{found}"))
    path.parent.mkdir(parents=True, exist_ok=True)
    shop = Shop(path)
    try:
        with shop.engine.connect() as connection:
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        shop.close()


def _copy(path: Path, to: Path) -> None:
    fresh = to.with_name(f"{to.name}.new")
    fresh.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(fresh)) as target:
        source.backup(target)
    fresh.replace(to)


def _prepare(connection: sqlite3.Connection, _record: object) -> None:
    """Each connection: our own BEGIN instead of the driver's, and a commit that is on the disk when it returns."""
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "fullfsync = ON", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    kept = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
    if kept != ["wal", 2]:
        raise StudioError(f"SQLite keeps no safe log here ({kept})", do="put the workspace on a local disk")


def _begin(connection: Connection) -> None:
    options: Any = connection.get_execution_options()
    connection.exec_driver_sql(options.get("begin", "BEGIN"))


def _object(text: str) -> dict[str, Any]:
    """What a JSON column holds. Raises Garbled when that is not an object, as all of ours are."""
    try:
        found = json.loads(text)
    except (ValueError, TypeError, RecursionError):  # what looks like a number, SQLite has made one
        found = None
    if not isinstance(found, dict):
        raise Garbled
    return found


@contextmanager
def in_words(path: Path) -> Iterator[None]:
    """Turn what the disk or another process did to the database into words. Our own mistakes stay what they are."""
    try:
        yield
    except (IntegrityError, ProgrammingError):
        raise
    except Garbled as error:
        raise _damaged(path, "a field holds what nobody wrote") from error
    except (DBAPIError, sqlite3.DatabaseError, OSError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        reason = cause if isinstance(cause, sqlite3.Error) else getattr(error, "strerror", None) or error
        # Extended codes have the plain one in their lowest byte.
        code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise ShopUnavailable(
                f"{path} is held by another program", do="close what has it open, then try again"
            ) from error
        # That a table is gone has no code of its own; all of them were there when the file was opened.
        if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB} or str(reason).startswith("no such table"):
            raise _damaged(path, str(reason)) from error
        raise ShopUnavailable(f"{path} cannot be used ({reason})", do="check the disk's space and rights") from error


def _damaged(path: Path, reason: str) -> ShopDamaged:
    return ShopDamaged(
        f"{path} is damaged ({reason})",
        do="take the newest backup with all orders since, and keep the damaged file aside: benchcast orders restore",
    )
