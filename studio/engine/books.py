"""What the engine does in the shop's database, on a thread of its own: not even a lease waits for it."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from studio.engine.shop_door import ShopDoor
from studio.errors import StudioError
from studio.workspace.paths import Workspace

if TYPE_CHECKING:
    from datetime import datetime

    from studio.shop.show_now import ShowNow

log = logging.getLogger(__name__)

_AGAIN_S = 1.0
_BACKUP_NS = 3_600_000_000_000
_BACKUP_AGAIN_NS = 300_000_000_000  # after one that failed
_BACKUP_CALM_NS = 60_000_000_000  # after an engine came back: viewers come first


class ShopBooks:
    """Writes in the order asked, on the thread `books`; while the database cannot be used, it tries again."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._ends = threading.Event()
        self._door = ShopDoor(workspace)
        self._seen: object = None  # database and journal when all of the journal was last found entered
        self._backup_due_ns = 0
        self._problems = {"books": "", "journal": "", "backup": ""}
        self._thread = threading.Thread(target=self._run, name="books", daemon=True)

    @property
    def problems(self) -> tuple[str, ...]:
        """What cannot be written or backed up just now, in words."""
        return tuple(said for said in self._problems.values() if said)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish what was asked, for at most five seconds."""
        self._ends.set()
        self._jobs.put(None)
        self._thread.join(5)

    def resume(self, now_ns: int) -> None:
        """The show was on air before, in an engine that died: that one has backed up not long ago."""
        self._backup_due_ns = now_ns + _BACKUP_CALM_NS

    def feature(self, show: ShowNow, sku: str, at: datetime) -> None:
        """From `at` on another product, or none (empty), is on air."""
        self._jobs.put(lambda: self._record_interval(show, sku, at))

    def end(self, show: ShowNow, at: datetime) -> None:
        """The show has ended: that is written down, and all of it backed up."""
        self._jobs.put(lambda: self._end_show(show, at))
        self._jobs.put(lambda: self._back_up(0))

    def look(self, now_ns: int) -> None:
        """Every few seconds of a show: enter orders that were noted, and back up at its start and every hour."""
        if self._jobs.empty():
            self._jobs.put(self._take_up)
        if now_ns >= self._backup_due_ns:
            self._backup_due_ns = now_ns + _BACKUP_NS
            self._jobs.put(lambda: self._back_up(now_ns))

    # What needs the shop's database loads its library here: ShopDoor tells why.

    def _record_interval(self, show: ShowNow, sku: str, at: datetime) -> None:
        from studio.shop.shows import record_interval

        record_interval(self._door.shop(), show, sku, at)

    def _end_show(self, show: ShowNow, at: datetime) -> None:
        from studio.shop.shows import end_show

        end_show(self._door.shop(), show, at)

    def _take_up(self) -> None:
        from studio.shop.database import ShopUnavailable
        from studio.shop.order_journal import OrderJournal
        from studio.shop.taking import take_up

        shop, journal = self._door.shop(), OrderJournal(self._workspace)
        now = (self._door.file, journal.stamp())
        if now == self._seen:
            return
        try:
            take_up(shop, journal)
        except ShopUnavailable:
            raise
        except StudioError as error:  # one record that can never be read must not keep the others from a backup
            self._tell("journal", str(error))
        else:
            self._tell("journal", "")
            self._seen = now

    def _back_up(self, now_ns: int) -> None:
        from studio.shop.backups import back_up
        from studio.shop.order_journal import OrderJournal

        try:
            self._take_up()
            made = back_up(self._door.shop(), OrderJournal(self._workspace))
        except StudioError as error:
            self._backup_due_ns = now_ns + _BACKUP_AGAIN_NS
            self._tell("backup", f"There is no new backup of products and orders: {error}")
        else:
            self._tell("backup", "")
            log.info("backed up: %s", made.name)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            while not self._done(job):
                if self._ends.wait(_AGAIN_S):
                    self._door.close()
                    return
        self._door.close()

    def _done(self, job: Callable[[], None]) -> bool:
        """Do it; False: it is to be tried again."""
        from studio.shop.database import ShopUnavailable

        try:
            job()
            self._tell("books", "")
        except ShopUnavailable as error:
            self._tell("books", str(error))
            return False
        except StudioError as error:
            self._tell("books", str(error))
        except Exception:
            log.exception("something could not be written down in the shop")
        return True

    def _tell(self, what: str, said: str) -> None:
        if said and said != self._problems[what]:  # the same each second would fill the log
            log.warning("%s", said)
        self._problems[what] = said
