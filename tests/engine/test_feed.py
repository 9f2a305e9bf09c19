"""One feed's thread: its ticks, its output, and what it goes through."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from studio.engine.compose import PlacedLayer, PlacedScene, place
from studio.engine.feed import HOLD_NS, FeedOutput, FeedThread, OverlayUpdate
from studio.engine.interleave import Interleaver
from studio.engine.video_encoder import Canvas, VideoEncoder
from studio.media.clock import SystemClock
from studio.media.packet import Packet
from studio.media.picture import Picture, Rect, Size
from studio.overlays.blend import prepare
from studio.overlays.raster import Raster
from studio.show.model import Feed, Layer, Scene
from studio.show.plan import PictureRequest
from studio.workspace.paths import Workspace
from tests.engine.feed_bench import SMALL, TICK_NS, FeedBench, Kept, running, sound
from tests.engine.source_bench import SourceBench
from tests.media.manual_clock import START_NS
from tests.services.waiting import wait_for

LIVE = Feed(name="wide", size=(64, 64), fps=30, video_kbps=200, preset="ultrafast", profile="live")
NOTHING = PlacedScene("Empty", (), covered=False)
BROKEN = PlacedScene(
    "Broken", (PlacedLayer(None, PictureRequest(64, 64, "cover"), Rect(0, 0, 64, 64)),), covered=True
)


class Seen:
    """A preview that keeps the middle of each picture."""

    def __init__(self) -> None:
        self.greys: list[int] = []

    def offer(self, picture: Picture) -> None:
        self.greys.append(int(picture.y[32, 32]))


class Busy:
    """A preview that holds the feed up for so many ticks, once."""

    def __init__(self, bench: FeedBench, ticks: float) -> None:
        self._bench, self._ticks = bench, ticks

    def offer(self, _picture: Picture) -> None:
        self._bench.clock.pass_s(self._ticks / 30)
        self._bench.thread.preview = None


def _ticks(packets: Sequence[Packet]) -> list[int]:
    return [round(packet.pts_ns / TICK_NS) for packet in packets]


class TestOffAir:
    def test_it_ticks_and_gives_pictures_to_a_preview(self) -> None:
        with running() as bench:
            seen = Seen()
            bench.thread.preview = seen
            bench.thread.scene = NOTHING
            bench.tick(3)
            assert seen.greys == [16, 16, 16]
            assert bench.thread.position_ns == 3 * 10**9 // 30

    def test_nothing_is_handed_over_so_nothing_is_counted(self) -> None:
        with running(LIVE) as bench:

            class Slow:
                def offer(self, _picture: Picture) -> None:
                    bench.clock.pass_s(3.2 / 30)

            bench.thread.preview = Slow()
            bench.tick(3)
            assert (bench.thread.pace.frames, bench.thread.pace.skipped) == (0, 0)
            assert bench.thread.pace.tick_ms_p95 > 100
            bench.thread.preview = None
            kept = Kept()
            bench.thread.put_on_air(bench.output(kept))
            bench.tick(4)
            bench.thread.put_on_air(None)
            bench.tick(3)
            assert bench.thread.pace.frames == len(kept.video) == 4

    def test_without_a_scene_nothing_is_drawn(self) -> None:
        with running() as bench:
            bench.tick(2)
            assert bench.thread.position_ns == 2 * 10**9 // 30

    def test_a_preview_may_come_and_go(self) -> None:
        with running() as bench:
            seen = Seen()
            bench.thread.preview = seen
            bench.tick(2)
            bench.thread.preview = None
            bench.tick(2)
            assert len(seen.greys) == 2


class TestOnAir:
    def test_every_tick_reaches_every_sink_in_order(self) -> None:
        with running() as bench:
            one, other = Kept(), Kept()
            output = bench.output(one, other)
            bench.thread.put_on_air(output)
            bench.tick(40)
            bench.thread.put_on_air(None)
            bench.tick(1)
            assert output.closed.is_set()
            assert sorted(_ticks(one.packets)) == list(range(1, 41))
            assert one.packets == other.packets
            assert all(a.dts_ns < b.dts_ns for a, b in pairwise(one.packets))
            assert one.packets[0].is_key

    def test_show_time_begins_with_the_first_tick_on_air(self) -> None:
        with running() as bench:
            bench.tick(5)
            output = bench.output(Kept())
            assert not output.begun.is_set()
            bench.thread.put_on_air(output)
            bench.tick(3)
            assert output.begun.is_set()
            assert output.first_ns == START_NS + 6 * 10**9 // 30

    def test_going_off_air_loses_nothing_that_the_encoder_holds(self) -> None:
        with running(Feed(name="wide", size=(64, 64), preset="veryfast", video_kbps=200)) as bench:
            kept = Kept()
            bench.thread.put_on_air(bench.output(kept))
            bench.tick(15)
            assert len(kept.video) < 15, "the encoder looks ahead"
            bench.thread.put_on_air(None)
            bench.tick(1)
            assert sorted(_ticks(kept.video)) == list(range(1, 16))

    def test_another_output_follows_without_a_gap(self) -> None:
        with running() as bench:
            first, second = Kept(), Kept()
            before, then = bench.output(first), bench.output(second)
            bench.thread.put_on_air(before)
            bench.tick(7)
            bench.thread.put_on_air(then)
            bench.tick(9)
            assert before.closed.is_set()
            assert not then.closed.is_set()
            assert sorted(_ticks(first.video)) == list(range(1, 8))
            bench.thread.put_on_air(None)
            bench.tick(1)
            assert sorted(_ticks(second.video)) == list(range(8, 17))
            assert second.packets[0].is_key

    def test_a_feed_that_is_stopped_closes_its_output(self) -> None:
        with running() as bench:
            kept = Kept()
            output = bench.output(kept)
            bench.thread.put_on_air(output)
            bench.tick(4)
        assert output.closed.is_set()
        assert sorted(_ticks(kept.video)) == [1, 2, 3, 4]

    def test_sinks_may_be_swapped_between_two_ticks(self) -> None:
        with running(LIVE) as bench:
            first, second = Kept(), Kept()
            output = bench.output(first)
            bench.thread.put_on_air(output)
            _tick_with_sound(bench.tick, bench.thread, 1, 4)
            output.sinks = (first, second)
            _tick_with_sound(bench.tick, bench.thread, 5, 4)
            output.sinks = (second,)
            bench.thread.put_on_air(None)
            bench.tick(1)
            assert set(_ticks(first.video)) | set(_ticks(second.video)) == set(range(1, 9))
            assert first.packets[0].is_key
            assert 1 not in _ticks(second.video)

    def test_counts_begin_anew_and_stay_after_the_end(self) -> None:
        with running() as bench:
            bench.tick(5)
            bench.thread.put_on_air(bench.output(Kept()))
            bench.tick(3)
            assert bench.thread.pace.frames == 3

    def test_each_picture_carries_the_stamp_of_its_sources_or_of_its_tick(self) -> None:
        with running(LIVE) as bench:
            kept = Kept()
            bench.thread.scene = NOTHING
            bench.thread.put_on_air(bench.output(kept))
            bench.tick(1)
            bench.thread.put_on_air(None)
            bench.tick(1)
            assert kept.video[0].born_ns == START_NS + 10**9 // 30


def _tick_with_sound(tick: object, thread: FeedThread, first: int, count: int) -> None:
    for number in range(first, first + count):
        thread.add_audio([sound(number * TICK_NS)])
        tick(1)  # type: ignore[operator]  # FeedBench.tick


class TestSound:
    def test_sound_goes_out_between_the_pictures_of_its_time(self) -> None:
        with running() as bench:
            kept = Kept()
            bench.thread.put_on_air(bench.output(kept))
            bench.tick(1)
            _tick_with_sound(bench.tick, bench.thread, 2, 20)
            bench.thread.put_on_air(None)
            bench.tick(1)
            times = [packet.dts_ns for packet in kept.packets]
            assert times == sorted(times)
            assert len(kept.packets) - len(kept.video) == 20

    def test_sound_from_before_going_on_air_is_left_out(self) -> None:
        with running() as bench:
            kept = Kept()
            bench.thread.add_audio([sound(0)])
            bench.thread.put_on_air(bench.output(kept))
            bench.tick(2)
            bench.thread.add_audio([sound(TICK_NS)])
            bench.tick(1)
            bench.thread.put_on_air(None)
            bench.tick(1)
            assert [packet.dts_ns for packet in kept.packets if packet.kind == "audio"] == [TICK_NS]

    def test_a_first_tick_that_is_late_loses_no_sound(self) -> None:
        with running() as bench:
            kept = Kept()
            bench.thread.put_on_air(bench.output(kept))
            bench.thread.add_audio([sound(number * TICK_NS // 2) for number in range(10)])
            bench.tick(1)
            bench.thread.put_on_air(None)
            bench.tick(1)
            times = [packet.dts_ns for packet in kept.packets if packet.kind == "audio"]
            assert times == [number * TICK_NS // 2 for number in range(2, 10)]

    def test_sound_of_before_the_change_goes_to_the_old_output(self) -> None:
        with running() as bench:
            first, second = Kept(), Kept()
            bench.thread.put_on_air(bench.output(first))
            bench.tick(2)
            bench.thread.add_audio([sound(2 * TICK_NS)])
            bench.thread.put_on_air(bench.output(second))
            bench.tick(2)
            assert [packet.kind for packet in first.packets].count("audio") == 1
            assert all(packet.kind == "video" for packet in second.packets)


class TestKeyFrames:
    def test_one_that_is_wanted_comes_with_the_next_tick(self) -> None:
        with running(LIVE) as bench:
            kept = Kept()
            output = bench.output(kept)
            bench.thread.put_on_air(output)
            bench.tick(20)
            output.key_wanted = True
            bench.tick(5)
            assert not output.key_wanted
            bench.thread.put_on_air(None)
            bench.tick(1)
            assert _ticks([packet for packet in kept.video if packet.is_key]) == [1, 21]

    def test_a_server_that_comes_and_goes_gets_one_each_half_second(self) -> None:
        with running(LIVE) as bench:
            kept = Kept()
            output = bench.output(kept)
            bench.thread.put_on_air(output)
            for _ in range(50):
                output.key_wanted = True
                bench.tick(1)
            bench.thread.put_on_air(None)
            bench.tick(1)
            assert _ticks([packet for packet in kept.video if packet.is_key]) == [1, 16, 31, 46]


class TestLateTicks:
    def test_what_a_look_ahead_hides_is_made_up_for_and_the_rest_is_skipped_and_counted(self) -> None:
        with running() as bench:
            kept = Kept()
            bench.thread.put_on_air(bench.output(kept))
            bench.tick(2)
            bench.thread.preview = Busy(bench, 2.5)
            bench.tick(4)
            assert bench.thread.pace.skipped == 0
            bench.thread.preview = Busy(bench, 5.5)
            bench.tick(5)
            assert bench.thread.pace.skipped == 2
            bench.thread.put_on_air(None)
            bench.tick(1)
            assert sorted(_ticks(kept.video)) == [1, 2, 3, 4, 5, 6, 7, 10, 11, 12, 13]

    def test_without_a_look_ahead_they_are_skipped_and_counted(self) -> None:
        with running(LIVE) as bench:
            kept = Kept()
            bench.thread.put_on_air(bench.output(kept))
            bench.tick(2)
            bench.thread.preview = Busy(bench, 4.5)
            bench.tick(3)
            assert bench.thread.pace.skipped == 3
            bench.thread.put_on_air(None)
            bench.tick(1)
            assert _ticks(kept.video) == [1, 2, 3, 7, 8]

    def test_off_air_nothing_is_made_up_for(self) -> None:
        with running() as bench:
            bench.thread.preview = Busy(bench, 2.5)
            bench.tick(2)
            assert round(bench.thread.position_ns / TICK_NS) == 3

    def test_they_show_what_was_there_when_they_were_due(self, workspace: Workspace) -> None:
        with running() as bench:
            layer = Layer(source="bench")
            source = SourceBench(workspace, bench.clock, [layer], (64, 64))
            source.report()
            source.inlet.refresh()
            scene = Scene(name="Bench", layers=(layer,))
            bench.thread.scene = place(scene, bench.thread.feed, {"bench": source.inlet})
            bench.thread.put_on_air(bench.output(Kept()))
            greys: list[int] = []

            class Camera:
                """Gives a picture 10 ms before each tick is due, even while the third takes three ticks."""

                def offer(self, picture: Picture) -> None:
                    greys.append(int(picture.y[32, 32]))
                    for _ in range(3 if len(greys) == 3 else 1):
                        bench.clock.pass_s(0.7 / 30)
                        source.picture(next(given))
                        bench.clock.pass_s(0.29 / 30)

            given = iter(range(51, 70))
            source.picture(50)
            bench.clock.pass_s(0.02)
            bench.thread.preview = Camera()
            bench.tick(6)
            assert bench.thread.pace.skipped == 0
            assert greys == list(range(50, 56))

    def test_a_tick_that_is_a_little_late_is_done(self) -> None:
        with running(LIVE) as bench:

            class Slow:
                def offer(self, _picture: Picture) -> None:
                    bench.clock.pass_s(1.2 / 30)

            bench.thread.preview = Slow()
            bench.thread.put_on_air(bench.output(Kept()))
            bench.tick(4)
            assert bench.thread.pace.skipped == 0


class TestFaults:
    def test_a_scene_that_cannot_be_drawn_leaves_the_feed_on_air(self, caplog: pytest.LogCaptureFixture) -> None:
        with running(LIVE) as bench:
            kept = Kept()
            bench.thread.put_on_air(bench.output(kept))
            bench.tick(2)
            with caplog.at_level(logging.ERROR):
                bench.thread.slates = {Size(64, 64): Picture.black(Size(32, 32))}
                bench.thread.scene = BROKEN
                bench.tick(60)
                bench.thread.scene = NOTHING
                bench.tick(2)
            bench.thread.put_on_air(None)
            bench.tick(1)
            assert _ticks(kept.video) == list(range(1, 65)), "the picture stands, and is sent"
            lines = [record.getMessage() for record in caplog.records]
            assert lines == ["feed wide failed"] * 60

    def test_a_sink_that_fails_ends_neither_the_feed_nor_the_wait_for_its_end(self) -> None:
        class Bad:
            def offer(self, packet: Packet) -> None:
                raise RuntimeError("a bug")

        with running() as bench:
            output = bench.output(Bad())
            bench.thread.put_on_air(output)
            bench.tick(40)
            kept = Kept()
            output.sinks = (kept,)
            bench.tick(5)
            assert kept.video
            output.sinks = (Bad(),)
            bench.thread.put_on_air(None)
            bench.tick(1)
            assert output.closed.is_set()
            bench.tick(3)

    def test_an_encoder_that_fails_ends_neither(self) -> None:
        class Broken(VideoEncoder):
            def __init__(self) -> None:
                super().__init__(SMALL, "ultrafast", threads=1)

            def encode(self, canvas: Canvas, number: int, born_ns: int, *, key: bool = False) -> list[Packet]:
                raise RuntimeError("a bug")

            def flush(self) -> list[Packet]:
                raise RuntimeError("a bug")

        with running() as bench:
            output = bench.output(Kept())
            output.encoder = Broken()
            bench.thread.put_on_air(output)
            bench.tick(3)
            kept = Kept()
            bench.thread.put_on_air(bench.output(kept))
            bench.tick(10)
            assert output.closed.is_set()
            bench.thread.put_on_air(None)
            bench.tick(1)
            assert len(kept.video) == 10


class TestOverlays:
    def test_an_update_is_drawn_and_its_revision_is_actual(self) -> None:
        with running() as bench:
            seen = Seen()
            bench.thread.preview, bench.thread.scene = seen, NOTHING
            bench.tick(2)
            assert bench.thread.revision == 0
            white = np.full((64, 64, 4), 255, np.uint8)
            card = prepare(Raster(white, 0, 0))
            bench.thread.update(OverlayUpdate(7, {"card": card, "title": None}))
            bench.thread.update(OverlayUpdate(8, {}))
            bench.tick(1)
            assert bench.thread.revision == 8
            bench.tick(45)
            assert seen.greys[-1] >= 234
            bench.thread.update(OverlayUpdate(9, {"card": None}))
            bench.tick(60)
            assert bench.thread.revision == 9
            assert seen.greys[-1] == 16


def test_with_the_real_clock_it_keeps_the_pace_of_its_feed() -> None:
    clock = SystemClock()
    epoch_ns = clock.now_ns()
    thread = FeedThread(SMALL, clock, epoch_ns)
    encoder = VideoEncoder(SMALL, SMALL.preset, threads=1)
    thread.put_on_air(FeedOutput(encoder, (), Interleaver(HOLD_NS[SMALL.profile])))
    thread.start()
    wait_for(lambda: thread.position_ns >= 300_000_000, 20)
    frames, skipped = thread.pace.frames, thread.pace.skipped
    thread.stop()
    assert frames + skipped >= 8
    assert thread.position_ns <= clock.now_ns() - epoch_ns
    assert thread.feed.size == Size(64, 64)
