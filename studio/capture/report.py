"""What a source's process says about itself, written by the thread that does its work."""

from __future__ import annotations

from collections import deque

import msgspec

from studio.media.clock import Clock
from studio.show.plan import SourceReport
from studio.workspace.slots import SlotWriter

_EVERY_NS = 40_000_000
_WORDS = 1000  # characters of a reason, so that it fits its slot whatever a person called their files
_FPS_OVER_NS = 2_000_000_000


class Reporter:
    """Keeps the source's status slot. An old `beat_ns` in it means that a driver or decoder hangs."""

    def __init__(self, writer: SlotWriter, first: SourceReport, clock: Clock) -> None:
        self._writer, self._report, self._clock = writer, first, clock
        self._stamps: deque[int] = deque()
        self._frames = 0
        self._written_ns = 0
        self._write()

    def opening(self) -> None:
        """About to ask the device. One that was lost stays so until it gives something."""
        self._change(opening=True)

    def lost(self, reason: str) -> None:
        self._stamps.clear()
        self._change(state="lost", reason=reason[:_WORDS], warning="", opening=False, fps=0.0)

    def frozen(self, reason: str) -> None:
        """It gives pictures, and all the same."""
        if self._report.state != "frozen":
            self._change(state="frozen", reason=reason[:_WORDS], warning="", opening=False)

    def works(self, got: str, warning: str = "") -> None:
        """It gives what it should; `warning`: and yet something should be looked at."""
        report = self._report
        if (report.state, report.got, report.warning) != ("ok", got, warning) or report.opening:
            self._change(state="ok", reason="", got=got, warning=warning, opening=False)

    def picture(self, stamp_ns: int) -> None:
        """A picture went into the ring."""
        self._frames += 1
        self._stamps.append(stamp_ns)

    def beat(self) -> None:
        """A sign of life; written when the last one is older than a twenty-fifth of a second."""
        if self._clock.now_ns() - self._written_ns >= _EVERY_NS:
            self._change(fps=self._fps())

    def _fps(self) -> float:
        stamps = self._stamps
        since_ns = self._clock.now_ns() - _FPS_OVER_NS
        while stamps and stamps[0] < since_ns:
            stamps.popleft()
        if len(stamps) < 2 or stamps[-1] <= stamps[0]:
            return 0.0
        return round((len(stamps) - 1) * 1e9 / (stamps[-1] - stamps[0]), 1)

    def _change(self, **changes: str | float) -> None:
        self._report = msgspec.structs.replace(self._report, **changes)
        self._write()

    def _write(self) -> None:
        self._written_ns = self._clock.now_ns()
        self._report = msgspec.structs.replace(self._report, beat_ns=self._written_ns, frames=self._frames)
        self._writer.write(0, msgspec.json.encode(self._report))
