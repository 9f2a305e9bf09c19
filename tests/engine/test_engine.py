"""The engine's control loop: what is actual follows what is wanted. Here in one process, without a keeper."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import av
import pytest
from msgspec.structs import replace
from PySide6.QtGui import QGuiApplication

from studio.engine.engine import Engine
from studio.engine.keys import KeyAsker
from studio.engine.live import LiveShow
from studio.engine.onair import FeedContents, contents
from studio.engine.overlay_worker import OverlayRequest
from studio.media.clock import SystemClock
from studio.overlays.theme import load_theme
from studio.shop.catalogue import Catalogue
from studio.show.model import Feed, Layer, Scene, Show, Source
from studio.show.plan import plan_sources
from studio.show.status import Status
from studio.show.status_map import StatusMapReader
from studio.show.wanted import Lease, Wanted, end, opened, with_scene
from studio.show.wanted_store import WantedStore
from studio.system import boot_id
from studio.system.locks import WorkspaceLock
from studio.system.secret import Secret
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


@pytest.fixture
def room(workspace: Workspace, qapp: QGuiApplication) -> Iterator[Room]:
    room = Room(workspace)
    yield room
    room.close()


def _seconds(path: str) -> float:
    with av.open(path) as file:
        return len(list(file.decode(video=0))) / 30


def test_a_show_goes_on_air_and_off_as_wanted_and_then_the_engine_ends(room: Room) -> None:
    room.give_pictures()
    room.begin("a")
    room.start()
    room.wait(lambda now: [(one.name, one.state) for one in now.sources] == [("bench", "ok")], "the source")
    room.wait_live("a", frames=20)
    room.store.change(lambda wanted: with_scene(wanted, "Back soon"))
    wait_for(lambda: room.status.scene == "Back soon" and room.status.revision == 2, 20)
    room.store.change(end)
    room.wait_end()
    final = room.status
    assert (final.final, final.mode, final.ended, final.show_id) == (True, "off", "off", "a")
    assert final.feeds[0].frames >= 20
    assert _seconds(final.recordings[0].path) >= 0.6


def test_a_show_ends_after_its_time(room: Room) -> None:
    room.give_pictures()
    room.begin("a", seconds=0.5)
    room.start()
    room.wait_end()
    assert (room.status.final, room.status.ended) == (True, "time")
    assert 0.5 <= room.status.t < 3
    assert room.store.read()[1].mode == "off", "nobody may start it again"


def test_a_show_whose_sources_do_not_open_is_over(room: Room) -> None:
    room.give_pictures(state="lost", reason="no such picture")
    room.begin("a")
    room.start()
    room.wait_end()
    assert (room.status.final, room.status.ended, room.status.recordings) == (True, "no_source", ())
    assert room.store.read()[1].mode == "off"


def test_a_show_that_nobody_gets_any_more_is_over(room: Room, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    room.give_pictures()
    room.begin("a", replace(SHOW, record_to=str(tmp_path / "file" / "kept.mp4")))
    room.start()
    room.wait_end()
    assert (room.status.final, room.status.ended) == (True, "nothing_out")
    assert room.status.t > 0.3, "a while is left to mend it"
    assert room.store.read()[1].mode == "off", "nobody may start it again"


def test_the_first_frame_carries_the_card(room: Room) -> None:
    """The card is drawn on another thread; here it takes as long as two dozen frames."""
    given = threading.Event()
    seen: list[int] = []

    def prepare(engine: Engine) -> None:
        draw, begin = engine._overlays.request, LiveShow.start

        def later(request: OverlayRequest) -> None:
            threading.Timer(0.3, draw, (request,)).start()
            given.set()

        def begun(live: LiveShow, wanted: Wanted) -> None:
            seen.extend(thread.revision for thread in engine._threads.values())
            begin(live, wanted)

        patch.setattr(engine._overlays, "request", later)
        patch.setattr(LiveShow, "start", begun)

    room.give_pictures()
    room.begin("a")
    with pytest.MonkeyPatch.context() as patch:
        room.start(prepare)
        room.wait_live("a")
    assert given.is_set()
    assert seen == [room.store.read()[0]]


def test_a_card_that_never_comes_keeps_no_show_off_air(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.engine.engine._FIRST_CARD_NS", 100_000_000)
    room.give_pictures()
    room.begin("a")
    room.start(lambda engine: monkeypatch.setattr(engine._overlays, "request", lambda _: None))
    assert room.wait_live("a").revision == 0


def test_a_source_that_is_still_opening_is_waited_for(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.engine.engine._FIRST_PICTURE_NS", 0)
    room.give_pictures(state="opening")
    room.begin("a")
    room.start()
    assert room.engine is not None
    engine = room.engine
    wait_for(lambda: engine._pending_ns and CLOCK.now_ns() - engine._pending_ns > 500_000_000, 20)
    assert room.status.mode == "off"
    room.source.report(state="lost", reason="nobody answers")
    room.wait_end()
    assert (room.status.ended, room.status.recordings) == ("no_source", ())


def test_but_not_for_ever(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.engine.engine._OPENING_NS", 100_000_000)
    room.give_pictures(state="opening")
    room.begin("a")
    room.start()
    room.wait_live("a")


def test_the_mix_has_its_listeners_before_the_feeds_have_their_outputs(room: Room) -> None:
    """Else the sound begins after the picture."""
    heard: list[int] = []
    begin = LiveShow.start

    with pytest.MonkeyPatch.context() as patch:

        def begun(live: LiveShow, wanted: Wanted) -> None:
            assert room.engine is not None
            heard.append(len(room.engine._mix._plan.listeners))
            begin(live, wanted)

        patch.setattr(LiveShow, "start", begun)
        room.give_pictures()
        room.begin("a")
        room.start()
        path = room.wait_live("a", frames=20).recordings[0].path
    room.store.change(end)
    room.wait_end()
    assert heard == [1]
    with av.open(path) as file:
        sound = next(file.decode(audio=0)).time
    with av.open(path) as file:
        picture = next(file.decode(video=0)).time
    assert sound is not None
    assert picture is not None
    assert sound <= picture + 0.03


def test_a_wish_of_another_boot_films_nobody(room: Room) -> None:
    room.give_pictures()
    room.begin("a", boot_id="another")
    room.start()
    room.wait(lambda now: now.pid != 0, "a status")
    assert room.status.mode == "off"
    assert list(room.workspace.recordings.iterdir()) == []


def test_the_same_file_started_again_is_another_show(room: Room) -> None:
    """Off and live again may reach the engine as one change."""
    room.give_pictures()
    room.begin("a")
    room.start()
    first = room.wait_live("a").recordings[0].path
    room.keys.session["youtube"] = Secret("of the first show")
    room.begin("b", stamp_ns=CLOCK.now_ns() + 61_000_000_000)
    second = room.wait_live("b")
    assert room.keys.session == {}, "a key was given for one show"
    assert second.recordings[0].path != first
    assert second.t < 5
    assert _seconds(first) > 0
    wait_for(lambda: (room.store.lease() or Lease(show_id="", boot_id="", stamp_ns=0)).started_ns, 20)


def test_another_show_takes_the_place_of_the_first(room: Room) -> None:
    other = replace(SHOW, title="Other", feeds=(replace(SHOW.feeds[0], name="tall", size=(64, 128)),))
    room.give_pictures()
    room.begin("a")
    room.start()
    first = room.wait_live("a").recordings[0].path
    room.source.start(plan_sources(other)[0])
    room.source.report()
    room.source.picture(100)
    room.begin("b", other, stamp_ns=CLOCK.now_ns() + 61_000_000_000)
    now = room.wait_live("b")
    assert [(feed.name, feed.size) for feed in now.feeds] == [("tall", (64, 128))]
    assert _seconds(first) > 0


def test_a_lease_that_cannot_be_renewed_ends_no_show(room: Room) -> None:
    """The disk may be full, or another program at the file: who has the show on air keeps it."""
    room.give_pictures()
    room.begin("a", stamp_ns=CLOCK.now_ns() - 59_000_000_000)
    with closing(sqlite3.connect(room.workspace.wanted_db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        room.start()
        room.wait(lambda now: now.mode == "live" and now.t > 1.5, "a show that goes on")
        lease = room.store.lease()
        assert lease is not None
        assert CLOCK.now_ns() - lease.stamp_ns > 60_000_000_000
        other.execute("ROLLBACK")


def test_a_stopped_engine_writes_off_first(room: Room) -> None:
    room.give_pictures()
    room.begin("a")
    room.start()
    room.wait_live("a")
    assert room.engine is not None
    room.engine.stop()
    room.wait_end()
    assert room.store.read()[1].mode == "off"
    assert (room.status.final, room.status.ended) == (True, "off")


def test_a_fault_of_ours_does_not_tell_of_an_end(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next engine goes on with the show."""
    room.give_pictures()
    room.begin("a")
    room.start()
    room.wait_live("a")

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(room.engine, "_note_product", fail)
    room.wait_end()
    assert isinstance(room.failure, RuntimeError)
    assert room.engine is not None
    assert room.engine._air is not None
    room.engine._air.live.end()  # a process that ends leaves its connections to the system
    room.engine = None
    assert not room.status.final
    assert room.store.read()[1].mode == "live"


def test_a_card_that_cannot_be_made_costs_its_feed_no_frame_and_other_feeds_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(wanted: Wanted, catalogue: Catalogue, feed: Feed) -> FeedContents:
        if feed.name == "wide" and wanted.scene == "Back soon":
            raise KeyError("XAU")
        return contents(wanted, catalogue, feed)

    monkeypatch.setattr("studio.engine.engine.contents", broken)
    show = replace(SHOW, feeds=(SHOW.feeds[0], replace(SHOW.feeds[0], name="second")))
    room.give_pictures()
    room.begin("a", show)
    room.start()
    room.wait_live("a")
    room.store.change(lambda wanted: with_scene(wanted, "Back soon"))
    assert room.engine is not None
    threads = room.engine._threads
    wait_for(lambda: threads["second"].revision == 2, 20)
    frames = room.status.feeds[0].frames
    room.wait_live("a", frames + 10)
    assert room.engine._faults["wide"].count >= 1
    assert threads["wide"].revision == 1, "what is not on air is not said to be"


def test_a_bad_theme_is_said_and_the_usual_one_is_on_air(room: Room, tmp_path: Path) -> None:
    bad = tmp_path / "mine.toml"
    bad.write_text('name = "mine"\n')
    room.give_pictures()
    room.begin("a", replace(SHOW, theme=str(bad)))
    room.start()
    (problem,) = room.wait_live("a").problems
    assert str(bad) in problem
    assert room.engine is not None
    assert room.engine._theme == load_theme("ink")


def test_it_runs_while_a_window_is_open_and_gives_it_pictures(room: Room) -> None:
    lock = WorkspaceLock(room.workspace.lock("window"))
    assert lock.acquire()
    room.give_pictures()
    room.store.change(lambda _: opened(SHOW))
    room.start()
    reader = StatusMapReader(room.workspace.status)
    wait_for(lambda: reader.preview(0, newer_than=0), 20)
    assert room.status.mode == "off"
    assert not Path(room.workspace.recordings / "x").exists()
    room.begin("a")
    room.wait_live("a")
    room.store.change(end)
    room.wait(lambda now: now.final and now.show_id == "a", "the end")
    room.begin("b")
    now = room.wait_live("b")
    assert not now.final
    room.store.change(end)
    room.wait(lambda now: now.final and now.show_id == "b", "the end")
    lock.release()
    room.wait_end()
    reader.close()
