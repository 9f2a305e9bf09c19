"""What the engine writes down about a show, on a thread of its own: a slow database delays nothing on air."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.engine.shop_door import ShopDoor
from studio.errors import StudioError
from studio.media.clock import utc_now
from studio.show.flags import WishFlags, want_end
from studio.show.now import show_now
from studio.show.wanted import Wanted
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace

if TYPE_CHECKING:
    from datetime import datetime

    from studio.shop.show_now import ShowNow

log = logging.getLogger(__name__)


class ShowJournal:
    """Writes in the order asked, on the thread `journal`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._store: WantedStore | None = None
        self._shop = ShopDoor(workspace)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self.problems: tuple[str, ...] = ()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish what was asked, for at most five seconds."""
        self._jobs.put(None)
        self._thread.join(5)

    def renew(self, show_id: str, now_ns: int) -> None:
        self._jobs.put(lambda: self._wanted().renew(show_id, now_ns))

    def write_off(self, show_id: str) -> None:
        """The show is over: nobody may start it again, even if that can only be told by a flag."""
        self._jobs.put(lambda: self._write_off(show_id))

    def begin(self, wanted: Wanted, started_ns: int) -> None:
        """The first tick on air."""
        self._jobs.put(lambda: self._wanted().start_clock(wanted.show_id, started_ns))

    def feature(self, wanted: Wanted, sku: str, at_s: float) -> None:
        """Another product, or none (empty), is on air from `at_s` seconds of the show on."""
        at = utc_now()
        if (now := show_now(wanted, at_s, at)) is not None:
            self._jobs.put(lambda: self._record_interval(now, sku, at))

    def end(self, wanted: Wanted, at_s: float) -> None:
        """The show has ended."""
        at = utc_now()
        if (now := show_now(wanted, at_s, at)) is not None:
            self._jobs.put(lambda: self._end_show(now, at))

    def _write_off(self, show_id: str) -> None:
        try:
            store = self._wanted()
        except StudioError:
            WishFlags(self._workspace).put_up("off", show_id)
        else:
            want_end(self._workspace, store, show_id)

    # What needs the shop's database loads its library here: ShopDoor tells why.

    def _record_interval(self, now: ShowNow, sku: str, at: datetime) -> None:
        from studio.shop.shows import record_interval

        record_interval(self._shop.shop(), now, sku, at)

    def _end_show(self, now: ShowNow, at: datetime) -> None:
        from studio.shop.shows import end_show

        end_show(self._shop.shop(), now, at)

    def _wanted(self) -> WantedStore:
        if self._store is None:
            self._store = WantedStore(self._workspace.wanted_db)
        return self._store

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
                self.problems = ()
            except StudioError as error:
                self.problems = (str(error),)
                log.warning("%s", error)
            except Exception:
                # Without this thread no lease would be renewed, and the show would end a minute later.
                log.exception("something could not be written down")
        if self._store is not None:
            self._store.close()
        self._shop.close()
