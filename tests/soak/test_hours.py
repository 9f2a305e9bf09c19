from __future__ import annotations

from dataclasses import replace

from tests.soak.hours import judge
from tests.soak.offsets import Window, moments
from tests.soak.virtual import Found, Moment

_ONE = Moment(
    t=0, rss_mb=150, handles=25, threads=16, ticks=0, frames=0, queued_ms=0, dropped=0, drift_ms=0.4, real_s=0
)
_GOOD = (-8.0, -7.5, -8.2, -7.9)
_HOUR_S = 3600


def _hour(**grown: float) -> Found:
    """An hour that is well, but for some numbers that grow evenly to so much more."""
    looked = [
        replace(_ONE, t=at * 60.0, **{name: getattr(_ONE, name) + more * at / 60 for name, more in grown.items()})
        for at in range(1, 61)
    ]
    windows = [Window(one.t, _GOOD) for one in looked[:-1]]
    return Found(looked, windows, ticks=108_000, frames=[108_000, 108_000], connections=[1, 1], recorded=108_000)


def _missed(found: Found, index_mb: float | None = None, offsets: tuple[float, ...] = _GOOD) -> set[str]:
    recorded = [Window(at_s, offsets) for at_s in moments(_HOUR_S)]
    return {one.name for one in judge(found, recorded, index_mb, _HOUR_S) if one.ok is False}


def test_an_hour_without_fault_reaches_every_bar() -> None:
    assert _missed(_hour()) == set()


def test_growth_is_seen_beyond_the_index_that_was_measured() -> None:
    assert _missed(_hour(rss_mb=20), index_mb=10) == set()
    assert _missed(_hour(rss_mb=20)) == {"virtual.rss"}


def test_leaks_of_handles_and_threads_are_seen() -> None:
    assert _missed(_hour(handles=9, threads=9)) == {"virtual.handles", "virtual.threads"}


def test_each_of_the_three_must_have_every_tick() -> None:
    for lacking in ({"frames": [108_000, 107_999]}, {"frames": [107_999, 108_000]}, {"recorded": 108_001}):
        assert _missed(replace(_hour(), **lacking)) == {"virtual.frames"}


def test_drops_queues_and_reconnects_are_seen() -> None:
    assert _missed(_hour(dropped=1)) == {"virtual.dropped"}
    assert _missed(_hour(queued_ms=40)) == {"virtual.queued"}
    assert _missed(replace(_hour(), connections=[1, 2])) == {"virtual.reconnects"}


def test_sound_that_wandered_is_seen_in_both_places() -> None:
    hour = _hour()
    hour.windows[-1] = Window(0, (0.0, 1.0, 2.0, 41.0))
    assert _missed(hour, offsets=(-41.0, 0, 0, 0)) == {"virtual.av.receiver", "virtual.av.recording"}


def test_windows_without_flash_and_beep_are_no_pass() -> None:
    hour = _hour()
    hour.windows[-1] = Window(0, (0.0, 1.0, 2.0))
    assert _missed(hour, offsets=()) == {"virtual.windows.receiver", "virtual.windows.recording"}


def test_a_run_that_was_stopped_early_says_so() -> None:
    hour = _hour()
    assert "virtual.hours" in _missed(replace(hour, moments=hour.moments[:50]))
