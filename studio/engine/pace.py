"""Counts how a feed keeps its pace: frames, skipped ticks, times, rate. Written by its thread, read by any."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from studio.media.packet import Packet


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share lies; 0.0 of nothing."""
    if not values:
        return 0.0
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


class Pace:
    """Numbers since the feed went on air, and sliding windows of the last ten seconds at 30 frames.

    Off air, where nothing is encoded, only times and rate are measured.
    """

    _WINDOW = 300

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        self.frames = 0
        self.skipped = 0
        self._tick_ms: deque[float] = deque(maxlen=self._WINDOW)
        self._encode_ms: deque[float] = deque(maxlen=self._WINDOW)
        self._began_ns: deque[int] = deque(maxlen=60)
        self._packets: deque[tuple[int, int]] = deque(maxlen=120)

    def tick(self, began_ns: int, ended_ns: int) -> None:
        self._tick_ms.append((ended_ns - began_ns) / 1e6)
        self._began_ns.append(began_ns)

    def frame(self, encode_ns: int) -> None:
        """A picture was encoded."""
        self.frames += 1
        self._encode_ms.append(encode_ns / 1e6)

    def skip(self, ticks: int) -> None:
        self.skipped += ticks

    def packet(self, packet: Packet) -> None:
        self._packets.append((packet.dts_ns, len(packet.data)))

    @property
    def fps(self) -> float:
        began = tuple(self._began_ns)
        return (len(began) - 1) * 1e9 / (began[-1] - began[0]) if len(began) > 1 and began[-1] > began[0] else 0.0

    @property
    def kbps(self) -> int:
        packets = tuple(self._packets)
        if len(packets) < 2 or packets[-1][0] <= packets[0][0]:
            return 0
        return round(sum(size for _, size in packets[1:]) * 8 * 1e6 / (packets[-1][0] - packets[0][0]))

    @property
    def tick_ms_p95(self) -> float:
        return percentile(tuple(self._tick_ms), 0.95)

    def tick_ms_p95_of(self, newest: int) -> float:
        """The same of so many newest ticks only."""
        return percentile(tuple(self._tick_ms)[-newest:], 0.95)

    @property
    def encode_ms_p95(self) -> float:
        return percentile(tuple(self._encode_ms), 0.95)
