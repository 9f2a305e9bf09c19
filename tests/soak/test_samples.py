from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

from tests.soak.plot import svg
from tests.soak.samples import Sample, judge

_ONE = Sample(10, 200, 30, 100, 50, 80, 40, 0, 0, 12, 0.1, 9.0)


def _hour(**grown: float) -> list[Sample]:
    """An hour in which some numbers grow evenly to so much more."""
    return [
        replace(_ONE, t=at * 10, **{name: getattr(_ONE, name) + more * at / 360 for name, more in grown.items()})
        for at in range(361)
    ]


def _missed(samples: list[Sample], offsets: tuple[float, ...] = (3.0, -12.0), index_mb: float = 0.0) -> set[str]:
    return {one.name for one in judge(samples, offsets, index_mb, "superfast") if one.ok is False}


def test_a_level_hour_reaches_every_bar() -> None:
    assert _missed(_hour()) == set()


def test_growth_is_missed_unless_it_is_the_recordings_index() -> None:
    assert _missed(_hour(engine_mb=40)) == {"soak.rss"}
    assert _missed(_hour(engine_mb=40), index_mb=20) == set()


def test_leaks_of_handles_and_threads_are_seen() -> None:
    assert _missed(_hour(handles=30, threads=9)) == {"soak.handles", "soak.threads"}


def test_sound_that_wandered_is_seen_on_either_side() -> None:
    assert _missed(_hour(), offsets=(1, -41)) == {"soak.av"}


def test_skipped_and_dropped_are_seen() -> None:
    assert _missed(_hour(skipped=2, dropped=1)) == {"soak.skipped", "soak.dropped"}


def test_the_plot_is_a_picture_of_every_line() -> None:
    drawn = ElementTree.fromstring(
        svg("A <show>", {"RSS": {"engine": [(0, 1), (60, 2)], "keeper": []}, "level": {"": [(0, 5)]}})
    )
    assert len(drawn.findall("{http://www.w3.org/2000/svg}polyline")) == 3
