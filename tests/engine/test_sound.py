"""The mix thread: one mix, encoded once for each bit rate, to every feed on air."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from studio.engine.aac import AacEncoder
from studio.engine.feed import FeedThread
from studio.engine.inlet import InletSettings
from studio.engine.sound import MixThread, SoundPlan, SoundSource
from studio.media.clock import SystemClock
from studio.media.packet import Packet
from studio.media.ring import SoundRingReader, SoundRingWriter
from studio.show.model import Feed
from tests.services.waiting import wait_for

CLOCK = SystemClock()


class Heard(FeedThread):
    """A feed that is not started: it keeps the sound it is given."""

    def __init__(self, name: str) -> None:
        super().__init__(Feed(name=name, size=(64, 64)), CLOCK, 0)
        self.packets: list[Packet] = []

    def add_audio(self, packets: Sequence[Packet]) -> None:
        self.packets += packets


@pytest.fixture
def epoch_ns() -> int:
    return CLOCK.now_ns()


@pytest.fixture
def mix(epoch_ns: int) -> Iterator[MixThread]:
    mix = MixThread(CLOCK, epoch_ns)
    mix.start()
    yield mix
    mix.stop()


class Tone:
    """A source whose sound is always there: a second of it, stamped from now on."""

    def __init__(self, path: Path, generation: int = 1, level: float = 0.5) -> None:
        self.writer, self.generation = SoundRingWriter(path), generation
        self.reader = SoundRingReader(path)
        self._wave = (level * np.sin(np.arange(48_000) * 0.05)).astype(np.float32).reshape(-1, 1).repeat(2, axis=1)

    def source(self, *, on: bool = True) -> SoundSource:
        return SoundSource(self.generation, self.reader, InletSettings(on=on))

    def play(self) -> None:
        began_ns = CLOCK.now_ns()
        for start in range(0, 48_000, 480):
            self.writer.write(self._wave[start : start + 480], 48_000, began_ns + start * 10**9 // 48_000)


def _plan(
    sources: dict[str, SoundSource], listeners: Sequence[tuple[FeedThread, AacEncoder]] = (), *, muted: bool = False
) -> SoundPlan:
    return SoundPlan(sources, tuple(listeners), muted=muted)


def test_each_feed_gets_the_same_packets_of_its_bit_rate(mix: MixThread, epoch_ns: int) -> None:
    one, other, third = Heard("one"), Heard("other"), Heard("third")
    shared, small = AacEncoder(128, epoch_ns), AacEncoder(64, epoch_ns)
    mix.follow(_plan({}, [(one, shared), (other, shared), (third, small)]))
    wait_for(lambda: min(len(feed.packets) for feed in (one, other, third)) >= 5, 20)
    mix.stop()
    assert one.packets == other.packets
    assert [packet.pts_ns for packet in third.packets] == [packet.pts_ns for packet in one.packets]
    times = [packet.dts_ns for packet in one.packets]
    assert times == sorted(set(times))


@pytest.mark.long
def test_a_source_is_heard_while_it_is_on(mix: MixThread, tmp_path: Path) -> None:
    tone = Tone(tmp_path / "a.ring")
    assert mix.status.peak_db <= -100
    mix.follow(_plan({"mic": tone.source()}))
    _until_attached(mix, 1)
    tone.play()
    wait_for(lambda: mix.status.peak_db > -10, 20)
    mix.follow(_plan({"mic": tone.source(on=False)}))
    wait_for(lambda: mix.status.peak_db < -20, 20)


def test_a_source_that_left_the_plan_is_not_heard(mix: MixThread, tmp_path: Path) -> None:
    tone = Tone(tmp_path / "a.ring")
    mix.follow(_plan({"mic": tone.source()}))
    _until_attached(mix, 1)
    mix.follow(_plan({}))
    _until_attached(mix, 0)
    tone.play()
    seen = mix._mixer.number
    wait_for(lambda: mix._mixer.number > seen + 9600, 20)
    assert mix.status.peak_db < -60


def test_a_source_that_was_restarted_is_heard_by_its_new_ring(mix: MixThread, tmp_path: Path) -> None:
    first, second = Tone(tmp_path / "a.ring"), Tone(tmp_path / "b.ring", generation=2)
    mix.follow(_plan({"mic": first.source()}))
    _until_attached(mix, 1)
    mix.follow(_plan({"mic": second.source()}))
    wait_for(lambda: mix._heard["mic"].generation == 2, 20)
    second.play()
    wait_for(lambda: mix.status.peak_db > -10, 20)


def test_muted_means_silence_that_is_not_counted_as_a_fault(mix: MixThread, tmp_path: Path) -> None:
    tone = Tone(tmp_path / "a.ring")
    mix.follow(_plan({"mic": tone.source()}, muted=True))
    _until_attached(mix, 1)
    tone.play()
    seen = mix._mixer.number
    wait_for(lambda: mix._mixer.number > seen + 9600, 20)
    assert mix.status.peak_db < -60
    assert mix.status.silent_s == 0
    mix.follow(_plan({"mic": tone.source()}))
    tone.play()
    wait_for(lambda: mix.status.peak_db > -10, 20)


def test_a_fault_does_not_silence_the_show(mix: MixThread, epoch_ns: int, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(AacEncoder):
        def encode(self, samples: object, first_sample_number: int) -> list[Packet]:
            raise RuntimeError("a bug")

    heard = Heard("one")
    with caplog.at_level(logging.ERROR):
        mix.follow(_plan({}, [(heard, Broken(128, epoch_ns))]))
        wait_for(lambda: mix._faults.count >= 2, 20)
        mix.follow(_plan({}, [(heard, AacEncoder(128, epoch_ns))]))
        wait_for(lambda: len(heard.packets) >= 2, 20)
    assert "the mix failed" in caplog.text


def _until_attached(mix: MixThread, count: int) -> None:
    wait_for(lambda: len(mix._heard) == count, 20)
