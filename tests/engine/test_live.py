"""A show on air: encoders, destinations and recordings, from the start to the end."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import pytest
from msgspec.structs import replace

from studio.engine.feed import FeedThread
from studio.engine.keys import KeyAsker
from studio.engine.live import LiveShow
from studio.engine.report import status_of
from studio.media.clock import SystemClock
from studio.show.model import Destination, Feed, KeyFrom, Show
from studio.show.status import AudioStatus, DestinationStatus, Status
from studio.show.wanted import Wanted, opened, with_destination
from studio.workspace.link import Message
from studio.workspace.paths import Workspace
from tests.outputs.scripted_server import Peer, scripted
from tests.services.waiting import wait_for
from tests.show.samples import a_show

CLOCK = SystemClock()
PART = datetime(2026, 8, 1, 20, 30, 5, tzinfo=UTC)
NAME = f"{PART.astimezone():%Y-%m-%d %H-%M-%S}"
TINY = Feed(name="wide", size=(64, 64), fps=120, video_kbps=200, preset="ultrafast", profile="live")
TALL = replace(TINY, name="tall", size=(64, 128))


class Air:
    """A show with real feed threads, and a keeper that answers for its keys."""

    def __init__(self, workspace: Workspace, show: Show, *, record: bool = True, resumed: bool = False) -> None:
        self.wanted = replace(opened(show), mode="live", show_id="a", record=record)
        self.epoch_ns = CLOCK.now_ns()
        self.threads = {feed.name: FeedThread(feed, CLOCK, self.epoch_ns) for feed in show.feeds}
        self.asked: list[Message] = []
        self.answer: Message = {"key": "stream-key"}
        self.keys = KeyAsker(self._ask)
        self.live = LiveShow(
            self.wanted, self.threads, workspace, CLOCK, self.keys, self.epoch_ns, PART, resumed=resumed
        )
        for thread in self.threads.values():
            thread.start()

    def start(self) -> None:
        self.live.meet(self.wanted)
        self.live.start(self.wanted)

    def follow(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.live.follow(wanted)

    def destination(self, name: str = "youtube") -> DestinationStatus:
        return next(one for one in self.live.destination_status() if one.name == name)

    def wait_state(self, state: str, name: str = "youtube") -> DestinationStatus:
        wait_for(lambda: self.destination(name).state == state, 20, f"{name} {state}")
        return self.destination(name)

    def wait_frames(self, count: int) -> None:
        wait_for(lambda: all(thread.pace.frames >= count for thread in self.threads.values()), 20)

    def status(self, **changes: Any) -> Status:
        live = changes.get("live", self.live)
        given: dict[str, Any] = {
            "recordings": live.recording_status() if live is not None else (),
            "revision": 3, "pid": 42, "t": 1.23456, "live": self.live, "threads": self.threads, "inlets": {},
            "audio": AudioStatus(peak_db=-12.3, silent_s=0.2), "ended": "", "final": False,
            "problems": ("disk is full",),
        }  # fmt: skip
        return status_of(self.wanted, **{**given, **changes})

    def stop(self) -> None:
        self.live.end()
        for thread in self.threads.values():
            thread.stop()

    def _ask(self, question: Message) -> bool:
        self.asked.append(question)
        self.keys.on_answer({**self.answer, "answer": question["ask"]})
        return True


@pytest.fixture
def airs(workspace: Workspace) -> Iterator[list[Air]]:
    """Those to be stopped, if the test has not."""
    started: list[Air] = []
    yield started
    for air in started:
        air.stop()


def _to(url: str, key_from: KeyFrom = "session", *, on: bool = True) -> Destination:
    return Destination(name="youtube", feed="wide", url=url, key_from=key_from, on=on)


def _silent(**changes: Any) -> Show:
    return a_show(**{"feeds": (TINY,), "destinations": (), **changes})


class TestRecordings:
    def test_a_show_is_recorded_with_its_chapters(self, workspace: Workspace) -> None:
        air = Air(workspace, _silent())
        air.start()
        assert air.live.first_tick_ns() >= air.epoch_ns
        air.live.chapter("Bag")
        air.wait_frames(20)
        air.live.chapter("Belt")
        air.wait_frames(40)
        recording = air.live.recording_status()[0]
        assert (recording.feed, recording.state) == ("wide", "on")
        assert Path(recording.path) == workspace.recordings / f"{NAME}.mp4"
        air.stop()
        assert air.live.recording_status()[0].state == "ended"
        final = air.status(final=True).feeds[0].frames
        with av.open(recording.path) as file:
            assert len(list(file.decode(video=0))) == final >= 40
            assert [one["metadata"]["title"] for one in file.chapters()] == ["Bag", "Belt"]

    @pytest.mark.skipif(sys.platform == "win32", reason="the time zone is a process's own elsewhere only")
    def test_its_name_is_by_local_time(
        self, workspace: Workspace, airs: list[Air], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TZ", "XXX-05:30")
        time.tzset()
        try:
            air = Air(workspace, _silent())
            airs.append(air)
            air.start()
            wait_for(lambda: Path(air.live.recording_status()[0].path).exists(), 20)
            assert Path(air.live.recording_status()[0].path).name == "2026-08-02 02-00-05.mp4"
        finally:
            monkeypatch.undo()
            time.tzset()

    def test_each_feed_has_its_own(self, workspace: Workspace) -> None:
        air = Air(workspace, _silent(feeds=(TINY, TALL)))
        air.start()
        air.wait_frames(5)
        air.stop()
        names = {Path(one.path).name for one in air.live.recording_status()}
        assert names == {f"{NAME} wide.mp4", f"{NAME} tall.mp4"}
        assert {path.name for path in workspace.recordings.iterdir()} == names

    def test_a_file_may_be_chosen_and_nothing_is_written_over(self, workspace: Workspace, tmp_path: Path) -> None:
        (tmp_path / "kept.mp4").write_bytes(b"precious")
        odd = replace(TALL, name="a/b: tall?")
        air = Air(workspace, _silent(feeds=(TINY, odd), record_to=str(tmp_path / "kept.mp4")))
        air.start()
        air.wait_frames(5)
        air.stop()
        paths = [Path(one.path) for one in air.live.recording_status()]
        assert paths == [tmp_path / "kept-2.mp4", tmp_path / "kept a_b_ tall_.mp4"]
        assert all(path.stat().st_size > 1000 for path in paths)
        assert (tmp_path / "kept.mp4").read_bytes() == b"precious"

    def test_none_is_made_that_is_not_wanted(self, workspace: Workspace) -> None:
        air = Air(workspace, _silent(), record=False)
        air.start()
        air.wait_frames(5)
        air.stop()
        assert air.live.recording_status() == ()
        assert list(workspace.recordings.iterdir()) == []

    def test_one_that_fails_leaves_the_show_on_air(
        self, workspace: Workspace, airs: list[Air], tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        air = Air(workspace, _silent(record_to=str(tmp_path / "file" / "kept.mp4")))
        airs.append(air)
        air.start()
        wait_for(lambda: air.live.recording_status()[0].state == "failed", 20)
        assert air.live.recording_status()[0].reason
        frames = air.threads["wide"].pace.frames
        wait_for(lambda: air.threads["wide"].pace.frames > frames + 5, 20)


class TestNothingOut:
    def test_a_rehearsal_has_not_failed(self, workspace: Workspace, airs: list[Air]) -> None:
        air = Air(workspace, _silent(destinations=(_to("rtmp://127.0.0.1:9/live", on=False),)), record=False)
        airs.append(air)
        air.start()
        air.wait_frames(2)
        assert not air.live.nothing_out

    def test_a_failed_recording_alone_is_all(self, workspace: Workspace, airs: list[Air], tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        air = Air(workspace, _silent(record_to=str(tmp_path / "file" / "kept.mp4")))
        airs.append(air)
        air.start()
        wait_for(lambda: air.live.nothing_out, 20)

    @pytest.mark.parametrize("record", [True, False])
    def test_a_refused_destination_is_all_when_nothing_is_recorded(
        self, workspace: Workspace, airs: list[Air], *, record: bool
    ) -> None:
        air = Air(workspace, _silent(destinations=(_to("rtmp://127.0.0.1:9/live", "keyring"),)), record=record)
        airs.append(air)
        air.answer = {"what": "the keyring has no such key", "do": "store it"}
        air.start()
        air.wait_state("refused")
        assert air.live.nothing_out is not record

    def test_a_destination_that_is_still_tried_may_come(
        self, workspace: Workspace, airs: list[Air], tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        show = _silent(destinations=(_to("rtmp://127.0.0.1:9/live"),), record_to=str(tmp_path / "file" / "kept.mp4"))
        air = Air(workspace, show)
        airs.append(air)
        air.start()
        assert not air.live.nothing_out
        wait_for(lambda: air.live.recording_status()[0].state == "failed", 20)
        assert not air.live.nothing_out


class TestEncoders:
    def test_feeds_of_one_audio_rate_share_an_encoder(self, workspace: Workspace, airs: list[Air]) -> None:
        third = replace(TINY, name="third", audio_kbps=64)
        air = Air(workspace, _silent(feeds=(TINY, TALL, third)), record=False)
        airs.append(air)
        air.start()
        air.wait_frames(1)
        encoders = {thread.feed.name: aac for thread, aac in air.live.listeners}
        assert encoders["wide"] is encoders["tall"]
        assert encoders["third"] is not encoders["wide"]

    def test_a_preset_left_to_us_is_chosen_and_told(self, workspace: Workspace, airs: list[Air]) -> None:
        (workspace.home / "encoder-speed.json").write_text(
            json.dumps({"64x64 200 live": {"ms": 1e6, "cores": os.cpu_count(), "day": "2026-08-01"}})
        )
        air = Air(workspace, _silent(feeds=(replace(TINY, preset="auto"),)), record=False)
        airs.append(air)
        air.start()
        air.wait_frames(2)
        assert air.status().feeds[0].preset == "ultrafast"


class TestDestinations:
    def test_each_follows_its_wish(self, workspace: Workspace, airs: list[Air]) -> None:
        keys: list[str] = []

        def serve(peer: Peer, _number: int) -> None:
            keys.append(peer.accept())
            peer.until_gone()

        with scripted(serve) as server:
            air = Air(workspace, _silent(destinations=(_to(server.url, on=False),)), record=False)
            airs.append(air)
            air.start()
            assert air.destination() == DestinationStatus(name="youtube", feed="wide", state="off")
            air.follow(with_destination(air.wanted, "youtube", "on"))
            air.wait_state("live")
            wait_for(lambda: air.destination().frames > 5, 20)
            assert keys == ["stream-key"]
            air.follow(air.wanted)
            assert server.spoken == 1, "the same wish changes nothing"
            air.follow(with_destination(air.wanted, "youtube", "off"))
            assert air.destination().state == "off"
            air.stop()
            airs.clear()

    def test_one_switched_off_and_on_takes_in_use_for_its_own_ghost(
        self, workspace: Workspace, airs: list[Air]
    ) -> None:
        def serve(peer: Peer, number: int) -> None:
            if number == 1:
                peer.accept_stream()
                peer.status("NetStream.Publish.BadName")
            else:
                peer.accept()
            peer.until_gone()

        with scripted(serve) as server:
            air = Air(workspace, _silent(destinations=(_to(server.url),)), record=False)
            airs.append(air)
            air.start()
            air.wait_state("live")
            air.follow(with_destination(air.wanted, "youtube", "off"))
            air.follow(with_destination(air.wanted, "youtube", "on"))
            wait_for(lambda: server.spoken >= 3, 20)
            air.wait_state("live")
            air.stop()
            airs.clear()

    def test_a_refused_one_stays_so_until_it_is_retried(self, workspace: Workspace, airs: list[Air]) -> None:
        air = Air(workspace, _silent(destinations=(_to("rtmp://127.0.0.1:9/live", "keyring"),)), record=False)
        airs.append(air)
        air.answer = {"what": "the keyring has no such key", "do": "store it"}
        air.start()
        assert air.wait_state("refused").reason == "the keyring has no such key: store it"
        air.follow(with_destination(air.wanted, "youtube", "retry"))
        wait_for(lambda: len(air.asked) == 2, 20)

    def test_a_refusal_is_still_told_after_the_end(self, workspace: Workspace) -> None:
        air = Air(workspace, _silent(destinations=(_to("rtmp://127.0.0.1:9/live", "keyring"),)), record=False)
        air.answer = {"what": "the keyring has no such key", "do": "store it"}
        air.start()
        air.wait_state("refused")
        air.wait_frames(1)
        air.stop()
        assert (air.destination().state, air.destination().reason) == (
            "refused", "the keyring has no such key: store it",
        )  # fmt: skip

    def test_all_are_ended_in_order(self, workspace: Workspace) -> None:
        ended = threading.Event()

        def serve(peer: Peer, _number: int) -> None:
            peer.accept()
            peer.command("deleteStream")
            ended.set()
            peer.until_gone()

        with scripted(serve) as server:
            air = Air(workspace, _silent(destinations=(_to(server.url),)), record=False)
            air.start()
            air.wait_state("live")
            air.wait_frames(10)
            air.stop()
            assert ended.wait(20)
            assert air.destination().state == "stopped"

    def test_a_new_connection_gets_a_key_frame(self, workspace: Workspace, airs: list[Air]) -> None:
        air = Air(workspace, _silent(), record=False)
        airs.append(air)
        live = air.live.feeds["wide"]
        air.start()
        wait_for(lambda: not live.output.key_wanted, 20)
        live.want_key()
        wait_for(lambda: not live.output.key_wanted, 20)


class TestReport:
    def test_it_tells_of_all_on_air(self, workspace: Workspace, airs: list[Air]) -> None:
        air = Air(workspace, _silent(destinations=(_to("rtmp://127.0.0.1:9/live", on=False),)))
        airs.append(air)
        air.start()
        air.wait_frames(20)
        now = air.status()
        assert (now.t, now.pid, now.revision, now.mode, now.show_id) == (1.235, 42, 3, "live", "a")
        assert (now.scene, now.feature, now.final, now.ended) == ("Bench", "", False, "")
        assert now.problems == ("disk is full",)
        assert (now.audio.peak_db, now.audio.silent_s) == (-12.3, 0.2)
        feed = now.feeds[0]
        assert (feed.name, feed.preset, feed.profile, feed.size) == ("wide", "ultrafast", "live", (64, 64))
        assert feed.frames >= 20
        assert feed.fps > 0
        assert [one.state for one in now.destinations] == ["off"]
        assert [one.state for one in now.recordings] == ["on"]

    def test_why_a_recording_failed_is_a_problem_of_the_show(
        self, workspace: Workspace, airs: list[Air], tmp_path: Path
    ) -> None:
        (tmp_path / "file").touch()
        air = Air(workspace, _silent(record_to=str(tmp_path / "file" / "kept.mp4")))
        airs.append(air)
        air.start()
        wait_for(lambda: air.live.recording_status()[0].state == "failed", 20)
        assert air.status().problems[-1] == air.live.recording_status()[0].reason

    def test_off_air_there_are_feeds_and_nothing_else(self, workspace: Workspace, airs: list[Air]) -> None:
        air = Air(workspace, _silent(), record=False)
        airs.append(air)
        air.start()
        air.wait_frames(2)
        now = air.status(live=None)
        assert now.mode == "off"
        assert (now.feeds[0].frames, now.feeds[0].preset) == (0, "ultrafast")
        assert now.destinations == ()
        assert now.recordings == ()

    def test_the_end_tells_of_the_whole_show(self, workspace: Workspace) -> None:
        air = Air(workspace, _silent())
        air.start()
        air.wait_frames(20)
        air.stop()
        now = air.status(final=True, ended="off")
        assert (now.mode, now.final, now.ended) == ("off", True, "off")
        assert now.feeds[0].frames >= 20
        assert [one.state for one in now.recordings] == ["ended"]
