"""Judges an engine by its newest tick. Decides only; does nothing."""

from __future__ import annotations

from studio.show.beat import Beat

DEAD_NS = 3_000_000_000  # without a tick
STARTING_NS = 30_000_000_000  # until its first: a cold disk takes its time with our libraries


class Pulse:
    """One engine's, from when it was started, or found, on."""

    def __init__(self, now_ns: int) -> None:
        self.anew(now_ns)

    def anew(self, now_ns: int) -> None:
        """Count from here: it was started, it was killed, or nobody was awake until now."""
        self._since_ns = now_ns
        self._ticked_ns: int | None = None  # the newest tick that was seen since

    def is_dead(self, beat: Beat | None, pid: int, now_ns: int) -> bool:
        """Whether it has stopped ticking. `pid` 0: somebody else started it.

        `beat` None says nothing: it may be half written, for as long as its writer waits for a processor.
        """
        if beat is not None and pid in {0, beat.pid}:  # else what is there is from the one before it
            self._ticked_ns = max(beat.ticked_ns, self._since_ns)
        if self._ticked_ns is None:
            return now_ns - self._since_ns > STARTING_NS
        return now_ns - self._ticked_ns > DEAD_NS
