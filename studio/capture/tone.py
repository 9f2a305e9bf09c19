"""A test tone that needs no device: 440 Hz at -20 dBFS."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from studio.media.clock import Clock
from studio.media.sound import CHANNELS, SAMPLE_RATE, Samples

FREQUENCY = 440
LEVEL = 0.1  # -20 dBFS
_BLOCK = SAMPLE_RATE // 100
_BLOCK_NS = 10_000_000
_PERIOD = 5  # 440 Hz makes 22 whole turns in five blocks
_BEHIND = 100  # blocks: after a longer stall the tone goes on from now


def tone_block(index: int) -> Samples:
    """The 10 ms of tone that begin `index` * 10 ms after the clock's zero, float32 (480, 2): always the same."""
    at = np.arange(_BLOCK) + index % _PERIOD * _BLOCK
    wave = LEVEL * np.sin(2 * np.pi * FREQUENCY / SAMPLE_RATE * at)
    return np.repeat(wave.astype(np.float32).reshape(-1, 1), CHANNELS, axis=1)


def run_tone(
    _device: int | str,
    write: Callable[[Samples, int, int], None],
    stop: threading.Event,
    clock: Clock,
    on_open: Callable[[str], None],
) -> None:
    """Write the tone in blocks of 10 ms, each when it has been "heard", until `stop` is set.

    `write` is given the samples, their rate and the stamp of the first.
    """
    blocks = [tone_block(index) for index in range(_PERIOD)]
    on_open(f"{FREQUENCY} Hz tone")
    index = clock.now_ns() // _BLOCK_NS
    while not clock.wait_until((index + 1) * _BLOCK_NS, stop):
        index = max(index, clock.now_ns() // _BLOCK_NS - _BEHIND)
        write(blocks[index % _PERIOD], SAMPLE_RATE, index * _BLOCK_NS)
        index += 1
