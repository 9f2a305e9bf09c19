"""The keeper's loop, with hours passing in a moment."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from queue import Queue
from typing import IO

import pytest
from msgspec.structs import replace

from studio.keeper.keeper import Keeper
from studio.show.beat import BeatWriter
from studio.show.model import Show
from studio.show.plan import plan_sources
from studio.show.wanted import Lease, end, opened
from studio.show.wanted_store import WantedStore
from studio.system import boot_id
from studio.system.locks import WorkspaceLock
from studio.system.secret import Secret
from studio.workspace.crashes import crash_files
from studio.workspace.door import ask_at_door
from studio.workspace.link import Link, Message
from studio.workspace.paths import Workspace
from tests.keeper.launched import Launched
from tests.media.manual_clock import START_NS, ManualClock
from tests.services.waiting import wait_for
from tests.show.samples import SHOW, a_show


class House:
    """A keeper on a clock of its own, and what happens at which second."""

    def __init__(self, workspace: Workspace, launched: Launched) -> None:
        self.workspace, self.launched = workspace, launched
        self.store = WantedStore(workspace.wanted_db)
        self.clock = ManualClock(on_wait=self._act)
        self.keeper = Keeper(workspace, self.clock, {"show/youtube": Secret("canary")})
        self._acts: list[tuple[float, Callable[[], object]]] = []
        self._beats: dict[int, BeatWriter] = {}
        self.hushed: set[int] = set()  # engines that tick no more
        self.silent = False  # so that none ever does

    @property
    def seconds(self) -> float:
        return (self.clock.now_ns() - START_NS) / 1e9

    def at(self, seconds: float, act: Callable[[], object]) -> None:
        self._acts.append((seconds, act))
        self._acts.sort(key=lambda one: one[0])

    def begin(self, show: Show = SHOW, show_id: str = "a", *, age_s: float = 0.0) -> None:
        stamp_ns = self.clock.now_ns() - int(age_s * 1e9)
        lease = Lease(show_id=show_id, boot_id=boot_id(), stamp_ns=stamp_ns)
        self.store.begin(replace(opened(show), mode="live", show_id=show_id), lease)

    def run(self, until_s: float = 3600.0) -> float:
        """Until the keeper ends by itself, or is told to at `until_s`; when that was."""
        self.at(until_s, self.keeper.stop)
        self.keeper.run()
        return self.seconds

    def kill(self, role: str) -> None:
        for process in self.launched.of(role):
            process.kill()
            process.wait(20)

    def stamp_age_s(self) -> float:
        lease = self.store.lease()
        assert lease is not None
        return (self.clock.now_ns() - lease.stamp_ns) / 1e9

    def engine(self) -> int:
        """The newest engine's process."""
        return self.launched.of("_engine")[-1].pid

    def close(self) -> None:
        self.store.close()
        for writer in self._beats.values():
            writer.close()

    def _beat(self, now_ns: int) -> None:
        """As the engine that runs would."""
        for process in self.launched.of("_engine")[-1:]:
            if not self.silent and process.poll() is None and process.pid not in self.hushed:
                if process.pid not in self._beats:
                    self._beats[process.pid] = BeatWriter(self.workspace.beat, process.pid)
                self._beats[process.pid].beat(now_ns)

    def _act(self, due_ns: int) -> None:
        self._beat(self.clock.now_ns())
        while self._acts and due_ns >= START_NS + self._acts[0][0] * 1e9:
            self._acts.pop(0)[1]()


@pytest.fixture
def house(workspace: Workspace, launched: Launched) -> Iterator[House]:
    house = House(workspace, launched)
    yield house
    house.close()


@pytest.fixture
def window(workspace: Workspace) -> Iterator[WorkspaceLock]:
    lock = WorkspaceLock(workspace.lock("window"))
    assert lock.acquire()
    yield lock
    lock.release()


def test_the_engine_is_started_ahead_of_the_wish(house: House) -> None:
    house.run(until_s=0.05)
    assert house.launched.roles == ["_engine"]


def test_when_nothing_is_wanted_it_ends_after_a_grace(house: House) -> None:
    house.at(1, lambda: house.kill("_engine"))
    assert 10 <= house.run() <= 11


def test_as_long_as_the_engine_runs_it_stays(house: House) -> None:
    house.at(100, lambda: house.kill("_engine"))
    assert 100 <= house.run() <= 101


def test_a_wish_starts_every_source_and_keeps_the_lease_fresh(house: House) -> None:
    house.begin()
    house.run(until_s=120)
    assert house.launched.roles[0] == "_engine"
    assert house.launched.count("_source") >= len(plan_sources(SHOW)) == 2
    assert house.stamp_age_s() <= 5.2


def test_a_wish_whose_file_was_made_anew_ends_no_source(house: House, workspace: Workspace, window: object) -> None:
    def make_anew() -> None:
        for path in workspace.home.glob("wanted.db*"):
            path.unlink()
        WantedStore(workspace.wanted_db).close()

    house.begin()
    house.at(20, make_anew)
    house.run(until_s=25)
    sources = house.launched.of("_source")
    assert sources
    assert any(process.poll() is None for process in sources)


def test_an_engine_that_dies_is_started_again(house: House) -> None:
    house.begin()
    house.at(20, lambda: house.kill("_engine"))
    house.at(20.15, lambda: _expect(house.launched.count("_engine") == 2))
    house.run(until_s=21)


def test_an_engine_that_ticks_no_more_is_killed_and_started_again(house: House) -> None:
    house.begin()
    house.at(20, lambda: house.hushed.add(house.engine()))
    house.at(22.9, lambda: _expect(house.launched.of("_engine")[0].poll() is None))
    house.at(23.2, lambda: _expect(house.launched.of("_engine")[0].wait(20) != 0))
    house.at(23.5, lambda: _expect(house.launched.count("_engine") == 2))
    house.run(until_s=60)
    assert house.launched.count("_engine") == 2, "the next one ticks"


def test_an_engine_that_never_ticks_is_killed_in_the_end(house: House) -> None:
    house.begin()
    house.silent = True
    house.at(29, lambda: _expect(house.launched.count("_engine") == 1))
    house.at(31, lambda: _expect(house.launched.of("_engine")[0].wait(20) != 0))
    house.run(until_s=32)


def test_a_sleep_kills_nobody(house: House) -> None:
    house.begin()
    house.at(20, lambda: house.hushed.add(house.engine()))
    house.at(20, lambda: house.clock.pass_s(30))
    house.at(52.5, house.hushed.clear)
    house.run(until_s=60)
    assert house.launched.count("_engine") == 1


@pytest.mark.parametrize("fate", ["dies", "hangs"])
def test_after_a_long_sleep_no_room_is_filmed(house: House, monkeypatch: pytest.MonkeyPatch, fate: str) -> None:
    """The clock of stamps may stand still in sleep: by it the lease is fresh. The engine can end no show any more."""
    slept_ns = 0
    for place in ("studio.keeper.keeper", "studio.show.wanted", "studio.show.wanted_store"):
        monkeypatch.setattr(f"{place}.asleep_ns", lambda: slept_ns)

    def sleep() -> None:
        nonlocal slept_ns
        slept_ns += 8 * 3600 * 10**9
        if fate == "dies":
            house.kill("_engine")
        else:
            house.hushed.add(house.engine())

    house.begin()
    house.at(20, sleep)
    assert house.run(until_s=60) < 60, "it ends by itself, once the engine, a real process, is gone"
    assert house.launched.count("_engine") == 1
    assert all(process.poll() is not None for process in house.launched.processes)


@pytest.mark.parametrize("held", [False, True])
def test_short_sleeps_end_nothing(house: House, monkeypatch: pytest.MonkeyPatch, held: bool) -> None:
    """Not even where the database is held all the time, and no stamp can be renewed."""
    slept_ns = 0
    for place in ("studio.keeper.keeper", "studio.show.wanted", "studio.show.wanted_store"):
        monkeypatch.setattr(f"{place}.asleep_ns", lambda: slept_ns)

    def sleep() -> None:
        nonlocal slept_ns
        slept_ns += 50 * 10**9
        house.kill("_engine")

    house.begin()
    for second in (20, 40, 60):
        house.at(second, sleep)
    with closing(sqlite3.connect(house.workspace.wanted_db, isolation_level=None)) as other:
        house.keeper._store = WantedStore(house.workspace.wanted_db, wait_s=0)
        if held:
            other.execute("BEGIN IMMEDIATE")
        house.run(until_s=61)
    assert house.launched.count("_engine") == 4


def test_what_died_last_is_reported_before_the_keeper_ends(house: House) -> None:
    house.at(1, lambda: house.kill("_engine"))
    house.run()
    assert len(crash_files(house.workspace)) == 1


def test_after_the_end_of_a_show_all_ends(house: House) -> None:
    house.begin()
    house.at(30, lambda: house.store.change(end))
    house.at(31, lambda: house.kill("_engine"))
    assert 31 <= house.run() <= 32
    assert all(process.poll() is not None for process in house.launched.of("_source"))


def test_one_that_is_told_to_leave_leaves_all_running(house: House) -> None:
    house.begin()
    house.run(until_s=5)
    assert [process.poll() for process in house.launched.processes] == [None] * 3


def test_a_stale_lease_starts_no_camera(house: House) -> None:
    house.begin(age_s=61)
    house.at(1, lambda: house.kill("_engine"))
    assert house.run() <= 11
    assert house.launched.count("_source") == 0


def test_a_window_does_not_make_a_stale_lease_fresh(house: House, window: WorkspaceLock) -> None:
    """A room is never filmed unasked: the show is offered, and the person takes it up or not."""
    house.begin(age_s=61)
    house.run(until_s=60)
    assert house.stamp_age_s() >= 120


def test_for_a_window_the_sources_run_without_a_show_on_air(house: House, window: WorkspaceLock) -> None:
    house.store.change(lambda _: opened(SHOW))
    house.at(20, lambda: _expect(house.launched.count("_source") >= 2))
    house.at(40, window.release)
    house.at(41, lambda: house.kill("_engine"))
    assert 41 <= house.run() <= 42


def test_a_changed_plan_replaces_its_source(house: House) -> None:
    house.begin(a_show(sources=SHOW.sources[:1]))
    before: list[int] = []
    house.at(5, lambda: before.extend(one.pid for one in house.launched.of("_source")))
    faster = a_show(sources=SHOW.sources[:1], feeds=(replace(SHOW.feeds[0], fps=60.0),))
    house.at(5.05, lambda: house.store.change(lambda wanted: replace(wanted, show=faster)))
    house.run(until_s=5.5)
    sources = house.launched.of("_source")
    assert len(before) == 1
    assert [process.poll() is None for process in sources] == [False, True]


def test_a_database_that_cannot_be_written_for_minutes_ends_nothing(house: House) -> None:
    house.begin()
    with closing(sqlite3.connect(house.workspace.wanted_db, isolation_level=None)) as other:
        house.keeper._store = WantedStore(house.workspace.wanted_db, wait_s=0)
        house.at(10, lambda: other.execute("BEGIN IMMEDIATE"))
        house.at(190, lambda: _expect(house.stamp_age_s() > 60))
        house.at(190, lambda: house.kill("_engine"))
        house.at(191, lambda: _expect(house.launched.count("_engine") == 2))
        house.at(192, lambda: other.execute("ROLLBACK"))
        house.run(until_s=200)
    assert house.stamp_age_s() <= 8


def test_a_database_that_cannot_be_read_leaves_the_last_wish(house: House) -> None:
    house.begin()

    def spoil(wish: str) -> None:
        with closing(sqlite3.connect(house.workspace.wanted_db)) as db:
            db.execute("UPDATE wanted SET wish = ?", (wish,))
            db.commit()

    with closing(sqlite3.connect(house.workspace.wanted_db)) as db:
        good = db.execute("SELECT wish FROM wanted").fetchone()[0]
    house.at(5, lambda: spoil("{"))
    house.at(6, lambda: house.kill("_engine"))
    house.at(7, lambda: _expect(house.launched.count("_engine") == 2))
    house.at(8, lambda: spoil(good))
    house.at(9, lambda: house.store.change(end))
    house.at(10, lambda: house.kill("_engine"))
    assert house.run() <= 11


def test_its_door_gives_the_keys_of_the_session(house: House) -> None:
    answers: list[Message | None] = []
    question = {"ask": 3, "name": "youtube", "from": "session", "show": "show"}
    house.at(1, lambda: answers.append(ask_at_door(house.workspace, question)))
    house.run(until_s=2)
    assert answers == [{"answer": 3, "key": "canary"}]
    assert ask_at_door(house.workspace, question) is None, "and is closed at the end"


def test_an_engine_that_outlived_its_keeper_is_served(house: House) -> None:
    (to_keeper, from_engine), (to_engine, from_keeper) = os.pipe(), os.pipe()
    files: list[IO[bytes]] = [os.fdopen(to_keeper, "rb"), os.fdopen(from_keeper, "wb"), os.fdopen(to_engine, "rb")]
    answers: Queue[Message] = Queue()
    engine = Link(files[2], os.fdopen(from_engine, "wb"), answers.put, lambda: None)
    engine.start()
    house.keeper.link_engine(files[0], files[1])
    engine.send({"ask": 5, "name": "youtube", "from": "session", "show": "show"})
    assert answers.get(timeout=20) == {"answer": 5, "key": "canary"}
    engine.close()
    files[1].close()
    wait_for(lambda: "link" not in {thread.name for thread in threading.enumerate()}, 20)
    for file in files:
        file.close()


def _expect(so: bool) -> None:
    assert so
