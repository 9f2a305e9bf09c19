"""Faults on a thread that must go on whatever happens: logged at once, then once a second with a count."""

from __future__ import annotations

import logging

from studio.media.clock import Clock

log = logging.getLogger(__name__)

_EVERY_NS = 1_000_000_000


class Faults:
    """Counts the faults of one thread and puts them into the log. For that thread alone; `count` may be read."""

    def __init__(self, what: str, clock: Clock) -> None:
        self.count = 0
        self._what, self._clock = what, clock
        self._said = 0
        self._said_ns: int | None = None

    def caught(self, error: Exception) -> None:
        """Note one fault. To be called where it is caught."""
        self.count += 1
        now = self._clock.now_ns()
        if self._said_ns is not None and now - self._said_ns < _EVERY_NS:
            return
        log.error("%s failed (%d since the last such line)", self._what, self.count - self._said, exc_info=error)
        self._said, self._said_ns = self.count, now
