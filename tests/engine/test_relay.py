"""One encoder after the other, in one stream that is decoded whole."""

from __future__ import annotations

from itertools import pairwise

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

from studio.engine.presets import LADDER
from studio.engine.relay import EncoderRelay
from studio.engine.video_encoder import Canvas, VideoEncoder
from studio.media.packet import Packet
from studio.show.model import PRESETS, Feed, Profile
from tests.services.waiting import wait_for

FEED = Feed(name="wide", size=(128, 72), fps=30, video_kbps=900)
LIVE = Feed(name="wide", size=(128, 72), fps=30, video_kbps=900, profile="live")
TICK_NS = 10**9 // 30


def _encoder(feed: Feed, preset: str = "superfast", kbps: int | None = None) -> VideoEncoder:
    return VideoEncoder(feed, preset, kbps=kbps, threads=1)


class Stream:
    """A relay with pictures of noise, and what came out of it."""

    def __init__(self, feed: Feed, preset: str = "superfast") -> None:
        self.feed = feed
        self.relay = EncoderRelay(_encoder(feed, preset))
        self.packets: list[Packet] = []
        self.numbers: list[int] = []
        self._canvas = Canvas(*feed.size)
        self._random = np.random.default_rng(1)

    def tick(self, count: int, *, step: int = 1, key: bool = False) -> None:
        for _ in range(count):
            number = self.numbers[-1] + step if self.numbers else 1000
            self._canvas.picture.y[:] = self._random.integers(16, 235, (72, 128))
            self.numbers.append(number)
            self.packets += self.relay.encode(self._canvas, number, 10**15 + number, key=key)

    def end(self) -> list[Packet]:
        self.packets += self.relay.flush()
        return self.packets

    @property
    def keys(self) -> list[int]:
        return [round(packet.pts_ns / TICK_NS) for packet in self.packets if packet.is_key]

    def decoded(self) -> list[av.VideoFrame]:
        context = av.CodecContext.create("h264", "r")
        assert isinstance(context, VideoCodecContext)
        context.extradata = self.relay.format.extradata
        context.options = {"err_detect": "explode"}
        frames = []
        for packet in self.packets:
            one = av.Packet(packet.data)
            one.pts = packet.pts_ns
            frames += context.decode(one)
        return frames + context.decode(None)


def _whole(stream: Stream) -> None:
    """Every picture once, in times that rise, and all of them can be decoded."""
    packets = stream.packets
    assert sorted(round(packet.pts_ns / TICK_NS) for packet in packets) == stream.numbers
    assert all(a.dts_ns < b.dts_ns for a, b in pairwise(packets))
    assert all(packet.dts_ns <= packet.pts_ns for packet in packets)
    assert all(packet.born_ns == 10**15 + round(packet.pts_ns / TICK_NS) for packet in packets)
    frames = stream.decoded()
    assert [frame.pts for frame in frames] == sorted(packet.pts_ns for packet in packets)
    assert not any(frame.is_corrupt for frame in frames)


@pytest.mark.parametrize("feed", [FEED, LIVE], ids=["quality", "live"])
def test_presets_change_at_a_key_frame_and_nothing_is_lost(feed: Feed) -> None:
    stream = Stream(feed, "veryfast")
    for preset in ("superfast", "ultrafast", "superfast", "veryfast"):
        stream.tick(70)
        stream.relay.follow_with(_encoder(feed, preset))
    stream.tick(70)
    assert stream.relay.preset == "veryfast"
    stream.end()
    _whole(stream)
    assert stream.keys == list(range(1000, 1350, 60)), "at those that were due anyhow"


@pytest.mark.parametrize("feed", [FEED, LIVE], ids=["quality", "live"])
def test_a_rate_falls_at_once_with_a_key_frame(feed: Feed) -> None:
    stream = Stream(feed)
    stream.tick(77)
    stream.relay.follow_with(_encoder(feed, kbps=300), at_once=True)
    stream.tick(120)
    stream.end()
    _whole(stream)
    assert stream.relay.kbps == 300
    assert stream.keys == [1000, 1060, 1077, 1137]
    before = sum(len(packet.data) for packet in stream.packets if 17 <= _tick(packet) - 1000 < 77)
    after = sum(len(packet.data) for packet in stream.packets if 137 <= _tick(packet) - 1000 < 197)
    assert after < before / 2


def _tick(packet: Packet) -> int:
    return round(packet.pts_ns / TICK_NS)


@pytest.mark.parametrize("feed", [FEED, LIVE], ids=["quality", "live"])
def test_times_rise_where_ticks_were_skipped_at_the_change(feed: Feed) -> None:
    stream = Stream(feed)
    stream.tick(30)
    stream.relay.follow_with(_encoder(feed, "ultrafast"), at_once=True)
    stream.tick(1)
    stream.tick(1, step=9)
    stream.tick(20)
    stream.relay.follow_with(_encoder(feed, "superfast"), at_once=True)
    wait_for(lambda: _changed(stream, "superfast", step=7), 20)
    stream.tick(20)
    stream.end()
    _whole(stream)


def _changed(stream: Stream, preset: str, step: int) -> bool:
    stream.tick(1, step=step)
    return stream.relay.preset == preset


def test_a_key_frame_that_is_asked_for_will_do() -> None:
    stream = Stream(FEED)
    stream.tick(10)
    stream.relay.follow_with(_encoder(FEED, "ultrafast"))
    stream.tick(1)
    assert stream.relay.preset == "superfast"
    stream.tick(1, key=True)
    assert stream.relay.preset == "ultrafast"
    stream.tick(5)
    stream.end()
    _whole(stream)


def test_the_newest_of_several_is_taken() -> None:
    stream = Stream(FEED)
    stream.tick(10)
    stream.relay.follow_with(_encoder(FEED, kbps=500), at_once=True)
    stream.relay.follow_with(_encoder(FEED, kbps=400), at_once=True)
    stream.tick(1)
    assert stream.relay.kbps == 400
    stream.tick(5)
    stream.end()
    _whole(stream)


def test_changes_in_quick_succession_lose_nothing_either() -> None:
    stream = Stream(FEED, "veryfast")
    for number in range(40):
        stream.relay.follow_with(_encoder(FEED, LADDER[number % 3], 300 + number), at_once=True)
        stream.tick(3)
    stream.end()
    _whole(stream)


def test_an_encoder_with_other_parameter_sets_is_refused() -> None:
    stream = Stream(FEED)
    with pytest.raises(ValueError, match="parameter sets"):
        stream.relay.follow_with(_encoder(Feed(name="wide", size=(64, 64))))
    stream.tick(3)
    stream.end()
    _whole(stream)


@pytest.mark.parametrize("profile", ["quality", "live"])
@pytest.mark.parametrize("kbps", [300, 900])
def test_a_ladder_shares_its_parameter_sets_at_every_rate(profile: Profile, kbps: int) -> None:
    feed = Feed(name="wide", size=(128, 72), fps=30, video_kbps=900, profile=profile)
    sets = {VideoEncoder(feed, preset, kbps=kbps, threads=1).format.extradata for preset in LADDER}
    assert sets == {VideoEncoder(feed, LADDER[0], threads=1).format.extradata}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_named_preset_has_the_same_parameter_sets_at_every_rate(preset: str) -> None:
    low, high = (VideoEncoder(FEED, preset, kbps=kbps, threads=1).format.extradata for kbps in (300, 900))
    assert low == high
