"""Rotating backups of the shop's database, each looked through before an older one goes; and the way back to one."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from studio.errors import InputError, StudioError
from studio.shop.database import REVISIONS, Shop, ShopDamaged, check, in_words, migrate, open_shop, revision_of
from studio.shop.order_journal import OrderJournal
from studio.shop.orders import OrderLine
from studio.shop.place import safety_folder, shop_path
from studio.shop.taking import known_ids, take_up
from studio.system.durable import sync_file, sync_folder
from studio.system.locks import WorkspaceLock
from studio.workspace.paths import Workspace

KEPT = 5
_NAME = re.compile(r"benchcast-(\d+)\.db")


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did. `backup` None: there was no good one, and the journal alone was used."""

    backup: Path | None
    aside: Path
    lines: list[OrderLine]
    trouble: str = ""


def back_up(shop: Shop, journal: OrderJournal) -> Path:
    """Copy the database, look the copy through, drop what is older than the newest five; the copy.

    Takes a read of the database: nobody who sells waits for it.

    Raises:
        ShopDamaged: the database is not whole; nothing was dropped.
        StudioError: the database cannot be read, or the copy not written.
    """
    check(shop.path)
    period = journal.begin_period()
    path = journal.folder / f"benchcast-{period:06}.db"
    fresh = path.with_name(f"{path.name}.new")
    with in_words(shop.path):
        fresh.unlink(missing_ok=True)
        fresh.touch(0o600)
        uri = f"{shop.path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as source, closing(sqlite3.connect(fresh)) as target:
            source.backup(target)
            found = target.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found == "ok":
                target.execute("PRAGMA journal_mode = DELETE")  # one file, that can be carried away
        if found != "ok":
            fresh.unlink()
            raise StudioError(f"{fresh} was written, but is not whole ({found})", do="check this disk")
        with fresh.open("rb+") as file:
            sync_file(file.fileno())
        fresh.replace(path)
        sync_folder(path.parent)
        kept = _backups(journal.folder)
        for old in [*kept.values()][:-KEPT]:
            old.unlink()
    journal.trim(min([*kept][-KEPT:]), known_ids(shop, (frame.id for frame in journal.frames())))
    return path


def restore(workspace: Workspace) -> Restored:
    """Put the newest good backup, with every order of the journal since, in the place of a damaged database.

    The damaged file is kept aside.

    Raises:
        InputError: the database is in order; nothing was changed.
        StudioError: it cannot be put there.
    """
    path = shop_path(workspace)
    lock = WorkspaceLock(workspace.lock("shop"))
    if not lock.acquire(timeout=10):
        raise StudioError(f"{path} is being worked on by another process", do="try again in a minute")
    try:
        try:
            check(path)
        except ShopDamaged:
            pass
        else:
            raise InputError(str(path), "is in order, nothing was changed", do="")
        backup = newest_good(safety_folder(workspace))
        with in_words(path):
            aside = _put_in_place(path, backup)
    finally:
        lock.release()
    with closing(open_shop(workspace)) as shop:
        try:
            return Restored(backup, aside, take_up(shop, OrderJournal(workspace)))
        except StudioError as error:
            return Restored(backup, aside, [], str(error))


def newest_good(folder: Path) -> Path | None:
    """The newest backup that is whole and of a version that this program knows."""
    for path in reversed(_backups(folder).values()):
        with contextlib.suppress(StudioError, sqlite3.Error):
            check(path)
            if revision_of(path) in REVISIONS:
                return path
    return None


def _put_in_place(path: Path, backup: Path | None) -> Path:
    """Where the old one is now, or an empty file if it was gone. At each moment there is one at `path`."""
    fresh = path.with_name(f"{path.name}.restored")
    fresh.unlink(missing_ok=True)
    if backup is not None:
        shutil.copyfile(backup, fresh)
    else:
        migrate(fresh)
    with fresh.open("rb+") as file:
        sync_file(file.fileno())
    number = 1
    while (aside := path.with_name(f"{path.name}.damaged-{number}")).exists():
        number += 1
    if not path.exists():
        path.touch(0o600)
    try:
        os.link(path, aside)
    except OSError:  # a disk without hard links
        shutil.copyfile(path, aside)
    for suffix in ("-wal", "-shm"):  # of the damaged file: they must not meet the other
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    fresh.replace(path)
    sync_folder(path.parent)
    return aside


def _backups(folder: Path) -> dict[int, Path]:
    """The backups by the period that they close, oldest first."""
    found = {int(name[1]): path for path in folder.glob("benchcast-*") if (name := _NAME.fullmatch(path.name))}
    return dict(sorted(found.items()))
