"""Snapshots of what is wanted and what is sold, kept fresh by watcher threads: no database can hold up air."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass

from studio.engine.shop_door import ShopDoor
from studio.errors import StudioError
from studio.media.clock import Clock
from studio.shop.catalogue import Catalogue
from studio.shop.place import shop_path
from studio.show.requests import Request
from studio.show.wanted import Lease, Wanted, is_blank
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace
from studio.workspace.watch import DatabaseWatch

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wish:
    """`wanted.db` at one revision."""

    revision: int
    wanted: Wanted
    lease: Lease | None

    @property
    def resumed(self) -> bool:
        """Whether the show has been on air before, in an engine that died."""
        return self.lease is not None and self.lease.started_ns != 0


class Mirror:
    """The newest wish and catalogue. When a database fails, the last snapshot stays, and it is read again.

    `changed` is called on a watcher's thread after each new snapshot.
    """

    def __init__(self, workspace: Workspace, clock: Clock, changed: Callable[[], None]) -> None:
        self._workspace, self._changed = workspace, changed
        self.wish = Wish(0, Wanted(), None)
        self.requests: tuple[Request, ...] = ()  # that nobody has answered yet
        self.catalogue = Catalogue.empty()
        self._problems = {"wanted": "", "shop": ""}
        self.ready = threading.Event()
        self._shop = ShopDoor(workspace)
        self._watches = [
            DatabaseWatch(workspace.wanted_db, self._read_wish, clock, "wanted"),
            DatabaseWatch(shop_path(workspace), self._read_catalogue, clock, "shop"),
        ]
        self._store: WantedStore | None = None

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the databases just now, in words."""
        return tuple(said for said in self._problems.values() if said)

    def start(self) -> None:
        for watch in self._watches:
            watch.start()

    def stop(self) -> None:
        for watch in self._watches:
            watch.stop()

    def _read_wish(self) -> None:
        try:
            if self._store is None:
                self._store = WantedStore(self._workspace.wanted_db)
            revision, wanted = self._store.read()
            if is_blank(wanted) and not is_blank(self.wish.wanted):  # made anew: it would say that nothing is wanted
                log.warning("what is wanted is given back to a new %s", self._workspace.wanted_db)
                self._store.restore(self.wish.revision, self.wish.wanted, self.wish.lease)
            else:
                self.wish = Wish(revision, wanted, self._store.lease())
            self.requests = self._store.unanswered()
        except StudioError as error:
            self._problems["wanted"] = str(error)
            if self._store is not None:
                self._store.close()
                self._store = None
            raise
        else:
            self._problems["wanted"] = ""
        finally:
            self.ready.set()
            self._changed()

    def _read_catalogue(self) -> None:
        from studio.shop.catalogue_rows import read_catalogue  # here for the reason that ShopDoor tells

        try:
            self.catalogue = read_catalogue(self._shop.shop())
        except StudioError as error:
            self._problems["shop"] = str(error)
            raise
        else:
            self._problems["shop"] = ""
        finally:
            self._changed()
