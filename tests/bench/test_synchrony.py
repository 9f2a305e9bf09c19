from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from studio.bench.synchrony import beep_times, pair_ms

RATE = 48_000


def _beeps(*at_s: float) -> NDArray[np.float32]:
    samples = np.zeros(4 * RATE, np.float32)
    wave = 0.5 * np.sin(2 * np.pi * 1000 / RATE * np.arange(RATE // 10))
    for start in at_s:
        first = round(start * RATE)
        samples[first : first + len(wave)] = wave
    return samples


def test_beeps_are_found_to_a_fraction_of_a_millisecond() -> None:
    assert beep_times(_beeps(1.0, 2.0, 3.0), 0.5, RATE) == pytest.approx([1.5, 2.5, 3.5], abs=2e-4)


def test_a_beep_that_was_cut_at_the_beginning_does_not_count() -> None:
    assert beep_times(_beeps(0.0, 1.0), 0.0, RATE) == pytest.approx([1.0], abs=2e-4)


def test_silence_holds_no_beep() -> None:
    assert beep_times(np.zeros(RATE, np.float32), 0.0, RATE) == []
    assert beep_times(np.empty(0, np.float32), 0.0, RATE) == []


def test_a_flash_is_paired_with_the_nearest_beep() -> None:
    assert pair_ms([1.0, 2.0, 3.0], [1.012, 1.991, 3.9]) == pytest.approx([12.0, -9.0])
