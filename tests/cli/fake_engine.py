"""An engine and its keeper as commands see them: locks, and a status map that follows what is wanted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from msgspec.structs import replace

from studio.media.clock import SystemClock
from studio.show.status import FeedStatus, Status
from studio.show.status_map import StatusMapWriter
from studio.show.wanted import Lease, Wanted, opened
from studio.show.wanted_store import WantedStore
from studio.system import boot_id
from studio.system.locks import WorkspaceLock
from studio.workspace.paths import Workspace
from tests.show.samples import SHOW

CLOCK = SystemClock()


def put_on_air(workspace: Workspace, show_id: str = "a") -> Wanted:
    """Write a wish to be live, under a lease of this moment."""
    wanted = replace(opened(SHOW), mode="live", show_id=show_id)
    with closing(WantedStore(workspace.wanted_db)) as store:
        store.begin(wanted, Lease(show_id=show_id, boot_id=boot_id(), stamp_ns=CLOCK.now_ns()))
    return wanted


class FakeEngine:
    """Tells, every hundredth of a second, that what is wanted is actual. `also` changes that."""

    def __init__(self, workspace: Workspace) -> None:
        self.also: dict[str, Any] = {}
        self.told = 0
        self._locks = [WorkspaceLock(workspace.lock(name)) for name in ("keeper", "engine")]
        self._map = StatusMapWriter(workspace.status)
        self._path = workspace.wanted_db
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fake engine")
        for lock in self._locks:
            assert lock.acquire()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End, as a process that was killed does: the map stays as it is."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(20)
        for lock in self._locks:
            lock.release()

    def tell(self, status: Status) -> None:
        self._map.write_status(status)
        self.told += 1

    def _run(self) -> None:
        with closing(WantedStore(self._path)) as store:
            while not self._end.is_set():
                revision, wanted = store.read()
                status = Status(
                    t=12.5,
                    pid=4242,
                    revision=revision,
                    mode=wanted.mode,
                    show_id=wanted.show_id,
                    scene=wanted.scene,
                    feature=wanted.feature,
                    final=wanted.mode == "off",
                    ended="off" if wanted.mode == "off" else "",
                    feeds=(FeedStatus(name="wide", fps=30.0, frames=375, kbps=800),),
                )
                self.tell(replace(status, **self.also))
                CLOCK.wait_until(CLOCK.now_ns() + 10_000_000, self._end)


@contextmanager
def engine_on_air(workspace: Workspace) -> Iterator[FakeEngine]:
    put_on_air(workspace)
    engine = FakeEngine(workspace)
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()
