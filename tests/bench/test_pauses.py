from __future__ import annotations

import threading

import pytest

from studio.bench import pauses
from studio.bench.pauses import Pauses, Taken


class _LateClock:
    """Comes back from each wait as late as it is told, then ends."""

    def __init__(self, late_ms: list[float]) -> None:
        self._now_ns, self._late_ms = 0, late_ms

    def now_ns(self) -> int:
        return self._now_ns

    def wait_until(self, due_ns: int, stop: threading.Event) -> bool:
        if not self._late_ms:
            return True
        self._now_ns = due_ns + round(self._late_ms.pop(0) * 1e6)
        return stop.is_set()


def test_only_what_came_late_by_more_than_a_frame_is_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "processors", lambda: (0,))
    monkeypatch.setattr(pauses, "stay_on", lambda _: True)
    watch = Pauses(_LateClock([0.1, 33.0, 34.0, 0.0, 161.0]))
    with watch:
        for thread in watch._threads:  # each ends by itself here
            thread.join(5)
    assert watch.taken == Taken(1, 2, 161.0)
    assert watch.taken.words == "the host paused a processor 2 times for over 33 ms, longest 161 ms"


def test_where_it_cannot_watch_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "processors", lambda: (0,))
    monkeypatch.setattr(pauses, "stay_on", lambda _: False)
    with Pauses(_LateClock([])) as watch:
        pass
    assert watch.taken == Taken(0, 0, 0.0)
    assert "unknown" in watch.taken.words
