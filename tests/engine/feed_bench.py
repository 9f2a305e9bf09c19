"""A feed's thread that goes on by single ticks, and whoever takes its packets."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from studio.engine.feed import HOLD_NS, FeedOutput, FeedThread, PacketSink
from studio.engine.interleave import Interleaver
from studio.engine.video_encoder import VideoEncoder
from studio.media.packet import Packet
from studio.show.model import Feed
from tests.media.manual_clock import START_NS, ManualClock

SMALL = Feed(name="wide", size=(64, 64), fps=30, video_kbps=200, preset="ultrafast")
TICK_NS = 10**9 // 30


class Kept:
    """A sink that keeps everything."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []

    def offer(self, packet: Packet) -> None:
        self.packets.append(packet)

    @property
    def video(self) -> list[Packet]:
        return [packet for packet in self.packets if packet.kind == "video"]


def sound(at_ns: int) -> Packet:
    """A packet of sound that nobody decodes."""
    return Packet("audio", b"sound", at_ns, at_ns, 21_333_333, is_key=True, born_ns=at_ns)


def picture(dts_ns: int, *, key: bool = False) -> Packet:
    return Packet("video", b"picture", dts_ns, dts_ns, TICK_NS, is_key=key, born_ns=dts_ns)


class FeedBench:
    """Its clock stands still but for the ticks that it is told to do."""

    def __init__(self, feed: Feed = SMALL) -> None:
        self.clock = ManualClock(on_wait=self._gate)
        self.thread = FeedThread(feed, self.clock, START_NS)
        self._more = threading.Condition()
        self._waits = self._allowed = 0
        self._closing = False

    def tick(self, count: int = 1) -> None:
        """Let so many ticks be done, and wait for that."""
        with self._more:
            self._allowed += count
            self._more.notify_all()
            assert self._more.wait_for(lambda: self._waits > self._allowed, 20), "the feed has stopped"

    def output(self, *sinks: PacketSink) -> FeedOutput:
        """A new output for these sinks, not yet on air."""
        feed = self.thread.feed
        encoder = VideoEncoder(feed, feed.preset, threads=1)
        return FeedOutput(encoder, sinks, Interleaver(HOLD_NS[feed.profile] + encoder.delay_ns))

    def stop(self) -> None:
        with self._more:
            self._closing = True
            self._more.notify_all()
        self.thread.stop()

    def _gate(self, _due_ns: int) -> None:
        with self._more:
            self._waits += 1
            self._more.notify_all()
            self._more.wait_for(lambda: self._closing or self._waits <= self._allowed, 60)


@contextmanager
def running(feed: Feed = SMALL) -> Iterator[FeedBench]:
    bench = FeedBench(feed)
    bench.thread.start()
    bench.tick(0)
    try:
        yield bench
    finally:
        bench.stop()
