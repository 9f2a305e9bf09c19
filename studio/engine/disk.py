"""How long the disk has room for the recordings: looked up on a thread of its own, for a dead drive never answers."""

from __future__ import annotations

import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from studio.media.clock import Clock

WARN_S = 600.0  # less room than that is told
FLOOR_BYTES = 500_000_000  # left to the databases and to the rest of the computer,
_FLOOR_PART = 20  # but no more than a twentieth of a small disk
_LOOK_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Room:
    """What a disk has, in bytes."""

    free: int
    total: int

    @property
    def floor(self) -> int:
        """What recordings leave free."""
        return min(FLOOR_BYTES, self.total // _FLOOR_PART)

    def left_s(self, bytes_per_s: float) -> float:
        """For how long something that grows so fast may go on, in seconds; 0.0: not any more."""
        return max(0, self.free - self.floor) / max(bytes_per_s, 1.0)


class DiskWatch:
    """Looks at a folder's disk each second, on the thread `disk`, until it is stopped."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder, self._clock = folder, clock
        self.room: Room | None = None  # as last seen; None: nobody knows
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="disk", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Look no more. Does not wait: a look may hang for ever."""
        self._stop.set()

    def _run(self) -> None:
        due_ns = self._clock.now_ns()
        while not self._clock.wait_until(due_ns, self._stop):
            due_ns = self._clock.now_ns() + _LOOK_NS
            try:
                usage = shutil.disk_usage(self._folder)
            except OSError:  # not made yet, or gone: whoever writes there has the words for it
                self.room = None
            else:
                self.room = Room(usage.free, usage.total)
