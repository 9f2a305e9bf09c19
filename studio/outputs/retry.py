"""When a destination is tried again. Pure: it is told the time, and waits for nothing itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from studio.outputs.statuses import Busy, Ended, HungUp, Refused, Returned, Unreachable


@dataclass(frozen=True, slots=True)
class RetryTimes:
    """Delays in seconds.

    Attributes:
        steps: before the first retry, the second, and so on; the last holds from then on.
        jitter: the share by which a delay varies, so that a server's clients do not all return at once.
        stable: a connection that held so long has earned the steps from the start; so has a network that comes back
            so long after it last did.
        busy: between tries while the server still holds our dropped connection; the last holds from then on.
        ghost: for so long after we were live, "in use" is taken for that. Platforms keep one for 60 to 120 s.
        hang_ups: so many times in a row a server may hang up on an app or key that never worked; then it is refused.
        worked: a connection that held so long shows that the server takes both. Some say yes, and hang up at once.
        probe: between bare TCP connections while waiting for a server that can be reached.
        probe_timeout: how long one of them may take.
        knock: between them while it cannot be.
    """

    steps: tuple[float, ...] = (0.0, 1.0, 2.0, 4.0, 8.0)
    jitter: float = 0.2
    stable: float = 10.0
    busy: tuple[float, ...] = (0.25, 0.5, 1.0)
    ghost: float = 120.0
    hang_ups: int = 3
    worked: float = 1.0
    probe: float = 1.0
    probe_timeout: float = 2.0
    knock: float = 0.25


class Retry:
    """The memory of one destination's failures. Times are seconds on any one monotonic scale.

    Args:
        times: the delays.
        random: gives numbers from 0 to 1.
        live_until_s: when an earlier life of this destination was last live, if it was.
    """

    def __init__(self, times: RetryTimes, random: Callable[[], float], live_until_s: float | None = None) -> None:
        self._times = times
        self._random = random
        self._live_since_s: float | None = None
        self._live_until_s = live_until_s
        self._worked = live_until_s is not None
        self._returned_s: float | None = None
        self._step = self._busy = self._hang_ups = 0
        self._unreachable = False

    @property
    def unreachable(self) -> bool:
        """Whether the server cannot be reached: then no attempt makes sense before it can."""
        return self._unreachable

    def went_live(self, now_s: float) -> None:
        self._live_since_s = now_s
        self._unreachable = False
        self._busy = 0

    def has_worked(self, now_s: float) -> bool:
        """Whether the server has ever taken app and key, and held the connection."""
        since_s = self._live_since_s
        return self._worked or (since_s is not None and now_s - since_s >= self._times.worked)

    def ended(self, why: Ended, now_s: float) -> float | None:
        """How long to wait after a connection or an attempt ended; None: only a person can mend it."""
        self._left(now_s)
        if isinstance(why, Refused):
            return None
        if isinstance(why, Returned) and self.returned(now_s):
            return 0.0
        if isinstance(why, Busy):
            if self._live_until_s is None or now_s - self._live_until_s > self._times.ghost:
                return None
            self._busy += 1
            return self._times.busy[min(self._busy, len(self._times.busy)) - 1]
        self._hang_ups = self._hang_ups + 1 if isinstance(why, HungUp) and not self._worked else 0
        if self._hang_ups >= self._times.hang_ups:
            return None
        self._unreachable = isinstance(why, Unreachable)
        delay = self._times.steps[min(self._step, len(self._times.steps) - 1)]
        self._step += 1
        return delay * (1 + self._times.jitter * (2 * self._random() - 1))

    def probed(self, *, reached: bool) -> None:
        """A bare TCP connection was tried."""
        self._unreachable = not reached

    def returned(self, now_s: float) -> bool:
        """It can be reached again. True: publish at once, unless it has only just come back before."""
        self._unreachable = False
        if self._returned_s is not None and now_s - self._returned_s < self._times.stable:
            return False
        self._returned_s = now_s
        self._step = 1  # what comes now is the try at once
        return True

    def start_over(self, now_s: float) -> None:
        """A person asks for a try: that one is the first."""
        self._left(now_s)
        self._step, self._hang_ups = 1, 0

    def _left(self, now_s: float) -> None:
        """If we were live, that is over."""
        self._worked = self.has_worked(now_s)
        if self._live_since_s is not None:
            if now_s - self._live_since_s >= self._times.stable:
                self._step = 0
            self._live_until_s, self._live_since_s = now_s, None
