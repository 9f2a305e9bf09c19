"""What every benchmark stands on: a folder, a clock, how long to measure, and a voice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from studio.media.clock import Clock

_LOOK_NS = 5_000_000


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long and how often everything is measured."""

    warm_s: float = 3.0  # after going on air, before anything counts
    round_s: float = 30.0
    rounds_one: int = 3
    rounds_three: int = 2
    rounds_slow: int = 1
    steady_s: float = 60.0
    changes: int = 20
    age_s: float = 30.0
    starts: int = 5
    sound_shows: int = 3
    sound_s: float = 12.0
    colour_s: float = 6.0
    memory_s: float = 600.0


QUICK = Lengths(
    warm_s=2.0,
    round_s=8.0,
    rounds_one=1,
    rounds_three=1,
    steady_s=10.0,
    age_s=8.0,
    starts=2,
    sound_shows=1,
    sound_s=6.0,
    colour_s=3.0,
    memory_s=15.0,
)


@dataclass(frozen=True, slots=True)
class Ground:
    """Given to each benchmark. `folder` is its own to fill; `say` tells the person what is being done."""

    folder: Path
    clock: Clock
    lengths: Lengths
    say: Callable[[str], None]

    def wait(self, seconds: float) -> None:
        """Let the time go by. A Ctrl-C ends it."""
        self.clock.wait_until(self.clock.now_ns() + round(seconds * 1e9), threading.Event())

    def wait_for(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Until it holds. False: it did not, in time."""
        deadline_ns = self.clock.now_ns() + round(seconds * 1e9)
        while not holds():
            if self.clock.now_ns() > deadline_ns:
                return False
            self.clock.wait_until(self.clock.now_ns() + _LOOK_NS, threading.Event())
        return True

    def place(self, name: str) -> Path:
        """A new folder of that name."""
        number = 1
        while (folder := self.folder / f"{name}-{number}").exists():
            number += 1
        folder.mkdir(parents=True)
        return folder
