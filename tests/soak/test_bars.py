from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tests.soak.bars import Watched, judge, middles
from tests.soak.offsets import Window, moments
from tests.soak.plot import Panel, svg
from tests.soak.samples import Sample

_ONE = Sample(
    t=0,
    engine_mb=200,
    keeper_mb=30,
    camera_mb=90,
    voice_mb=60,
    command_mb=50,
    engine_pid=11,
    keeper_pid=12,
    camera_pid=13,
    voice_pid=14,
    command_pid=15,
    handles=80,
    threads=40,
    frames=0,
    skipped=0,
    live=2,
    dropped=0,
    reconnects=0,
    parts=1,
    queued_ms=12,
    drift_ms=0.1,
    tick_ms_p95=9.0,
)
_GOOD = (3.0, -12.0, 1.0, 0.0)


def _hour(**grown: float) -> list[Sample]:
    """An hour in which some numbers grow evenly to so much more."""
    return [
        replace(_ONE, t=at * 10, **{name: getattr(_ONE, name) + more * at / 360 for name, more in grown.items()})
        for at in range(361)
    ]


def _late(samples: list[Sample], **changed: float) -> list[Sample]:
    """The same, but different from the middle on."""
    half = len(samples) // 2
    return samples[:half] + [replace(one, **changed) for one in samples[half:]]  # type: ignore[arg-type]


def _missed(
    samples: list[Sample], offsets: Sequence[float] = _GOOD, index_mb: float | None = None, away: int = 0
) -> set[str]:
    windows = [Window(at_s, offsets) for at_s in moments(3600)]
    soak = Watched(samples, 3600, windows, len(windows), index_mb, away)
    return {one.name for one in judge(soak, "superfast") if one.ok is False}


def test_a_level_hour_reaches_every_bar() -> None:
    assert _missed(_hour()) == set()


@pytest.mark.parametrize("role", ["engine", "keeper", "camera", "voice", "command"])
def test_growth_is_seen_in_each_process_by_itself(role: str) -> None:
    """Five percent of all of them together would not show that the smallest has doubled."""
    assert _missed(_hour(**{f"{role}_mb": 20})) == {f"soak.rss.{role}"}


def test_the_engine_alone_is_allowed_the_index_that_was_measured() -> None:
    assert _missed(_hour(engine_mb=20), index_mb=12) == set()
    assert _missed(_hour(engine_mb=40), index_mb=12) == {"soak.rss.engine"}
    assert _missed(_hour(keeper_mb=20), index_mb=12) == {"soak.rss.keeper"}


def test_growth_is_measured_between_the_middles_of_two_tenths() -> None:
    assert middles(_hour()) == (745.0, 3455.0)


def test_leaks_of_handles_and_threads_are_seen() -> None:
    assert _missed(_hour(handles=30, threads=9)) == {"soak.handles", "soak.threads"}


def test_sound_that_wandered_is_seen_on_either_side() -> None:
    assert _missed(_hour(), offsets=(1, 2, 3, -41)) == {"soak.av"}


@pytest.mark.parametrize("pairs", [0, 3])
def test_windows_with_too_few_pairs_are_no_pass(pairs: int) -> None:
    assert _missed(_hour(), offsets=(1.0,) * pairs) == {"soak.windows"}


def test_a_recording_that_lacks_windows_is_no_pass() -> None:
    windows = [Window(at_s, _GOOD) for at_s in moments(3600)]
    found = judge(Watched(_hour(), 3600, windows[:-1], len(windows)), "superfast")
    assert {one.name for one in found if one.ok is False} == {"soak.windows"}


def test_skipped_dropped_and_reconnects_are_seen() -> None:
    counted = {"skipped": 2, "dropped": 1, "reconnects": 1}
    assert _missed(_late(_hour(), **counted)) == {"soak.skipped", "soak.dropped", "soak.reconnects"}


def test_what_an_engine_counted_before_it_was_replaced_still_counts() -> None:
    hour = _late(_hour(skipped=8), engine_pid=21, skipped=0)
    assert _missed(hour) == {"soak.skipped", "soak.pids"}


def test_a_worker_that_was_replaced_is_seen() -> None:
    assert _missed(_late(_hour(), camera_pid=33)) == {"soak.pids"}


def test_a_second_part_and_a_missing_recording_are_seen() -> None:
    assert _missed(_late(_hour(), parts=2)) == {"soak.parts"}
    assert _missed(_late(_hour(), parts=0)) == {"soak.parts"}


def test_a_destination_that_was_away_is_seen() -> None:
    assert _missed(_late(_hour(), live=1)) == {"soak.live"}


def test_a_show_that_ended_early_or_was_away_is_no_pass() -> None:
    assert "soak.minutes" in _missed(_hour()[:300])
    assert _missed(_hour(), away=1) == {"soak.minutes"}


def test_a_process_that_was_not_there_is_not_measured() -> None:
    windows = [Window(at_s, _GOOD) for at_s in moments(3600)]
    hour = [replace(one, voice_mb=0) for one in _hour()]
    found = judge(Watched(hour, 3600, windows, len(windows)), "superfast")
    assert [one.name for one in found if one.value is None] == ["soak.rss.voice"]


def test_one_window_a_minute_and_more_in_a_short_recording() -> None:
    assert len(moments(3600)) == 60
    assert moments(45) == [5, 15, 25, 35]
    assert moments(8) == []


def test_the_plot_draws_every_line_and_every_bar() -> None:
    lines = {"RSS": Panel({"engine": [(0, 1), (60, 2)], "keeper": []}, [5]), "level": Panel({"": [(0, 5)]})}
    drawn = ElementTree.fromstring(svg("A <show>", lines))
    assert len(drawn.findall("{http://www.w3.org/2000/svg}polyline")) == 3
    assert len(drawn.findall("{http://www.w3.org/2000/svg}line")) == 1
