"""The work of a source's process: open, read, convert, announce; lost: say why and try again, for ever."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from studio.capture.convert import Converter
from studio.capture.report import Reporter
from studio.capture.rings import Rings
from studio.capture.source import CaptureSource, DamagedPicture, Listener, Opening, Shot, find_listener
from studio.capture.watch import ContentWatch
from studio.errors import StudioError
from studio.media.clock import Clock
from studio.media.sound import Samples
from studio.show.plan import SourcePlan
from studio.show.watched import WATCHED

_PAUSES_NS = (250_000_000, 500_000_000, 1_000_000_000)
_BEAT_NS = 50_000_000
_BLACK = "its picture is black: look for a cap on the lens, a privacy shutter, or a light that is off"

log = logging.getLogger(__name__)


class Pace:
    """Lets through at most so many pictures a second, whatever their jitter."""

    def __init__(self, fps: float) -> None:
        self._interval_ns = int(1e9 / fps)
        self._due_ns: int | None = None

    def is_due(self, stamp_ns: int) -> bool:
        """Whether the picture is used. A quarter of an interval early is in time: cameras jitter."""
        early_ns = self._interval_ns // 4
        if self._due_ns is not None and 0 < self._due_ns - early_ns - stamp_ns <= self._interval_ns:
            return False
        due_ns = stamp_ns if self._due_ns is None else self._due_ns
        # From the due time, not from the stamp: else every jitter would slow the whole. Not from long ago either.
        self._due_ns = max(due_ns, stamp_ns - early_ns) + self._interval_ns
        return True


class SourceLoop:
    """Owns the source on the thread that calls `run`."""

    def __init__(
        self,
        plan: SourcePlan,
        rings: Rings,
        reporter: Reporter,
        clock: Clock,
        open_source: Callable[[Opening], CaptureSource],
        cameras: Path | None = None,
    ) -> None:
        """`cameras`: the folder where what is known of cameras is kept; None: nowhere."""
        self._plan, self._rings, self._reporter, self._clock = plan, rings, reporter, clock
        self._open_source, self._cameras = open_source, cameras
        self._content = ContentWatch(WATCHED[plan.source.kind])
        self._opened_again = False  # since it has been repeating itself
        self._converter = Converter(plan.pictures)
        self._pace = Pace(plan.fps)
        self._failures = 0

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._work(stop)
            except StudioError as error:
                self._reporter.lost(str(error))
            except Exception as error:  # the edge to drivers and decoders: whatever they throw is a loss
                log.exception("source %s", self._plan.source.name)
                self._reporter.lost(f"{self._plan.source.name} failed ({type(error).__name__}): it is opened again")
            self._pause(stop)

    def _work(self, stop: threading.Event) -> None:
        self._reporter.opening()
        if listener := find_listener(self._plan.source.kind):
            self._listen(listener, stop)
        else:
            self._watch(stop)

    def _listen(self, listener: Listener, stop: threading.Event) -> None:
        def write(samples: Samples, rate: int, stamp_ns: int) -> None:
            if self._rings.sound is not None:
                self._rings.sound.write(samples, rate, stamp_ns)
            self._failures = 0
            self._reporter.beat()

        listener(self._plan.source.device, write, stop, self._clock, self._reporter.works)

    def _watch(self, stop: threading.Event) -> None:
        source = self._open_source(Opening(self._plan, self._clock, stop, self._rings.sound, self._cameras))
        try:
            while not stop.is_set():
                shot = source.read()
                if shot is not None and self._pace.is_due(shot.stamp_ns):
                    self._show(shot)
                if shot is not None or self._rings.pictures is None:
                    self._failures = 0
                    self._tell(source.got)
                self._reporter.beat()
        finally:
            source.close()

    def _tell(self, got: str) -> None:
        """How it does. One that repeats itself is opened again, once: that mends a driver that hangs."""
        if not self._content.repeating:
            self._opened_again = False
            self._reporter.works(got, _BLACK if self._content.black else "")
            return
        words = f"{self._plan.source.name} gives the same picture again and again"
        if not self._opened_again:
            self._opened_again = True
            raise StudioError(words, do="it is opened again")
        self._reporter.frozen(f"{words}: switch it off and on")

    def _show(self, shot: Shot) -> None:
        if self._rings.pictures is None:
            return
        try:
            planes = shot.planes()
        except DamagedPicture as error:
            log.debug("source %s: %s", self._plan.source.name, error)
            return
        slots = self._rings.pictures.next_slots()
        contents = self._converter.convert(planes, slots)
        self._rings.pictures.announce(shot.stamp_ns, contents)
        self._content.look(slots[0].part(contents[0]), shot.stamp_ns)
        self._reporter.picture(shot.stamp_ns)

    def _pause(self, stop: threading.Event) -> None:
        until_ns = self._clock.now_ns() + _PAUSES_NS[min(self._failures, len(_PAUSES_NS) - 1)]
        self._failures += 1
        while (now_ns := self._clock.now_ns()) < until_ns and not stop.is_set():
            self._reporter.beat()
            self._clock.wait_until(min(until_ns, now_ns + _BEAT_NS), stop)
