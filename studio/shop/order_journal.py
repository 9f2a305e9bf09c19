"""The order journal: every order a second time, sealed and synced, in files beside the backups that it completes.

A file holds one period, from one backup to the next. Whatever is in file n was committed before backup n was begun,
so backup n and the files after n are every order there is.
"""

from __future__ import annotations

import os
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from studio.errors import StudioError
from studio.shop.journal_frames import Frame, Kind, scan
from studio.shop.journal_key import JournalKeys, KeyLost, Opener
from studio.shop.orders import Entry, NewOrder, OrderLine
from studio.shop.place import safety_folder
from studio.system.durable import sync_file, sync_folder
from studio.system.locks import WorkspaceLock
from studio.workspace.paths import Workspace

_NAME = re.compile(r"orders-(\d+)\.journal")
_LOCK_S = 10.0  # whoever holds it may be making a key, which takes a keyring five
_NOBODY = bytes(16)


class OrderJournal:
    """The journal of a workspace's shop. For any thread and process; each call takes the journal's lock."""

    def __init__(self, workspace: Workspace) -> None:
        self.folder = safety_folder(workspace)
        self._lock_path = workspace.lock("order-journal")
        self._keys = JournalKeys(workspace, self.folder)

    def hold(self, order: NewOrder, line: OrderLine) -> None:
        """Write down an order that the database has taken. Raises StudioError."""
        with self._locked():
            self._append(Kind.HELD, line.number, Entry(order, line))

    def note(self, order: NewOrder) -> int:
        """Write down an order that the database could not check; its number, the n of J-n. Raises StudioError."""
        with self._locked():
            number = _last_noted(self.frames()) + 1
            self._append(Kind.NOTED, number, Entry(order))
            return number

    def frames(self) -> list[Frame]:
        """Every whole record, oldest first, still sealed. Raises StudioError."""
        with _in_words(self.folder):
            return [frame for path in self._files().values() for frame in scan(path.read_bytes())]

    def stamp(self) -> object:
        """Changes whenever something was appended or trimmed. Raises StudioError."""
        with _in_words(self.folder):
            return tuple((path.name, path.stat().st_size) for path in self._files().values())

    def opener(self) -> Opener:
        """What opens records; may take a keyring's deadline. Raises StudioError."""
        return self._keys.opener()

    def begin_period(self) -> int:
        """Append to a new file from now on; the number of the period that has ended. Raises StudioError."""
        try:
            self._keys.opener()
        except KeyLost:
            lost = True
        except StudioError:
            lost = False  # a keyring that does not answer now may do so later
        else:
            lost = False
        with self._locked():
            if lost:
                self._keys.make()
            ended = max(self._files(), default=0)
            last = _last_noted(self.frames())
            self._write(self._path(ended + 1), Frame(Kind.START, last, _NOBODY).pack())
            return ended

    def trim(self, upto: int, kept: set[bytes]) -> None:
        """Remove the files of periods up to `upto`, but none with an order that is in no database yet.

        `kept`: the ids of the orders in the database. Raises StudioError.
        """
        with self._locked():
            for period, path in self._files().items():
                if period <= upto and all(
                    one.id in kept for one in scan(path.read_bytes()) if one.kind is not Kind.START
                ):
                    path.unlink()

    def _append(self, kind: Kind, number: int, entry: Entry) -> None:
        bare = Frame(kind, number, uuid.UUID(entry.order.id).bytes)
        sealed = self._keys.seal(msgspec.json.encode(entry), bare.bound)
        period = max(self._files(), default=1)
        self._write(self._path(period), Frame(kind, number, bare.id, sealed).pack())

    def _write(self, path: Path, data: bytes) -> None:
        is_new = not path.exists()
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(fd, "ab", buffering=0) as file:
            before = file.seek(0, os.SEEK_END)
            try:
                while data:  # a nearly full disk takes a part before it refuses
                    data = data[file.write(data) :]
                sync_file(fd)
            except OSError:
                file.truncate(before)
                raise
        if is_new:
            sync_folder(path.parent)

    def _path(self, period: int) -> Path:
        return self.folder / f"orders-{period:06}.journal"

    def _files(self) -> dict[int, Path]:
        """The files by period, oldest first."""
        found = {int(name[1]): path for path in self.folder.glob("orders-*") if (name := _NAME.fullmatch(path.name))}
        return dict(sorted(found.items()))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with _in_words(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            # One lock object for each call: two threads that shared one would both have it.
            lock = WorkspaceLock(self._lock_path)
            if not lock.acquire(timeout=_LOCK_S):
                raise StudioError(f"{self.folder} is held by another program", do="try again")
            try:
                yield
            finally:
                lock.release()


def last_held(frames: Iterable[Frame]) -> int:
    """The highest order number that was told, readable or not; 0: none."""
    return max((one.number for one in frames if one.kind is Kind.HELD), default=0)


def _last_noted(frames: Iterable[Frame]) -> int:
    return max((one.number for one in frames if one.kind is not Kind.HELD), default=0)


def opened(frame: Frame, opener: Opener) -> Entry | None:
    """What a record says; None: it cannot be read."""
    plain = opener.open(frame.sealed, frame.bound)
    if plain is None:
        return None
    try:
        return msgspec.json.decode(plain, type=Entry)
    except msgspec.MsgspecError:
        return None


@contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StudioError(
            f"orders cannot be written down in {folder} ({error.strerror or type(error).__name__})",
            do="check the disk's space and rights",
        ) from error
