"""Decides by a feed's ticks which x264 preset this computer can hold just now. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from studio.engine.presets import COST

_S = 1_000_000_000
WINDOW_S = 2.0  # of ticks whose 95th percentile counts
_FULL = 0.95  # of the interval: a tick that takes so long leaves no room
_EASY = 0.85  # of what is full, once each tick costs what the rung above costs
_SKIPS_WITHIN_NS, _SKIPS_APART_NS = 4 * _S, _S // 2
_SETTLE_NS = 3 * _S  # the window, and the time in which the old encoder is drained
_CALM_NS, _LONGEST_CALM_NS = 30 * _S, 480 * _S
_FLAP_NS = 60 * _S
_STUCK_NS = 10 * _S


class Ladder:
    """One rung down when ticks are skipped or fill their interval; up again when there has long been room.

    A single skip is no overload: a computer's host or its scheduler may take the processors away for a moment. Skips
    at two moments, half a second to four seconds apart, are. Who falls soon after a climb waits twice as long before
    the next.
    """

    def __init__(self, rungs: Sequence[str], interval_ms: float) -> None:
        """`rungs`: the best preset first; the feed is never above it. `interval_ms`: of a tick."""
        self._rungs, self._interval_ms = list(rungs), interval_ms
        self._at = 0
        self._seen = 0  # ticks skipped when last looked
        self._skips: deque[int] = deque()  # when skipped ticks were found
        self._judge_from_ns: int | None = None
        self._busy_ns = 0  # when there was last no room
        self._calm_ns = _CALM_NS
        self._climbed_ns: int | None = None
        self._stuck_ns: int | None = None  # when the lowest rung was last too high

    @property
    def rung(self) -> str:
        return self._rungs[self._at]

    @property
    def top(self) -> str:
        return self._rungs[0]

    def judge(self, now_ns: int, *, skipped: int, tick_ms_p95: float, actual: str) -> str:
        """The preset to use from now on.

        `skipped`: ticks since the feed went on air. `tick_ms_p95`: of the newest `WINDOW_S`. `actual`: the preset at
        work; until it is the one wanted, and has been for a while, the numbers tell of another.
        """
        news, self._seen = skipped > self._seen, skipped
        if self._judge_from_ns is None or actual != self.rung:
            self._judge_from_ns = now_ns + _SETTLE_NS
        if now_ns < self._judge_from_ns:
            self._skips.clear()
            self._busy_ns = now_ns
            return self.rung
        if news:
            self._skips.append(now_ns)
        while self._skips and now_ns - self._skips[0] > _SKIPS_WITHIN_NS:
            self._skips.popleft()
        skipping = len(self._skips) > 1 and self._skips[-1] - self._skips[0] >= _SKIPS_APART_NS
        if skipping or tick_ms_p95 > _FULL * self._interval_ms:
            self._fall(now_ns)
        elif news or tick_ms_p95 > self._room_ms():
            self._busy_ns = now_ns
        elif self._at > 0 and now_ns - self._busy_ns >= self._calm_ns:
            self._at -= 1
            self._climbed_ns, self._judge_from_ns = now_ns, None
        return self.rung

    def stuck(self, now_ns: int) -> bool:
        """Whether there is too much to do, and no rung below."""
        return self._stuck_ns is not None and now_ns - self._stuck_ns < _STUCK_NS

    def leave_out(self, rung: str) -> None:
        """This one cannot be used after all: back to the one before."""
        self._rungs.remove(rung)
        self._at = max(0, self._at - 1)

    def _fall(self, now_ns: int) -> None:
        self._busy_ns = now_ns
        if self._at + 1 >= len(self._rungs):
            self._stuck_ns = now_ns
            return
        self._at += 1
        self._judge_from_ns = None
        flapped = self._climbed_ns is not None and now_ns - self._climbed_ns < _FLAP_NS
        self._calm_ns = min(self._calm_ns * 2, _LONGEST_CALM_NS) if flapped else _CALM_NS

    def _room_ms(self) -> float:
        """What a tick may take here so that it would still be easy on the rung above."""
        if self._at == 0:
            return self._interval_ms
        return self._interval_ms * _FULL * _EASY * COST[self.rung] / COST[self._rungs[self._at - 1]]
