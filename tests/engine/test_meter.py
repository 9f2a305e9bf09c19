from __future__ import annotations

import pytest

from studio.engine.meter import Meter


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
