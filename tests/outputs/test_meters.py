from __future__ import annotations

import pytest

from studio.outputs.meters import AgeHistogram, RateMeter

S = 1_000_000_000


def test_the_rate_is_that_of_the_last_two_seconds() -> None:
    meter = RateMeter()
    for tenth in range(100):
        meter.add(125 if tenth < 50 else 1250, tenth * S // 10)
    assert meter.kbps(99 * S // 10) == pytest.approx(100, rel=0.06)


def test_what_is_taken_now_is_told_apart() -> None:
    """A line becomes thin: what fills the kernel at first is no rate of the line's; nor is a burst later."""
    meter = RateMeter()
    for tenth in range(1, 41):
        meter.add(125_000 if tenth <= 34 else 12_500, tenth * S // 10)
    assert meter.taking_kbps(4 * S) == 1000
    for tenth in range(41, 51):
        meter.add(62_500 if tenth == 49 else 6_250, tenth * S // 10)
    assert meter.taking_kbps(5 * S) == pytest.approx(950)


def test_large_portions_make_no_other_rate() -> None:
    """At 150 kb/s a kernel takes 16 KiB at a time: once in 0.87 s."""
    meter = RateMeter()
    every_ns = 16_384 * 8 * S // 150_000
    found = set()
    for now_ns in range(0, 10 * S, S // 20):
        while len(meter._sent) == 0 or meter._sent[-1][0] + every_ns <= now_ns:
            meter.add(16_384, meter._sent[-1][0] + every_ns if meter._sent else 0)
        if now_ns > 3 * S:
            found.add(meter.taking_kbps(now_ns))
    assert min(found) == 0, "between two portions, when it might as well be cut"
    assert all(100 <= one <= 151 for one in found - {0})


def test_a_line_that_is_cut_has_no_rate() -> None:
    meter = RateMeter()
    for tenth in range(1, 41):
        meter.add(12_500, tenth * S // 10)
    assert meter.taking_kbps(4 * S) == 1000
    assert meter.taking_kbps(4 * S + 399_000_000) > 0
    assert meter.taking_kbps(4 * S + 400_000_000) == 0


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
