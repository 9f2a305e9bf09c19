"""Tells from the gaps between two looks that the computer has slept, or that this process was held."""

from __future__ import annotations

SLEEP_NS = 2_000_000_000  # nobody who is awake fails to look for so long


class SleepWatch:
    """For somebody who looks several times a second. Pure: it is told the time.

    Some clocks stand still while the computer sleeps, others do not: so both are looked at, how much later it is
    and how long the system says it has slept.
    """

    def __init__(self, now_ns: int, asleep_ns: int) -> None:
        self._now_ns, self._asleep_ns = now_ns, asleep_ns

    def look(self, now_ns: int, asleep_ns: int) -> int:
        """For how long nobody was awake just before this look, in nanoseconds; 0: it has been awake."""
        gap_ns = (now_ns - self._now_ns) + (asleep_ns - self._asleep_ns)
        self._now_ns, self._asleep_ns = now_ns, asleep_ns
        return gap_ns if gap_ns > SLEEP_NS else 0
