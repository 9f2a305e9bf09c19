"""How a feed keeps its pace."""

from __future__ import annotations

import pytest

from studio.engine.pace import Pace, percentile
from tests.engine.feed_bench import picture

S = 1_000_000_000


@pytest.mark.parametrize(
    ("values", "share", "found"),
    [([], 0.95, 0.0), ([7.0], 0.95, 7.0), ([3.0, 1.0, 2.0], 0.5, 2.0), ([1.0] * 19 + [9.0], 0.95, 9.0)],
)
def test_percentiles(values: list[float], share: float, found: float) -> None:
    assert percentile(values, share) == found


def test_a_new_feed_has_done_nothing() -> None:
    pace = Pace()
    assert (pace.frames, pace.skipped, pace.fps, pace.kbps, pace.tick_ms_p95, pace.encode_ms_p95) == (0,) * 6


def test_frames_and_skipped_ticks_are_counted() -> None:
    pace = Pace()
    for number in range(90):
        pace.tick(number * S // 30, number * S // 30 + 20_000_000)
        pace.frame(15_000_000)
    pace.skip(3)
    pace.skip(1)
    assert (pace.frames, pace.skipped) == (90, 4)
    assert pace.fps == pytest.approx(30)
    assert pace.tick_ms_p95 == 20
    assert pace.encode_ms_p95 == 15


def test_the_newest_ticks_can_be_told_apart() -> None:
    pace = Pace()
    for number in range(120):
        pace.tick(number * S, number * S + (50_000_000 if number < 60 else 5_000_000))
    assert pace.tick_ms_p95_of(60) == 5
    assert pace.tick_ms_p95_of(120) == 50
    assert Pace().tick_ms_p95_of(60) == 0.0


def test_a_tick_without_an_encoder_is_no_frame() -> None:
    pace = Pace()
    pace.tick(0, 20_000_000)
    pace.tick(S, S + 20_000_000)
    assert (pace.frames, pace.fps, pace.tick_ms_p95, pace.encode_ms_p95) == (0, 1, 20, 0)


def test_the_rate_is_that_of_the_last_frames() -> None:
    pace = Pace()
    for number in range(100):
        pace.tick(number * S, number * S)
    for number in range(60):
        pace.tick(200 * S + number * S // 60, 200 * S)
    assert pace.fps == pytest.approx(60)


def test_kilobits_are_those_of_the_time_between_the_packets() -> None:
    pace = Pace()
    for number in range(31):
        pace.packet(picture(number * S // 30))
    assert pace.kbps == round(len(b"picture") * 30 * 8 / 1000)


@pytest.mark.parametrize("stamps", [[5], [5, 5]])
def test_no_time_has_no_rate(stamps: list[int]) -> None:
    pace = Pace()
    for at in stamps:
        pace.packet(picture(at))
        pace.tick(at, at)
    assert (pace.fps, pace.kbps) == (0.0, 0)


def test_a_restart_forgets_everything() -> None:
    pace = Pace()
    pace.tick(0, S)
    pace.frame(S)
    pace.skip(2)
    pace.packet(picture(0))
    pace.restart()
    assert (pace.frames, pace.skipped, pace.tick_ms_p95) == (0, 0, 0.0)
