"""A clock that only moves when somebody waits: an hour of show takes a moment."""

from __future__ import annotations

import threading
from collections.abc import Callable

START_NS = 10**15  # far from any real clock, so that one mixed in by mistake stands out


class ManualClock:
    """Waiting moves it to the time waited for. `on_wait` is called before, with that time."""

    def __init__(self, on_wait: Callable[[int], None] = lambda _: None) -> None:
        self.on_wait = on_wait
        self._now_ns = START_NS

    def now_ns(self) -> int:
        return self._now_ns

    def pass_s(self, seconds: float) -> None:
        self._now_ns += round(seconds * 1e9)

    def wait_until(self, due_ns: int, stop: threading.Event) -> bool:
        if stop.is_set():
            return True
        self.on_wait(due_ns)
        self._now_ns = max(self._now_ns, due_ns)
        return stop.is_set()
