"""A feed's encoder follows what its ticks and its destinations tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import pytest
from msgspec.structs import replace

from studio.engine import adapt
from studio.engine.adapt import Adapter
from studio.engine.pace import Pace
from studio.engine.relay import EncoderRelay
from studio.engine.video_encoder import KEY_SECONDS, Canvas, VideoEncoder
from studio.outputs.destination import Destination, DestinationStatus, State
from studio.show.model import Feed

S = 1_000_000_000
AUTO = Feed(name="wide", size=(64, 64), fps=30, video_kbps=2000, profile="live")


class Server:
    """A destination as far as an adapter looks at it."""

    def __init__(self, state: State = "live") -> None:
        self.state, self.queued_ms, self.taking_kbps, self.afresh = state, 0, 1000, 0

    def status(self) -> DestinationStatus:
        return DestinationStatus(self.state, "", 0, 0, 0, self.queued_ms, 0, self.taking_kbps)

    def begin_afresh(self) -> None:
        self.afresh += 1


class Bench:
    """An adapter that looks twenty times a second at a feed that ticks thirty times."""

    def __init__(self, feed: Feed = AUTO, preset: str = "veryfast", **servers: Server) -> None:
        self.relay = EncoderRelay(VideoEncoder(feed, preset, threads=1))
        self.adapter = Adapter(feed, self.relay)
        self.servers = servers
        self.pace = Pace()
        self.tick_ms = 5.0
        self._canvas = Canvas(64, 64)
        self._now_ns, self._number = 10**15, 0

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 60)):
            self._now_ns += S // 60
            self._number += 1
            if self._number % 2:
                self.relay.encode(self._canvas, self._number // 2, 0)
                if self.relay._old is not None:
                    self.relay._old.thread.join()  # on air it has the time
                self.pace.tick(self._now_ns, self._now_ns + round(self.tick_ms * 1e6))
            if self._number % 3 == 0:
                self.adapter.look(self._now_ns, self.pace, cast("Mapping[str, Destination]", self.servers))

    def close(self) -> None:
        self.relay.flush()


def test_a_busy_computer_gets_a_cheaper_preset_and_says_so() -> None:
    bench = Bench()
    bench.run(5)
    assert (bench.relay.preset, bench.adapter.problems) == ("veryfast", ())
    bench.tick_ms = 40
    bench.run(12)
    assert bench.relay.preset == "ultrafast"
    assert "close other programs" in bench.adapter.problems[0]
    bench.tick_ms = 5
    bench.run(80)
    assert (bench.relay.preset, bench.adapter.problems) == ("veryfast", ())
    bench.close()


def test_the_first_step_comes_within_two_seconds_and_a_key_frame() -> None:
    bench = Bench()
    bench.run(20)
    bench.tick_ms = 0.96 * 1000 / 30
    bench.run(2 + KEY_SECONDS)
    assert bench.relay.preset == "superfast"
    bench.close()


def test_a_named_preset_is_kept() -> None:
    bench = Bench(replace(AUTO, preset="faster"), "faster")
    bench.tick_ms = 40
    bench.run(12)
    assert bench.relay.preset == "faster"
    assert 'preset = "auto"' in bench.adapter.problems[0]
    bench.close()


def test_a_slow_network_gets_less_and_what_waits_is_left_out() -> None:
    server = Server()
    bench = Bench(youtube=server)
    bench.run(3)
    server.queued_ms = 1200
    bench.run(0.7)
    assert bench.adapter.target_kbps == bench.relay.kbps == 672, "four fifths of what it takes, sound taken off"
    assert server.afresh == 1
    assert "672 instead of 2000 kb/s" in bench.adapter.problems[0]
    server.queued_ms = 0
    bench.run(20)
    assert bench.adapter.target_kbps == bench.relay.kbps == 2000
    assert bench.adapter.problems == ()
    bench.close()


def test_one_slow_destination_is_told_and_the_others_keep_their_rate() -> None:
    slow, fine = Server(), Server()
    bench = Bench(slow=slow, fine=fine)
    bench.run(1)
    slow.queued_ms = 1500
    bench.run(2)
    assert bench.adapter.slow == {"slow"}
    assert bench.adapter.target_kbps == 2000
    assert slow.afresh == 0
    slow.queued_ms = 0
    bench.run(3)
    assert bench.adapter.slow == {"slow"}, "for a moment only"
    bench.run(3)
    assert bench.adapter.slow == frozenset()
    bench.close()


def test_one_that_is_cut_off_is_not_told_to_be_moved_to_a_lower_feed() -> None:
    bench = Bench(cut=Server(), fine=Server())
    bench.servers["cut"].queued_ms, bench.servers["cut"].taking_kbps = 1500, 0
    bench.run(2)
    assert bench.adapter.slow == frozenset()
    bench.close()


@pytest.mark.parametrize("state", ["stalled", "reconnecting", "refused"])
def test_only_live_destinations_are_judged(state: State) -> None:
    server = Server(state)
    server.queued_ms = 5000
    bench = Bench(youtube=server)
    bench.run(4)
    assert bench.adapter.target_kbps == 2000
    bench.close()


def test_a_step_that_decoders_could_not_follow_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(VideoEncoder):
        def __init__(self, feed: Feed, preset: str, *, kbps: int | None = None, threads: int = 0) -> None:
            size = (128, 64) if preset == "superfast" else feed.size
            super().__init__(replace(feed, size=size), preset, kbps=kbps, threads=threads)

    bench = Bench()
    bench.run(5)
    monkeypatch.setattr(adapt, "VideoEncoder", Other)
    bench.tick_ms = 40
    bench.run(12)
    assert bench.relay.preset == "ultrafast"
    bench.close()


def test_a_rate_that_could_not_be_opened_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing(VideoEncoder):
        def __init__(self, *_: object, **__: object) -> None:
            raise ValueError("no memory")

    server = Server()
    bench = Bench(youtube=server)
    bench.run(3)
    server.queued_ms = 1200
    bench.run(0.7)
    server.queued_ms = 0
    low = bench.relay.kbps
    with monkeypatch.context() as patch:
        patch.setattr(adapt, "VideoEncoder", Refusing)
        bench.run(6)
        assert bench.relay.kbps == low < bench.adapter.target_kbps, "it was asked for in vain"
    bench.run(20)
    assert bench.relay.kbps == 2000
    bench.close()
