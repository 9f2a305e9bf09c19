"""An engine on a thread of the test: what is actual follows what is wanted, in one process, without a keeper."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

import av
import msgspec
from msgspec.structs import replace

from studio.engine.engine import Engine
from studio.engine.keys import KeyAsker
from studio.media.clock import SystemClock
from studio.show.model import Feed, Layer, Scene, Show, Source
from studio.show.plan import plan_sources
from studio.show.status import Status
from studio.show.status_map import StatusMapReader
from studio.show.wanted import Lease, opened
from studio.show.wanted_store import WantedStore
from studio.system import boot_id
from studio.workspace.paths import Workspace
from tests.engine.source_bench import SourceBench
from tests.services.waiting import wait_for
from tests.show.samples import a_show

CLOCK = SystemClock()
SHOW = a_show(
    sources=(Source(name="bench", kind="image", path="bench.png"),),
    scenes=(Scene(name="Bench", layers=(Layer(source="bench"),)), Scene(name="Back soon", layers=())),
    feeds=(Feed(name="wide", size=(64, 64), video_kbps=200, preset="ultrafast"),),
    destinations=(),
)


class Room:
    """An engine on a thread, its workspace's wish, and a source that gives pictures."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.store = WantedStore(workspace.wanted_db)
        self.keys = KeyAsker(lambda _: False)
        self.failure: BaseException | None = None
        self.source: SourceBench[SystemClock] = SourceBench(workspace, CLOCK, [Layer(source="bench")], (64, 64))
        self._plan = plan_sources(SHOW)[0]
        self._reader = StatusMapReader(workspace.status)
        self.engine: Engine | None = None
        self._thread: threading.Thread | None = None

    def start(self, prepare: Callable[[Engine], None] = lambda _: None) -> None:
        self.engine = engine = Engine(self.workspace, CLOCK, self.keys, patience_ns=500_000_000)
        prepare(engine)

        def run() -> None:
            try:
                engine.run()
            except BaseException as error:  # noqa: BLE001 - looked at by the test
                self.failure = error

        self._thread = threading.Thread(target=run, name="engine")
        self._thread.start()

    def give_pictures(self, **report: Any) -> None:
        self.source.start(self._plan)
        self.source.report(**report)
        self.source.picture(100)

    def begin(self, show_id: str, show: Show = SHOW, **lease: Any) -> None:
        given = {"show_id": show_id, "boot_id": boot_id(), "stamp_ns": CLOCK.now_ns(), **lease}
        self.store.begin(replace(opened(show), mode="live", show_id=show_id), Lease(**given))

    def supersede(self, show_id: str, show: Show = SHOW) -> None:
        """Begin another show as one change, as if the one on air had been ended just before."""
        lease = Lease(show_id=show_id, boot_id=boot_id(), stamp_ns=CLOCK.now_ns())
        wish = replace(opened(show), mode="live", show_id=show_id)
        with closing(sqlite3.connect(self.workspace.wanted_db, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")
            db.execute("UPDATE lease SET lease = ?", (msgspec.json.encode(lease).decode(),))
            db.execute("UPDATE wanted SET revision = revision + 1, wish = ?", (msgspec.json.encode(wish).decode(),))
            db.execute("COMMIT")

    @property
    def status(self) -> Status:
        return self._reader.status() or Status()

    def wait(self, so: Callable[[Status], bool], what: str) -> Status:
        def look() -> Status | None:
            assert self.failure is None
            now = self.status
            return now if so(now) else None

        return wait_for(look, 20, what)

    def wait_live(self, show_id: str, frames: int = 5) -> Status:
        return self.wait(
            lambda now: now.mode == "live" and now.show_id == show_id and now.feeds[0].frames >= frames,
            f"{show_id} on air",
        )

    def wait_end(self) -> None:
        assert self._thread is not None
        self._thread.join(20)
        assert not self._thread.is_alive()

    def close(self) -> None:
        if self.engine is not None:
            self.engine.stop()
            self.wait_end()
        self.store.close()
        self._reader.close()


def seconds(path: str) -> float:
    """How long a recording is."""
    with av.open(path) as file:
        return len(list(file.decode(video=0))) / 30
