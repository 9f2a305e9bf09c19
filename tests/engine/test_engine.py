"""The engine's control loop: what is actual follows what is wanted. Here in one process, without a keeper."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import av
import pytest
from msgspec.structs import replace

from studio.engine.admission import Admission, SourceView, Verdict
from studio.engine.airing import Airing
from studio.engine.engine import Engine
from studio.engine.live import LiveShow
from studio.engine.overlay_worker import OverlayRequest
from studio.overlays.text import start_text
from studio.show.beat import read_beat
from studio.show.flags import WishFlags
from studio.show.model import Destination
from studio.show.plan import plan_sources
from studio.show.start import interrupted, on_air
from studio.show.status_map import StatusMapReader
from studio.show.wanted import Lease, Wanted, end, opened, with_scene
from studio.system import asleep_ns, boot_id
from studio.system.locks import WorkspaceLock
from studio.system.secret import Secret
from studio.workspace.link import Message
from tests.engine.engine_bench import CLOCK, SHOW, Room, seconds
from tests.outputs.scripted_server import Peer, scripted
from tests.services.waiting import wait_for


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
    assert seconds(final.recordings[0].path) >= 0.6


def test_a_show_ends_after_its_time(room: Room) -> None:
    room.give_pictures()
    room.begin("a", seconds=0.5)
    room.start()
    room.wait_end()
    assert (room.status.final, room.status.ended) == (True, "time")
    assert 0.5 <= room.status.t < 3
    assert room.store.read()[1].mode == "off", "nobody may start it again"


def test_a_show_whose_sources_do_not_open_is_over(room: Room) -> None:
    room.begin("a")
    room.start()
    room.wait(lambda now: [one.state for one in now.sources] == ["opening"], "asked for its source")
    room.give_pictures(state="lost", reason="no such picture")
    room.wait_end()
    assert (room.status.final, room.status.ended, room.status.recordings) == (True, "no_source", ())
    assert room.store.read()[1].mode == "off"


def test_the_first_frame_carries_the_card(room: Room) -> None:
    """The card is drawn on another thread; here it takes as long as two dozen frames."""
    given = threading.Event()
    seen: list[int] = []

    def prepare(engine: Engine) -> None:
        draw, begin = engine._crew.overlays.request, LiveShow.start

        def later(request: OverlayRequest) -> None:
            threading.Timer(0.3, draw, (request,)).start()
            given.set()

        def begun(live: LiveShow, wanted: Wanted) -> None:
            assert engine._floor is not None
            seen.append(engine._floor.revision)
            begin(live, wanted)

        patch.setattr(engine._crew.overlays, "request", later)
        patch.setattr(LiveShow, "start", begun)

    room.give_pictures()
    room.begin("a")
    with pytest.MonkeyPatch.context() as patch:
        room.start(prepare)
        room.wait_live("a")
    assert given.is_set()
    assert seen == [room.store.read()[0]]


def test_a_card_that_never_comes_keeps_no_show_off_air(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.engine.admission.FIRST_CARD_NS", 100_000_000)
    room.give_pictures()
    room.begin("a")
    room.start(lambda engine: monkeypatch.setattr(engine._crew.overlays, "request", lambda _: None))
    assert room.wait_live("a").revision == 0


def test_a_source_that_is_still_opening_is_waited_for(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[int] = []
    judge = Admission.judge

    def judged(admission: Admission, sources: Sequence[SourceView], *, drawn: bool, now_ns: int) -> Verdict:
        waited.append(now_ns)
        return judge(admission, sources, drawn=drawn, now_ns=now_ns)

    monkeypatch.setattr("studio.engine.admission.FIRST_PICTURE_NS", 0)
    monkeypatch.setattr(Admission, "judge", judged)
    room.give_pictures(state="opening")
    room.begin("a")
    room.start()
    wait_for(lambda: waited and waited[-1] - waited[0] > 500_000_000, 20)
    assert room.status.mode == "off"
    room.source.report(state="lost", reason="nobody answers")
    room.wait_end()
    assert (room.status.ended, room.status.recordings) == ("no_source", ())


def test_one_that_is_taken_back_while_it_waits_is_over_at_once(room: Room) -> None:
    room.give_pictures(state="opening")
    room.begin("a")
    room.start()
    room.wait(lambda now: now.show_id == "a", "the engine to know of it")
    room.store.change(end)
    room.wait_end()
    assert (room.status.final, room.status.ended, room.status.mode) == (True, "off", "off")


def test_a_show_that_cannot_be_encoded_is_over_and_says_why(room: Room) -> None:
    room.give_pictures()
    room.begin("a", replace(SHOW, feeds=(replace(SHOW.feeds[0], preset="nonsense"),)))
    room.start()
    room.wait_end()
    assert (room.status.final, room.status.ended) == (True, "nothing_out")
    assert any("wide cannot be encoded" in problem for problem in room.status.problems)
    assert room.store.read()[1].mode == "off", "nobody may start it again"


def test_but_not_for_ever(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.engine.admission.OPENING_NS", 100_000_000)
    room.give_pictures(state="opening")
    room.begin("a")
    room.start()
    room.wait_live("a")


@pytest.mark.parametrize("opens", [True, False])
def test_servers_are_met_while_the_camera_opens_and_published_to_with_its_picture(room: Room, opens: bool) -> None:
    met, published = threading.Event(), threading.Event()

    def serve(peer: Peer, _number: int) -> None:
        peer.accept_connect()
        met.set()
        peer.answer("_result", peer.command("createStream")[1], None, 1)
        peer.command("publish")
        published.set()
        peer.status("NetStream.Publish.Start", "status")
        peer.until_gone()

    def answer(question: Message) -> bool:
        room.keys.on_answer({"answer": question["ask"], "key": "stream-key"})
        return True

    room.keys.send = answer
    with scripted(serve) as server:
        away = Destination(name="away", feed="wide", url=server.url, key_from="session")
        room.give_pictures(state="opening")
        room.begin("a", replace(SHOW, destinations=(away,)))
        room.start()
        assert met.wait(20)
        assert not published.is_set()
        if opens:
            room.source.report(state="ok")
            room.wait(lambda now: any(one.state == "live" for one in now.destinations), "the server")
            room.store.change(end)
        else:
            room.source.report(state="lost", reason="nobody answers")
        room.wait_end()
    assert published.is_set() is opens
    assert server.spoken == 1


def test_the_mix_has_its_listeners_before_the_feeds_have_their_outputs(room: Room) -> None:
    """Else the sound begins after the picture."""
    heard: list[int] = []
    begin = LiveShow.start

    with pytest.MonkeyPatch.context() as patch:

        def begun(live: LiveShow, wanted: Wanted) -> None:
            assert room.engine is not None
            heard.append(len(room.engine._crew.mix._plan.listeners))
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
    room.supersede("b")
    second = room.wait_live("b")
    assert room.keys.session == {}, "a key was given for one show"
    assert second.recordings[0].path != first
    assert second.t < 5
    assert seconds(first) > 0
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
    room.supersede("b", other)
    now = room.wait_live("b")
    assert [(feed.name, feed.size) for feed in now.feeds] == [("tall", (64, 128))]
    assert seconds(first) > 0


def test_a_stopped_engine_leaves_a_show_that_only_a_person_carries_on(room: Room) -> None:
    """The computer shuts down: its next start offers the show, and films nobody by itself."""
    room.give_pictures()
    room.begin("a")
    room.start()
    room.wait_live("a")
    assert room.engine is not None
    room.engine.stop()
    room.wait_end()
    assert (room.status.final, room.status.ended) == (True, "off")
    flags, lease = WishFlags(room.workspace), room.store.lease()
    assert lease is not None
    assert lease.refusal("a", boot_id(), CLOCK.now_ns()) == "lease"
    assert not on_air(room.store, CLOCK, flags)
    left = interrupted(room.store, CLOCK, flags)
    assert left is not None
    assert left.show_id == "a"


@pytest.mark.long
def test_a_stopped_engine_is_believed_though_the_database_is_held(room: Room) -> None:
    room.give_pictures()
    room.begin("a")
    room.start()
    room.wait_live("a")
    with closing(sqlite3.connect(room.workspace.wanted_db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert room.engine is not None
        room.engine.stop()
        room.wait_end()
        assert not on_air(room.store, CLOCK, WishFlags(room.workspace)), "no keeper may start it again"
        other.execute("ROLLBACK")


def test_servers_are_met_before_there_are_fonts_and_published_to_afterwards(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a show that an engine had on air which died: fonts take half a second."""
    met, published, order = threading.Event(), threading.Event(), []

    def serve(peer: Peer, _number: int) -> None:
        peer.accept_connect()
        met.set()
        peer.answer("_result", peer.command("createStream")[1], None, 1)
        peer.command("publish")
        published.set()
        peer.status("NetStream.Publish.Start", "status")
        peer.until_gone()

    def answer(question: Message) -> bool:
        room.keys.on_answer({"answer": question["ask"], "key": "stream-key"})
        return True

    def fonts() -> object:
        assert room.engine is not None
        order.append((met.wait(20), room.engine._air is None))
        return start_text()

    monkeypatch.setattr("studio.engine.engine.start_text", fonts)
    room.keys.send = answer
    with scripted(serve) as server:
        away = Destination(name="away", feed="wide", url=server.url, key_from="session")
        room.give_pictures()
        room.begin("a", replace(SHOW, destinations=(away,)), started_ns=CLOCK.now_ns())
        room.start()
        assert published.wait(20)
        room.store.change(end)
        room.wait_end()
    assert order == [(True, True)], "its servers were met, and nothing was drawn for them"


def test_a_show_that_waits_while_the_computer_sleeps_does_not_begin(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.give_pictures(state="opening")
    room.begin("a")
    room.start()
    room.wait(lambda now: now.show_id == "a", "the engine to know of it")
    before = asleep_ns()
    monkeypatch.setattr("studio.show.wanted.asleep_ns", lambda: before + 61_000_000_000)
    room.source.report(state="ok")
    room.wait_end()
    assert (room.status.final, room.status.ended, room.status.recordings) == (True, "lease", ())


def test_its_heart_beats_as_long_as_its_control_loop_turns(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("studio.engine.heart.TURN_NS", 0)  # so each beat tells the newest turn
    room.give_pictures()
    room.begin("a")
    room.start()
    room.wait_live("a")
    now_ns = CLOCK.now_ns()

    def turned() -> bool:
        beat = read_beat(room.workspace.beat)
        return beat is not None and beat.ticked_ns > now_ns

    wait_for(turned, 20)


def test_a_fault_of_ours_does_not_tell_of_an_end(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next engine goes on with the show."""
    room.give_pictures()
    room.begin("a")
    room.start()
    room.wait_live("a")

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(Airing, "follow", fail)
    room.wait_end()
    assert isinstance(room.failure, RuntimeError)
    assert room.engine is not None
    assert room.engine._air is not None
    room.engine._air.live.end()  # a process that ends leaves its connections and threads to the system
    room.engine._air.recordings.end()
    room.engine = None
    assert not room.status.final
    assert room.store.read()[1].mode == "live"


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
