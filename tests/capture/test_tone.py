from __future__ import annotations

import threading
from itertools import pairwise

import numpy as np
import pytest

from studio.capture.tone import run_tone, tone_block
from studio.media.sound import Samples


class SteppedClock:
    """Waiting moves it, by a little more than asked; `stop` is set once the time is over."""

    def __init__(self, start_ns: int, until_ns: int) -> None:
        self.now, self._until = start_ns, until_ns

    def now_ns(self) -> int:
        return self.now

    def wait_until(self, due_ns: int, stop: threading.Event) -> bool:
        self.now = max(self.now, due_ns) + 300_000
        if self.now >= self._until:
            stop.set()
        return stop.is_set()


Written = list[tuple[Samples, int, int, int]]


def written(clock: SteppedClock, stall_ns: int = 0) -> Written:
    blocks: Written = []

    def write(samples: Samples, rate: int, stamp_ns: int) -> None:
        blocks.append((samples, rate, stamp_ns, clock.now))
        if len(blocks) == 3:
            clock.now += stall_ns

    names: list[str] = []
    run_tone(0, write, threading.Event(), clock, names.append)
    assert names == ["440 Hz tone"]
    return blocks


def test_it_is_440_hz_at_minus_20_dbfs_without_a_seam() -> None:
    blocks = written(SteppedClock(10**15, 10**15 + 10**9))
    sound = np.concatenate([samples for samples, *_ in blocks])
    at_s = blocks[0][2] / 1e9 + np.arange(len(sound)) / 48_000
    assert sound.shape[1] == 2
    assert np.abs(sound[:, 0] - 0.1 * np.sin(2 * np.pi * 440 * (at_s % 1))).max() < 1e-5
    assert 20 * np.log10(np.abs(sound).max()) == pytest.approx(-20.0, abs=0.01)


def test_it_is_the_same_at_the_same_time() -> None:
    early, late = (
        written(SteppedClock(10**15, 10**15 + 10**9)),
        written(SteppedClock(10**15 + 123456789, 10**15 + 10**9)),
    )
    by_stamp = {stamp_ns: samples for samples, _, stamp_ns, _ in early}
    assert len(late) > 80
    assert all(np.array_equal(by_stamp[stamp_ns], samples) for samples, _, stamp_ns, _ in late)
    assert np.array_equal(tone_block(3), tone_block(8))


def test_each_block_is_written_once_it_is_over_and_stamps_run_on() -> None:
    blocks = written(SteppedClock(10**15 + 5, 10**15 + 10**9))
    stamps = [stamp_ns for _, _, stamp_ns, _ in blocks]
    assert stamps == list(range(stamps[0], stamps[0] + len(stamps) * 10_000_000, 10_000_000))
    assert all(0 <= now_ns - stamp_ns - 10_000_000 < 1_000_000 for _, _, stamp_ns, now_ns in blocks)


def test_a_short_stall_is_made_up_and_a_long_one_left_out() -> None:
    short = written(SteppedClock(10**15, 10**15 + 2 * 10**9), stall_ns=500_000_000)
    assert {b[2] - a[2] for a, b in pairwise(short)} == {10_000_000}
    long = written(SteppedClock(10**15, 10**15 + 20 * 10**9), stall_ns=10 * 10**9)
    assert sorted({b[2] - a[2] for a, b in pairwise(long)})[-1] > 8 * 10**9
