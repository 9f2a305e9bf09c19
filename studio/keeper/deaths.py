"""Reports of those that died, written once their successors had their time to start."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

from studio.media.clock import Clock
from studio.workspace.crashes import CrashDesk, Death
from studio.workspace.paths import Workspace

REPORTED_NS = 5_000_000_000  # a report costs a core for a while, just when the next process loads its libraries
_WRITTEN_S = 2.0


class Deaths:
    """The deaths of one child after the other. Owned by the keeper's thread."""

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self._desk, self._clock = CrashDesk(workspace, clock), clock
        self._waiting: deque[tuple[int, Death]] = deque()  # each with its time

    def note(self, death: Death) -> None:
        """Have it reported some seconds from now."""
        self._waiting.append((self._clock.now_ns() + REPORTED_NS, death))

    def look(self) -> None:
        """Report what is due."""
        while self._waiting and self._waiting[0][0] <= self._clock.now_ns():
            self._desk.note(self._waiting.popleft()[1])

    def tell(self) -> None:
        """Report all that waits, due or not."""
        while self._waiting:
            self._desk.note(self._waiting.popleft()[1])


def tell_all(children: Iterable[Deaths]) -> None:
    """Report all that waits, and wait until it is written, within reason: the process is about to end."""
    for deaths in children:
        deaths.tell()
    for thread in threading.enumerate():
        if thread.name == "crash":  # so its desk calls it
            thread.join(_WRITTEN_S)
