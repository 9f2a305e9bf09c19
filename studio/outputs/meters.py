"""What is measured on a destination: the rate sent, and how old pictures are when they leave."""

from __future__ import annotations

from collections import deque

_RATE_NS = 2_000_000_000
_SECOND_NS = 1_000_000_000
_CUT_NS = 400_000_000  # a line that takes nothing for so long takes nothing at all
_MAX_AGE_MS = 5_000


class RateMeter:
    """Kilobits a second over the last two seconds. One thread adds and reads."""

    def __init__(self) -> None:
        self._sent: deque[tuple[int, int]] = deque()
        self._bytes = 0

    def add(self, count: int, now_ns: int) -> None:
        self._sent.append((now_ns, count))
        self._bytes += count
        self._expire(now_ns)

    def taking_kbps(self, now_ns: int) -> int:
        """The rate at which bytes go just now: of the newest second or half second, whichever is less.

        The second one alone counts what only filled the kernel when a line became thin; the half, bursts. Time counts
        from one portion on, for they may be large and rare. 0: nothing went in the newest 0.4 s, which tells of a cut
        and of no rate.
        """
        if not self._sent or now_ns - self._sent[-1][0] >= _CUT_NS:
            return 0
        return max(1, min(self._newest_kbps(now_ns, _SECOND_NS), self._newest_kbps(now_ns, _SECOND_NS // 2)))

    def _newest_kbps(self, now_ns: int, over_ns: int) -> int:
        begin_ns = next((at for at, _ in reversed(self._sent) if now_ns - at >= over_ns), self._sent[0][0])
        taken = sum(count for at, count in self._sent if at > begin_ns)
        return round(taken * 8 * 1_000_000 / max(now_ns - begin_ns, over_ns))

    def kbps(self, now_ns: int) -> int:
        self._expire(now_ns)
        if not self._sent:
            return 0
        # A rate needs a while to be one: the first packets alone would read as a peak.
        span_ns = max(now_ns - self._sent[0][0], _RATE_NS // 2)
        return round(self._bytes * 8 * 1_000_000 / span_ns)

    def _expire(self, now_ns: int) -> None:
        while self._sent and now_ns - self._sent[0][0] > _RATE_NS:
            self._bytes -= self._sent.popleft()[1]


class AgeHistogram:
    """Ages in bins of a millisecond, up to five seconds; older ones count as that."""

    def __init__(self) -> None:
        self._bins = [0] * (_MAX_AGE_MS + 1)
        self.count = 0
        self.newest_ms = 0.0

    def add(self, age_ns: int) -> None:
        self.newest_ms = age_ns / 1e6
        self._bins[min(_MAX_AGE_MS, max(0, age_ns // 1_000_000))] += 1
        self.count += 1

    def percentile(self, share: float) -> float:
        """The age in ms that `share` (0 to 1) of them do not exceed; 0 when there are none."""
        left = share * self.count
        for age_ms, count in enumerate(self._bins):
            left -= count
            if count and left <= 0:
                return age_ms + 1.0
        return 0.0
