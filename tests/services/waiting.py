"""Waiting for something to become true, on the project's own clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from studio.media.clock import SystemClock

T = TypeVar("T")

_LOOK_EVERY_NS = 20_000_000


def wait_for(predicate: Callable[[], T | None], timeout: float = 15.0, what: str = "") -> T:
    """What `predicate` answers, as soon as that is true. Raises AssertionError after `timeout` seconds."""
    clock, never = SystemClock(), threading.Event()
    due_ns = clock.now_ns() + int(timeout * 1e9)
    while True:
        answer = predicate()
        if answer:
            return answer
        if clock.now_ns() >= due_ns:
            raise AssertionError(f"waited {timeout} s for {what or predicate}")
        clock.wait_until(clock.now_ns() + _LOOK_EVERY_NS, never)
