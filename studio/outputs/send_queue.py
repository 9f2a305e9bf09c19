"""The bounded queue between a feed and one destination: it never blocks, and what it leaves out is counted."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto

from studio.media.clock import Clock
from studio.media.packet import Packet, StreamFormat

_EARLY_NS = 2_000_000_000  # sound that may come before the picture it belongs to


@dataclass(frozen=True, slots=True)
class Waiting:
    """A packet in the queue since `offered_ns`. `first`: a connection's time begins with it."""

    packet: Packet
    offered_ns: int
    first: bool = False


class _Gate(Enum):
    SHUT = auto()  # no connection: everything is left out
    START = auto()  # a fresh connection waits for its first key frame
    OPEN = auto()
    CATCH_UP = auto()  # pictures were dropped: sound goes on, pictures wait for a key frame


class SendQueue:
    """Packets in the order they came. Offered by the feed's threads, taken by the network thread.

    Full means: something waits longer than `max_age_ns`, or more than `max_bytes` do. Then pictures are dropped up
    to the next key frame; sound goes on, because it is small and a gap in it is what viewers mind most, and is
    dropped only where it is itself too old.
    """

    def __init__(
        self, stream: StreamFormat, clock: Clock, wake: Callable[[], None], *, max_age_ns: int, max_bytes: int
    ) -> None:
        """Make it, shut. `wake` is called, on the offering thread, when a taker who found nothing should look."""
        self._clock = clock
        self._wake = wake
        self._max_age_ns = max_age_ns
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._stream = stream
        self._generation = 0
        self._gate = _Gate.SHUT
        self._items: deque[Waiting] = deque()
        self._early: deque[Waiting] = deque()
        self._bytes = 0
        self._owes_first = False  # the packet that a connection's time begins with was left out
        self._in_flight_ns: int | None = None
        self._hungry = False
        self._counting = False
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Pictures left out since the first connection began to publish."""
        return self._dropped

    @property
    def stream(self) -> StreamFormat:
        return self._stream

    @property
    def generation(self) -> int:
        """Counts the changes of format."""
        return self._generation

    def oldest_ns(self) -> int | None:
        """Since when the oldest packet waits that the kernel has not taken; None: nothing waits."""
        with self._lock:
            if self._in_flight_ns is not None:
                return self._in_flight_ns
            return self._items[0].offered_ns if self._items else None

    def offer(self, packet: Packet) -> None:
        """Add a packet, or leave it out. Any thread; returns at once."""
        waiting = Waiting(packet, self._clock.now_ns())
        with self._lock:
            self._let_in(waiting)
            self._trim(waiting.offered_ns)
            wake, self._hungry = self._hungry and bool(self._items), self._hungry and not self._items
        if wake:
            self._wake()

    def change(self, stream: StreamFormat) -> None:
        """From the next packet on the stream is another: what waits of the old one is left out."""
        with self._lock:
            self._stream = stream
            self._generation += 1
            self._forget()
            self._gate = _Gate.SHUT
            hungry, self._hungry = self._hungry, False
        if hungry:
            self._wake()

    def open(self) -> tuple[StreamFormat, int]:
        """Begin anew for a fresh connection, with the next key frame; the format then, and its generation."""
        with self._lock:
            self._forget()
            self._gate = _Gate.START
            return self._stream, self._generation

    def begin_afresh(self) -> None:
        """Drop the pictures that wait, and those to come up to the next key frame: what follows is worth more."""
        with self._lock:
            if self._gate is _Gate.OPEN:
                self._gate = _Gate.CATCH_UP
                for waiting in self._items:
                    if waiting.packet.kind == "video":
                        self._leave_out(waiting)
                self._items = deque(one for one in self._items if one.packet.kind != "video")

    def shut(self) -> None:
        """The connection is gone."""
        with self._lock:
            self._forget()
            self._gate = _Gate.SHUT

    def take(self) -> Waiting | None:
        """The next packet, then in flight until `taken`. None: nothing there; `wake` will say when there is."""
        with self._lock:
            if not self._items:
                self._hungry = True
                return None
            waiting = self._items.popleft()
            self._bytes -= len(waiting.packet.data)
            self._in_flight_ns = waiting.offered_ns
            return waiting

    def taken(self) -> None:
        """The kernel has taken all of the packet in flight."""
        with self._lock:
            self._in_flight_ns = None

    def _let_in(self, waiting: Waiting) -> None:
        packet = waiting.packet
        if packet.kind == "audio":
            if self._gate is _Gate.START:
                self._early.append(waiting)
                while packet.dts_ns - self._early[0].packet.dts_ns > _EARLY_NS:
                    self._early.popleft()
            elif self._gate is not _Gate.SHUT:
                self._append(waiting)
            return
        if packet.is_key and self._gate is _Gate.START:
            self._counting = True
            self._gate = _Gate.OPEN
            self._append(Waiting(packet, waiting.offered_ns, first=True))
            for early in self._early:
                if early.packet.dts_ns >= packet.dts_ns:
                    self._append(early)
            self._early.clear()
        elif self._gate is _Gate.OPEN or (packet.is_key and self._gate is _Gate.CATCH_UP):
            self._gate = _Gate.OPEN
            self._append(replace(waiting, first=True) if self._owes_first else waiting)
            self._owes_first = False
        else:
            self._dropped += self._counting

    def _append(self, waiting: Waiting) -> None:
        self._items.append(waiting)
        self._bytes += len(waiting.packet.data)

    def _trim(self, now_ns: int) -> None:
        while self._items and (
            now_ns - self._items[0].offered_ns > self._max_age_ns or self._bytes > self._max_bytes
        ):
            if any(waiting.packet.kind == "video" for waiting in self._items):
                self._drop_to_key()
            else:
                self._bytes -= len(self._items.popleft().packet.data)

    def _drop_to_key(self) -> None:
        """Drop the pictures before the next key frame; one that stands first counts as what comes before it."""
        kept: deque[Waiting] = deque()
        dropping, begun = True, False
        for waiting in self._items:
            if dropping and waiting.packet.kind == "video":
                dropping = not (begun and waiting.packet.is_key)
                begun = True
                if dropping:
                    self._leave_out(waiting)
                    continue
                kept.append(replace(waiting, first=self._owes_first))
                self._owes_first = False
                continue
            kept.append(waiting)
        self._items = kept
        if dropping:
            self._gate = _Gate.CATCH_UP

    def _leave_out(self, waiting: Waiting) -> None:
        self._dropped += 1
        self._bytes -= len(waiting.packet.data)
        self._owes_first |= waiting.first

    def _forget(self) -> None:
        self._dropped += sum(self._counting for waiting in self._items if waiting.packet.kind == "video")
        self._items.clear()
        self._early.clear()
        self._bytes = 0
        self._owes_first = False
        self._in_flight_ns = None
