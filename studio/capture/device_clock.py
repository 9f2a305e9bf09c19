"""A sound device's clock, told from its jittery stamps."""

from __future__ import annotations

from collections import deque

import numpy as np

_GROUP_S = 0.25  # one point of the line: the median of so many stamps, so that single wild ones do not count
_WINDOW = 40  # points: 10 s
_SLOPE_FROM = 8  # points: a slope told from less than 2 s would be jitter
_SLOPE_MOST = 1e-3  # no crystal is further off
_LEAP_NS = 20e6  # not drift but another place: samples were lost, or the driver changed its mind about its latency


class DeviceClock:
    """Turns stamps of single blocks into stamps of a steady clock.

    A straight line through the last 10 s of (samples counted, stamp): the jitter of the stamps goes, the drift of
    the device's crystal stays, and a line has no lag.
    """

    def __init__(self, rate: int) -> None:
        """`rate`: the device's nominal samples a second."""
        self._rate = rate
        self._first_ns: int | None = None
        self._group: list[tuple[float, float]] = []  # (seconds by count, ns by which the stamp is off that count)
        self._points: deque[tuple[float, float]] = deque(maxlen=_WINDOW)
        self._line = (0.0, 0.0, 0.0)  # at (s), offset there (ns), slope (ns a second)

    def stamp(self, position: int, raw_ns: int) -> int:
        """The steady stamp of sample number `position`, whose own stamp was `raw_ns`."""
        if self._first_ns is None:
            self._first_ns = raw_ns
        at_s = position / self._rate
        self._group.append((at_s, raw_ns - self._first_ns - at_s * 1e9))
        if at_s - self._group[0][0] >= _GROUP_S or not self._points:
            point_s, offset_ns = np.median(np.array(self._group), axis=0)
            if at_s - self._group[0][0] >= _GROUP_S:
                self._add(float(point_s), float(offset_ns))
                self._group.clear()
            else:  # the very first: what there is
                self._line = (at_s, float(offset_ns), 0.0)
        line_s, line_ns, slope = self._line
        return self._first_ns + round(at_s * 1e9 + line_ns + slope * (at_s - line_s))

    def _add(self, at_s: float, offset_ns: float) -> None:
        line_s, line_ns, slope = self._line
        if self._points and abs(offset_ns - line_ns - slope * (at_s - line_s)) > _LEAP_NS:
            self._points.clear()
        self._points.append((at_s, offset_ns))
        times, offsets = np.array(self._points).T
        middle_s, middle_ns = float(times.mean()), float(offsets.mean())
        slope = 0.0
        if len(times) >= _SLOPE_FROM:
            around = times - middle_s
            slope = float(around @ (offsets - middle_ns) / (around @ around))
        limit = _SLOPE_MOST * 1e9
        self._line = (middle_s, middle_ns, max(-limit, min(limit, slope)))
