"""The only module that reads a clock; everyone else is handed one."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Time on air, in monotonic nanoseconds."""

    def now_ns(self) -> int: ...

    def wait_until(self, due_ns: int, stop: threading.Event) -> bool:
        """Wait for `due_ns`; True as soon as `stop` is set."""
        ...


class SystemClock:
    """The computer's monotonic clock; its stamps compare across processes of one boot.

    `perf_counter_ns`, because before Python 3.13 `monotonic` steps 15.6 ms on Windows, and lock waits follow it
    there: hence the wait in slices of plain sleep.
    """

    _SLICE_NS = 20_000_000

    def now_ns(self) -> int:
        return time.perf_counter_ns()

    def wait_until(self, due_ns: int, stop: threading.Event) -> bool:
        while not stop.is_set():
            left_ns = due_ns - self.now_ns()
            if left_ns <= 0:
                return False
            time.sleep(min(left_ns, self._SLICE_NS) / 1e9)  # noqa: TID251 - this module is the clock
        return True


def utc_now() -> datetime:
    """Wall time, for the log only: an NTP step must not bend the show."""
    return datetime.now(UTC)  # noqa: TID251 - this module is the clock
