"""The newest minute of a feed, kept in memory as encoded packets: what a clip is cut from."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from itertools import chain

from studio.media.packet import Packet, StreamFormat
from studio.show.requests import NEWEST_CLIP_S

_MAX_BYTES = 128 << 20  # a minute at 17 Mb/s


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The end of a replay: packets in a feed's order, the first a key frame, and how long their pictures last."""

    format: StreamFormat
    packets: tuple[Packet, ...]
    seconds: float


class _Group:
    """A key frame with all that came until the next."""

    __slots__ = ("begin_ns", "bytes", "end_ns", "packets")

    def __init__(self, key: Packet) -> None:
        self.begin_ns = self.end_ns = key.pts_ns
        self.packets: list[Packet] = []
        self.bytes = 0

    def add(self, packet: Packet) -> None:
        self.packets.append(packet)
        self.bytes += len(packet.data)
        if packet.kind == "video":
            self.end_ns = max(self.end_ns, packet.pts_ns + packet.duration_ns)


class Replay:
    """A sink of packets. Offered by the feed's thread, read by any; neither waits for more than a copied list.

    It holds whole groups of pictures: as few of the newest as last `keep_s` seconds, fewer where they would take more
    than `max_bytes`.
    """

    def __init__(
        self,
        format: StreamFormat,  # noqa: A002 - the word for it everywhere here
        *,
        keep_s: float = NEWEST_CLIP_S,
        max_bytes: int = _MAX_BYTES,
    ) -> None:
        self._format = format
        self._keep_ns, self._max_bytes = int(keep_s * 1e9), max_bytes
        self._lock = threading.Lock()
        self._groups: deque[_Group] = deque()
        self._bytes = 0

    @property
    def seconds(self) -> float:
        """How much is in memory."""
        with self._lock:
            return (self._groups[-1].end_ns - self._groups[0].begin_ns) / 1e9 if self._groups else 0.0

    def offer(self, packet: Packet) -> None:
        """Add a packet. What comes before the first key frame is left out; what has become too old is forgotten."""
        with self._lock:
            if packet.kind == "video" and packet.is_key:
                self._groups.append(_Group(packet))
            if self._groups:
                self._groups[-1].add(packet)
                self._bytes += len(packet.data)
                self._forget()

    def newest(self, seconds: float) -> Excerpt | None:
        """The newest seconds, from the key frame at or before their beginning on; less, if there is less.

        None: nothing is there yet.
        """
        with self._lock:
            if not self._groups:
                return None
            end_ns = self._groups[-1].end_ns
            from_ns = end_ns - int(seconds * 1e9)
            first = max((at for at, group in enumerate(self._groups) if group.begin_ns <= from_ns), default=0)
            begin_ns = self._groups[first].begin_ns
            packets = tuple(chain.from_iterable(group.packets for group in list(self._groups)[first:]))
        return Excerpt(self._format, packets, (end_ns - begin_ns) / 1e9)

    def _forget(self) -> None:
        groups = self._groups
        while self._bytes > self._max_bytes or (
            len(groups) > 1 and groups[-1].end_ns - groups[1].begin_ns >= self._keep_ns
        ):
            self._bytes -= groups.popleft().bytes
