"""Decides by the age of what waits for the network how many kilobits a second a feed may have. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

_S = 1_000_000_000
_LOW_NS = _S // 2  # a queue that was empty within it keeps up
SLOW_MS = 400  # what waits longer, for that long, waits for a slow network and not behind a key frame
_EMPTY_MS = 50
_FLOOR_KBPS = 300
_SHARE = 0.8  # of what the network took: room to send what has piled up
_STEP_DOWN, _STEP_UP = 0.7, 2.0
_PROBE = 1.15  # the step beyond what the network took last time
_REST_NS = 2 * _S  # after a fall, and as long as what waits is old: its effect must be seen first
_OBSERVE_NS = 3 * _S // 2  # at a rate, before the next step up;
_OBSERVE_PROBE_NS = 7 * _S // 2  # just beyond what the network took last time, where queues grow slowly,
_LONGEST_PROBE_NS = 9 * _S  # and slower the thinner it is
_UNSEEN_KBIT = 32 * 8.192  # what a kernel keeps unsent, where it is not seen to wait (wire.py)
_WAIT_NS, _LONGEST_WAIT_NS = 3 * _S, 6 * _S  # from a fall to the first step up; twice as long after a failed climb
_FAILED_NS = 6 * _S  # a fall so soon after a step up is that step's fault
_STALE_MS = 1000
_RISE_NS = _S
_SURE_NS = 3 * _S // 10  # it has taken something for so long: else it may have been cut, and come back just now
_PAUSE_NS = _S // 2  # TCP pauses so long where it lost much, beyond what counts as nothing taken at all
_IDLE_NS = 3 * _S  # nobody takes anything for so long: there is no network to spare


class Low:
    """The lowest age of a queue within the last half second: key frames come and go, a slow network stays."""

    def __init__(self) -> None:
        self._ages: deque[tuple[int, int]] = deque()

    def add(self, now_ns: int, age_ms: int) -> int:
        """Look at the queue's age; the lowest by now, 0 until it was looked at for half a second."""
        ages = self._ages
        ages.append((now_ns, age_ms))
        while len(ages) > 1 and now_ns - ages[1][0] >= _LOW_NS:
            ages.popleft()
        return min(age for _, age in ages) if now_ns - ages[0][0] >= _LOW_NS else 0


@dataclass(frozen=True, slots=True)
class Link:
    """One live destination of the feed. `low_ms`: see Low. `taking_kbps`: what it takes, in all; 0: nothing now."""

    low_ms: int
    taking_kbps: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """`afresh`: what waits is so old, or so much, that viewers should rather go on with the next key frame."""

    kbps: int
    afresh: bool = False


class Bitrate:
    """The rate of a feed's pictures: the person's number is the ceiling.

    It falls only when the best of its destinations is slow, to what that one took, and climbs again in steps while
    the best one keeps up. A destination that takes nothing at all tells of a cut or of a server that hangs, not of a
    rate. While none takes anything the rate is the person's, for the recording and for clips; who takes again begins
    with what it had.
    """

    def __init__(self, ceiling_kbps: int, audio_kbps: int) -> None:
        self.ceiling_kbps = self._kbps = ceiling_kbps
        self._audio_kbps = audio_kbps
        self._floor_kbps = min(ceiling_kbps, _FLOOR_KBPS)
        self._lows: deque[tuple[int, int]] = deque()  # of the best destination
        self._limit_kbps: float | None = None  # what the network took when it last was slow
        self._rest_until_ns = 0
        self._asked_ns: int | None = None  # when the last step up was taken
        self._wait_ns = _WAIT_NS
        self._climb_from_ns = 0
        self._settled_ns: int | None = None  # since when the encoder has the rate
        self._idle_ns: int | None = None  # since when nobody takes anything
        self._taking_ns: int | None = None  # since when somebody does
        self._kept_kbps: int | None = None  # the rate until then

    @property
    def kbps(self) -> int:
        return self._kbps

    def judge(self, now_ns: int, links: Sequence[Link], actual_kbps: int) -> Verdict:
        """The rate from now on. `actual_kbps`: of the encoder at work."""
        if actual_kbps != self._kbps:
            self._settled_ns = None
        elif self._settled_ns is None:
            self._settled_ns = now_ns
        taking = [link for link in links if link.taking_kbps > 0]
        if not taking:
            return self._idle(now_ns)
        if self._kept_kbps is not None:
            self._kbps, self._kept_kbps, self._settled_ns = self._kept_kbps, None, None
        self._idle_ns = None
        if self._taking_ns is None:
            self._taking_ns = now_ns
        low_ms = min(link.low_ms for link in taking)
        if self._slow(now_ns, low_ms):
            return self._fall(now_ns, low_ms, max(link.taking_kbps for link in taking))
        if low_ms > _EMPTY_MS:
            self._climb_from_ns = max(self._climb_from_ns, now_ns + _OBSERVE_NS)
        elif self._may_climb(now_ns):
            self._kbps = min(self.ceiling_kbps, round(self._step_up()))
            self._asked_ns, self._settled_ns = now_ns, None
        return Verdict(self._kbps)

    def _idle(self, now_ns: int) -> Verdict:
        if self._idle_ns is None:
            self._idle_ns = now_ns
        if now_ns - self._idle_ns >= _PAUSE_NS:
            self._lows.clear()
            self._taking_ns = None
        if now_ns - self._idle_ns >= _IDLE_NS and self._kbps < self.ceiling_kbps:
            self._kept_kbps, self._kbps = self._kbps, self.ceiling_kbps
        return Verdict(self._kbps)

    def _slow(self, now_ns: int, low_ms: int) -> bool:
        """Whether the network is slow and what waits does not get less by itself."""
        lows = self._lows
        lows.append((now_ns, low_ms))
        while now_ns - lows[0][0] > _RISE_NS:
            lows.popleft()
        sure = self._taking_ns is not None and now_ns - self._taking_ns >= _SURE_NS
        return sure and low_ms >= SLOW_MS and low_ms >= lows[0][1] and now_ns >= self._rest_until_ns

    def _fall(self, now_ns: int, low_ms: int, taking_kbps: int) -> Verdict:
        failed = self._asked_ns is not None and now_ns - self._asked_ns < _FAILED_NS
        self._wait_ns = min(self._wait_ns * 2, _LONGEST_WAIT_NS) if failed else _WAIT_NS
        self._rest_until_ns = now_ns + _REST_NS + low_ms * 1_000_000
        self._climb_from_ns = now_ns + self._wait_ns
        before = self._kbps
        self._limit_kbps = taking_kbps - self._audio_kbps
        wanted = min(before * _STEP_DOWN, taking_kbps * _SHARE - self._audio_kbps)
        self._kbps = min(before, max(self._floor_kbps, round(wanted)))
        return Verdict(self._kbps, afresh=self._kbps < before and (self._kbps * 2 < before or low_ms >= _STALE_MS))

    def _step_up(self) -> float:
        """Up to what the network took last time, a little beyond, and once that goes well in great steps."""
        limit = self._limit_kbps
        if limit is None or self._kbps > limit:
            self._limit_kbps = None
            return self._kbps * _STEP_UP
        if self._kbps * _PROBE > limit:
            return max(self._kbps, limit) * _PROBE
        return min(self._kbps * _STEP_UP, limit)

    def _may_climb(self, now_ns: int) -> bool:
        if self._kbps >= self.ceiling_kbps or now_ns < self._climb_from_ns or self._settled_ns is None:
            return False
        return now_ns - self._settled_ns >= self._observe_ns()

    def _observe_ns(self) -> int:
        if self._limit_kbps is None or self._kbps <= self._limit_kbps:
            return _OBSERVE_NS
        seen_ns = round(_UNSEEN_KBIT / (self._kbps - self._limit_kbps) * _S) + _OBSERVE_NS
        return min(max(_OBSERVE_PROBE_NS, seen_ns), _LONGEST_PROBE_NS)
