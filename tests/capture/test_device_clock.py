from __future__ import annotations

import numpy as np
import pytest

from studio.capture.device_clock import DeviceClock

START_NS = 10**15


def errors_ms(ppm: float, seconds: float, *, rate: int = 48_000, leap_at_s: float = 1e9) -> list[float]:
    """How far each stamp lies from the truth, for a device with jitter of ±4 ms and now and then a wild stamp."""
    random = np.random.default_rng(7)
    clock, errors = DeviceClock(rate), []
    for block in range(round(seconds * 100)):
        position = block * rate // 100
        true_ns = START_NS + position / (rate * (1 + ppm * 1e-6)) * 1e9 + (120e6 if block / 100 >= leap_at_s else 0)
        raw_ns = true_ns + random.uniform(-4e6, 4e6) - (16e6 if random.random() < 0.1 else 0)
        errors.append((clock.stamp(position, round(raw_ns)) - true_ns) / 1e6)
    return errors


@pytest.mark.parametrize("ppm", [0.0, 200.0, -200.0])
def test_jitter_goes_and_drift_stays(ppm: float) -> None:
    errors = errors_ms(ppm, 60.0)
    assert np.abs(errors[1000:]).max() < 1.5
    # The raw stamps jump by up to 8 ms from block to block.
    assert np.abs(np.diff(errors[1000:])).max() < 0.5


def test_a_latency_that_changes_is_followed_within_a_second() -> None:
    errors = errors_ms(100.0, 20.0, leap_at_s=12.0)
    assert np.abs(errors[1100:1200]).max() < 1.5
    assert np.abs(errors[1300:]).max() < 3.0


def test_exact_stamps_stay_exact() -> None:
    clock = DeviceClock(44_100)
    for block in range(3000):
        stamp_ns = START_NS + block * 10_000_000
        assert abs(clock.stamp(block * 441, stamp_ns) - stamp_ns) <= 1000
