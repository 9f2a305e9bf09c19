"""A clock that moves only when somebody waits; it starts far from any real one."""

from __future__ import annotations

import threading


class ManualClock:
    """`late_ns`: how much later than asked each wait ends, as on a busy computer."""

    def __init__(self, late_ns: int = 0) -> None:
        self.now, self.late_ns = 10**18, late_ns

    def now_ns(self) -> int:
        return self.now

    def wait_until(self, due_ns: int, stop: threading.Event) -> bool:
        if due_ns > self.now:
            self.now = due_ns + self.late_ns
        return stop.is_set()
