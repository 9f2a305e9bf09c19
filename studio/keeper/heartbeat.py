"""Judges an engine by its newest tick. Decides only; does nothing."""

from __future__ import annotations

from studio.show.beat import Beat

DEAD_NS = 3_000_000_000  # without a tick
# Of that, looked at again and again without seeing it tick. Where all processes were held for a moment, as by the
# host of a virtual machine, whoever runs first finds the other's tick old; one that lives ticks by the next look.
_LOOKED_NS = 500_000_000
STARTING_NS = 30_000_000_000  # until its first: a cold disk takes its time with our libraries


class Pulse:
    """One engine's, from when it was started, or found, on."""

    def __init__(self, now_ns: int) -> None:
        self._since_ns = now_ns
        self._seen_ns = self._seen_at_ns = 0  # the newest tick, and when it was first looked at

    def anew(self, now_ns: int) -> None:
        """Count from here: it was started, it was killed, or nobody was awake until now."""
        self._since_ns = now_ns

    def is_dead(self, beat: Beat | None, pid: int, now_ns: int) -> bool:
        """Whether it has stopped ticking. `pid` 0: somebody else started it."""
        if beat is None or pid not in {0, beat.pid}:  # what is there is from the one before it
            return now_ns - self._since_ns > STARTING_NS
        newest_ns = max(beat.ticked_ns, self._since_ns)
        if newest_ns != self._seen_ns:
            self._seen_ns, self._seen_at_ns = newest_ns, now_ns
        return now_ns - newest_ns > DEAD_NS and now_ns - self._seen_at_ns > _LOOKED_NS
