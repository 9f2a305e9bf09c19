"""What the engine writes down about a show, on a thread of its own: a slow database delays nothing on air."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from studio.engine.books import ShopBooks
from studio.errors import StudioError
from studio.media.clock import utc_now
from studio.show.flags import WishFlags
from studio.show.now import show_now
from studio.show.wanted import Wanted, end
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)


class ShowJournal:
    """Writes in the order asked: the show's lease and end on the thread `journal`, what was shown by `ShopBooks`.

    Two threads, because a shop that is locked for a minute must not let the lease run out.
    """

    def __init__(self, workspace: Workspace, *, wait_s: float = 5.0) -> None:
        """`wait_s`: so long does one entry wait for a database that somebody holds."""
        self._workspace, self._wait_s = workspace, wait_s
        self._flags = WishFlags(workspace)
        self._started: tuple[str, int] = "", 0  # the show on air, and when it had its first tick
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._store: WantedStore | None = None
        self._books = ShopBooks(workspace)
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
        self._problem = ""

    @property
    def problems(self) -> tuple[str, ...]:
        """What cannot be written down just now, in words."""
        return (*((self._problem,) if self._problem else ()), *self._books.problems)

    def start(self) -> None:
        self._thread.start()
        self._books.start()

    def stop(self) -> None:
        """Finish what was asked, for at most five seconds each."""
        self._jobs.put(None)
        self._thread.join(5)
        self._books.stop()

    def do(self, job: Callable[[], None]) -> None:
        """Have something else done on this thread, in order."""
        self._jobs.put(job)

    def renew(self, show_id: str, now_ns: int) -> None:
        started_id, started_ns = self._started
        # Again and again: the database may have been held when the first tick was to be written.
        first_ns = started_ns if started_id == show_id else 0
        self._jobs.put(lambda: self._wanted().renew(show_id, now_ns, first_ns))
        self._books.look(now_ns)

    def write_off(self, show_id: str) -> None:
        """The show is over: nobody may start it again, even if that can only be told by a flag."""
        self._off_air(show_id, lambda store: store.change(lambda now: end(now) if now.show_id == show_id else now))

    def leave(self, show_id: str, now_ns: int) -> None:
        """The computer shuts down: the show does not go on by itself, and a person may carry it on afterwards."""
        self._off_air(show_id, lambda store: store.give_up(show_id, now_ns))

    def begin(self, wanted: Wanted, started_ns: int) -> None:
        """The first tick on air."""
        self._started = wanted.show_id, started_ns
        self._jobs.put(lambda: self._wanted().start_clock(wanted.show_id, started_ns))

    def resume(self, now_ns: int) -> None:
        """The show was on air before, in an engine that died."""
        self._books.resume(now_ns)

    def feature(self, wanted: Wanted, sku: str, at_s: float) -> None:
        """Another product, or none (empty), is on air from `at_s` seconds of the show on."""
        at = utc_now()
        if (now := show_now(wanted, at_s, at)) is not None:
            self._books.feature(now, sku, at)

    def end(self, wanted: Wanted, at_s: float) -> None:
        """The show has ended."""
        at = utc_now()
        if (now := show_now(wanted, at_s, at)) is not None:
            self._books.end(now, at)

    def _off_air(self, show_id: str, write: Callable[[WantedStore], object]) -> None:
        """Write down that a show is off air; by a flag until then, for this process may not live long enough."""
        flagged = bool(show_id)
        try:
            if flagged:
                self._flags.put_up("off", show_id)
        except StudioError as error:
            log.warning("%s", error)
            flagged = False

        def job() -> None:
            try:
                write(self._wanted())
            except StudioError as error:
                if not flagged:
                    raise
                log.warning("the end of the show is told by a flag alone: %s", error)
            else:
                self._flags.take_down("off", show_id)

        self._jobs.put(job)

    def _wanted(self) -> WantedStore:
        if self._store is None:
            self._store = WantedStore(self._workspace.wanted_db, wait_s=self._wait_s)
        return self._store

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
                self._problem = ""
            except StudioError as error:
                self._problem = str(error)
                log.warning("%s", error)
            except Exception:
                # Without this thread no lease would be renewed, and the show would end a minute later.
                log.exception("something could not be written down")
        if self._store is not None:
            self._store.close()
