"""The engine's heart: tells the keeper that feeds and control loop turn, and the loop that the computer has slept."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from studio.engine.feed import FeedThread
from studio.media.clock import Clock
from studio.media.sleep import SleepWatch
from studio.show.beat import BeatWriter
from studio.system import asleep_ns

_BEAT_NS = 200_000_000
# The control loop turns twenty times a second; but it may close a show, which takes seconds, and a cold disk takes
# its time with fonts. Without it pictures go out, and nobody can end them.
TURN_NS = 30_000_000_000


class Heart:
    """Runs on the thread `heart`, apart from the control loop, which may be busy while pictures go out."""

    def __init__(self, path: Path, clock: Clock, epoch_ns: int, on_wake: Callable[[int], None]) -> None:
        """`on_wake` is called on the heart's thread with how long nobody was awake, in nanoseconds."""
        self._clock, self._epoch_ns, self._on_wake = clock, epoch_ns, on_wake
        self._writer = BeatWriter(path, os.getpid())
        self._feeds: tuple[tuple[FeedThread, int], ...] = ()  # each since when
        self._turned_ns = clock.now_ns()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="heart", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)
        self._writer.close()

    def follow(self, feeds: Iterable[FeedThread]) -> None:
        """These should tick from now on. On the control thread."""
        now_ns = self._clock.now_ns()
        self._feeds = tuple((feed, now_ns) for feed in feeds)

    def turned(self) -> None:
        """The control loop has made a turn."""
        self._turned_ns = self._clock.now_ns()

    def _run(self) -> None:
        due_ns = self._clock.now_ns()
        watch = SleepWatch(due_ns, asleep_ns())
        while not self._clock.wait_until(due_ns, self._stop):
            now_ns = self._clock.now_ns()
            due_ns = now_ns + _BEAT_NS
            if gap_ns := watch.look(now_ns, asleep_ns()):
                self._turned_ns = now_ns  # it slept as well
                self._on_wake(gap_ns)
            ticks = [max(since_ns, self._epoch_ns + feed.position_ns) for feed, since_ns in self._feeds]
            if now_ns - self._turned_ns > TURN_NS:
                ticks.append(self._turned_ns)
            self._writer.beat(min(ticks, default=now_ns))
