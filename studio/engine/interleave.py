"""Puts sound and picture packets of a feed into one order by decoding time."""

from __future__ import annotations

from collections import deque

from studio.media.packet import Packet


class Interleaver:
    """Holds packets until the other kind has caught up, but never longer than `hold_ns`. For one thread.

    Sound is made with a fixed small delay and pictures with the encoder's: players and recorders want them in order
    of time. A kind that falls silent must not hold up the other, so what is older than the hold goes out alone.
    """

    def __init__(self, hold_ns: int) -> None:
        self._hold_ns = hold_ns
        self._waiting: dict[str, deque[Packet]] = {"video": deque(), "audio": deque()}

    def add(self, packet: Packet) -> list[Packet]:
        """Take one packet; what may go out now, in order."""
        self._waiting[packet.kind].append(packet)
        return self._ready()

    def flush(self) -> list[Packet]:
        """All that is left, in order."""
        left = sorted((one for queue in self._waiting.values() for one in queue), key=lambda one: one.dts_ns)
        for queue in self._waiting.values():
            queue.clear()
        return left

    def _ready(self) -> list[Packet]:
        video, audio = self._waiting["video"], self._waiting["audio"]
        out: list[Packet] = []
        while video or audio:
            if video and audio:
                out.append((video if video[0].dts_ns <= audio[0].dts_ns else audio).popleft())
                continue
            alone = video or audio
            if alone[-1].dts_ns - alone[0].dts_ns <= self._hold_ns:
                break
            out.append(alone.popleft())
        return out
