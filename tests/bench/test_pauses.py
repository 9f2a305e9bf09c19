from __future__ import annotations

import sys
import threading

import pytest

from studio.bench import pauses
from studio.bench.pauses import Pauses, Taken, late_ns
from studio.system import processors


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


def test_only_what_came_late_by_more_than_a_frame_is_a_pause() -> None:
    late = late_ns(_LateClock([0.1, 33.0, 34.0, 0.0, 161.0]), threading.Event())
    assert late == [34_000_000, 161_000_000]


def test_it_is_told_in_words() -> None:
    assert Taken(2, 2, 161.0).words == "the host paused a processor 2 times for over 33 ms, longest 161 ms"
    assert "unknown" in Taken(0, 0, 0.0).words


def test_where_it_cannot_watch_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "command", lambda *_: [sys.executable, "-c", "raise SystemExit(1)"])
    with Pauses() as watch:
        pass
    assert watch.taken == Taken(0, 0, 0.0)


def test_each_processor_is_watched_by_a_process_of_its_own() -> None:
    with Pauses() as watch:
        pass
    assert watch.taken.processors in {0, len(processors())}  # 0: without the right to real-time priority
