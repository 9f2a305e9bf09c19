"""What the engine writes down about a show, on a thread of its own: a slow database delays nothing on air."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from studio.errors import StudioError
from studio.show.wanted import Wanted, end
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)


class ShowJournal:
    """Writes in the order asked, on the thread `journal`."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._store: WantedStore | None = None
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
        """The show is over: nobody may start it again."""
        self._jobs.put(lambda: void(self._wanted().change(lambda now: end(now) if now.show_id == show_id else now)))

    def begin(self, wanted: Wanted, started_ns: int) -> None:
        """The first tick on air."""
        self._jobs.put(lambda: self._wanted().start_clock(wanted.show_id, started_ns))

    def feature(self, show_id: str, sku: str, at_s: float) -> None:
        """Another product, or none, is on air from here on."""

    def end(self, show_id: str, at_s: float) -> None:
        """The show has ended."""

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


def void(_: object) -> None:
    """Drop a value."""
