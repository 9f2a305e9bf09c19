"""Faults on a thread that must go on whatever happens: counted, and logged. The log tells them once a second."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


class Faults:
    """Counts the faults of one thread and puts them into the log. For that thread alone; `count` may be read."""

    def __init__(self, what: str) -> None:
        self.count = 0
        self._what = what

    def caught(self, error: Exception) -> None:
        """Note one fault. To be called where it is caught."""
        self.count += 1
        log.error("%s failed", self._what, exc_info=error)
