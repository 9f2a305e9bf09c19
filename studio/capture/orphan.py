"""A source's process outlives its keeper, but not keeper and engine both."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

from studio.media.clock import Clock
from studio.system.locks import is_held
from studio.workspace.paths import Workspace

_LOOK_NS = 2_000_000_000
_ALONE_NS = 15_000_000_000
_CLOSE_NS = 1_000_000_000


class OrphanWatch:
    """Ends the process when nobody has held the keeper's or the engine's lock for a while.

    A thread of its own, so that it also ends a process whose driver hangs.
    """

    def __init__(self, workspace: Workspace, clock: Clock, end: Callable[[int], None] = os._exit) -> None:
        self._locks = [workspace.lock("keeper"), workspace.lock("engine")]
        self._clock, self._end = clock, end

    def start(self, stop: threading.Event) -> None:
        threading.Thread(target=self.run, args=(stop,), name="orphan-watch", daemon=True).start()

    def run(self, stop: threading.Event) -> None:
        seen_ns = self._clock.now_ns()
        while not self._clock.wait_until(self._clock.now_ns() + _LOOK_NS, stop):
            if any(is_held(lock) for lock in self._locks):
                seen_ns = self._clock.now_ns()
            elif self._clock.now_ns() - seen_ns >= _ALONE_NS:
                stop.set()
                self._clock.wait_until(self._clock.now_ns() + _CLOSE_NS, threading.Event())
                self._end(0)
