from __future__ import annotations

import pytest

from studio.outputs.meters import AgeHistogram, RateMeter

S = 1_000_000_000


def test_the_rate_is_that_of_the_last_two_seconds() -> None:
    meter = RateMeter()
    for tenth in range(100):
        meter.add(125 if tenth < 50 else 1250, tenth * S // 10)
    assert meter.kbps(99 * S // 10) == pytest.approx(100, rel=0.06)


def test_the_last_second_is_told_apart() -> None:
    meter = RateMeter()
    for tenth in range(1, 41):
        meter.add(125_000 if tenth <= 30 else 12_500, tenth * S // 10)
    assert meter.last_second_kbps(4 * S + 1) == 1000
    assert meter.last_second_kbps(6 * S) == 0


def test_silence_brings_the_rate_to_nought() -> None:
    meter = RateMeter()
    meter.add(10_000, 0)
    assert meter.kbps(3 * S) == 0


def test_the_first_burst_is_no_rate_yet() -> None:
    meter = RateMeter()
    meter.add(125_000, 0)
    assert meter.kbps(0) == 1000


def test_a_percentile_is_within_a_millisecond() -> None:
    ages = AgeHistogram()
    for age_ms in range(100):
        ages.add(age_ms * 1_000_000)
    assert ages.percentile(0.95) == pytest.approx(95, abs=1)
    assert ages.percentile(1.0) == pytest.approx(100, abs=1)
    assert ages.newest_ms == 99


def test_ages_out_of_range_count_at_its_ends() -> None:
    ages = AgeHistogram()
    ages.add(-5)
    ages.add(10**12)
    assert ages.count == 2
    assert ages.percentile(0.5) == 1
    assert ages.percentile(1) == 5001


def test_without_ages_there_is_no_percentile() -> None:
    assert AgeHistogram().percentile(0.95) == 0
