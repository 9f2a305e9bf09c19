from __future__ import annotations

import numpy as np
import pytest

from studio.engine.meter import Clipping, Ear, Meter
from studio.media.sound import SAMPLE_RATE, Samples

PORTION = SAMPLE_RATE // 50


def test_a_peak_is_told_in_dbfs_and_falls_20_db_in_1700_ms() -> None:
    meter = Meter()
    meter.follow(0.5, 480, muted=False)
    assert meter.peak_db == pytest.approx(-6.02, abs=0.01)
    for _ in range(170):
        meter.follow(0.0, 480, muted=False)
    assert meter.peak_db == pytest.approx(-26.02, abs=0.01)
    for _ in range(2000):
        meter.follow(0.0, 480, muted=False)
    assert meter.peak_db == -100.0


def test_silence_is_counted_below_60_db_and_not_while_muted() -> None:
    meter = Meter()
    for _ in range(100):
        meter.follow(0.0009, 480, muted=False)
    assert meter.silent_s == pytest.approx(1.0)
    meter.follow(0.0009, 480, muted=True)
    assert meter.silent_s == 0.0
    meter.follow(0.0009, 480, muted=False)
    assert meter.silent_s == pytest.approx(0.01)
    meter.follow(0.0011, 480, muted=False)
    assert meter.silent_s == 0.0


def _cut_off(clipping: Clipping, portions: int, *, every: int) -> None:
    for number in range(portions):
        clipping.follow(40 if number % every == 0 else 0, PORTION)


def test_sound_that_is_cut_off_again_and_again_is_told_and_for_five_seconds_more() -> None:
    clipping = Clipping()
    _cut_off(clipping, 41, every=20)
    assert clipping.on
    for _ in range(5 * 50 - 1):
        clipping.follow(0, PORTION)
    assert clipping.on
    for _ in range(2 * 50):
        clipping.follow(0, PORTION)
    assert not clipping.on


def test_a_single_bang_or_a_few_far_apart_are_no_fault() -> None:
    clipping = Clipping()
    _cut_off(clipping, 500, every=60)
    assert not clipping.on


def test_a_sample_at_full_scale_is_no_flat_top() -> None:
    clipping = Clipping()
    for _ in range(100):
        clipping.follow(2, PORTION)
    assert not clipping.on


def _tone(level: float) -> Samples:
    wave = np.clip(level * np.sin(np.arange(PORTION) * 0.05), -0.99997, 0.99997)
    return np.repeat(wave.astype(np.float32).reshape(-1, 1), 2, axis=1)


def test_an_ear_counts_silence_also_when_nothing_comes_at_all() -> None:
    ear = Ear()
    for _ in range(25):
        ear.follow(PORTION)
    assert ear.level("mic").silent_s == pytest.approx(0.5)
    assert not ear.level("mic").heard
    ear.hear(_tone(0.5))
    ear.follow(PORTION)
    level = ear.level("mic")
    assert (level.silent_s, level.heard, level.clipping) == (0.0, True, False)
    assert level.peak_db == pytest.approx(-6.02, abs=0.01)


def test_an_ear_hears_what_its_converter_cuts_off_and_forgets_when_told() -> None:
    ear = Ear()
    for _ in range(3):
        ear.hear(_tone(3.0))
        ear.follow(PORTION)
    assert ear.level("mic").clipping
    ear.reset()
    assert not ear.level("mic").clipping
    assert ear.level("mic").heard
