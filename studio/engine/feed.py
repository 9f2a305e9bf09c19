"""One feed's thread: tick, place, blend, encode, hand over. Nothing here waits but for the tick."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

from studio.engine.compose import PlacedScene, compose
from studio.engine.faults import Faults
from studio.engine.interleave import Interleaver
from studio.engine.pace import Pace
from studio.engine.video_encoder import Canvas
from studio.media.clock import Clock
from studio.media.packet import Packet
from studio.media.picture import Picture, Size
from studio.overlays.blend import Prepared
from studio.overlays.stage import Stage
from studio.show.model import Feed

log = logging.getLogger(__name__)

KEY_GAP_S = Fraction(1, 2)  # a server that comes and goes must not fill the stream with key frames
# A tick that is late is made all the same, if it is no later than this: the encoder's look-ahead hides it. Without
# one, in profile live, a late picture is worth less than the next one.
LATE_NS = {"quality": 100_000_000, "live": 0}
HOLD_NS = {"quality": 500_000_000, "live": 40_000_000}  # how long one kind of packet waits for a late other


class Encoder(Protocol):
    """A VideoEncoder, or one after the other."""

    def encode(self, canvas: Canvas, number: int, born_ns: int, *, key: bool = False) -> list[Packet]: ...

    def flush(self) -> list[Packet]: ...


class PacketSink(Protocol):
    """Whoever takes packets: returns at once, keeps its own bounded queue, counts what it drops."""

    def offer(self, packet: Packet) -> None: ...


class PreviewSink(Protocol):
    """Takes a finished picture now and then; returns at once."""

    def offer(self, picture: Picture) -> None: ...


@dataclass(slots=True)
class FeedOutput:
    """A feed on air: its encoder and who takes the packets. `sinks` is swapped whole by the control thread."""

    encoder: Encoder
    sinks: tuple[PacketSink, ...]
    interleaver: Interleaver
    key_wanted: bool = True
    keyed_at: int = -1_000_000  # tick of the last key frame that was asked for
    first_ns: int = 0  # monotonic: when the first tick on air was due; there once `begun` is set
    begun: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)

    def hand_over(self, packets: Sequence[Packet]) -> None:
        sinks = self.sinks
        for packet in packets:
            for sink in sinks:
                sink.offer(packet)


@dataclass(frozen=True, slots=True)
class OverlayUpdate:
    """What the overlay worker has ready for a feed: changed slots only, and the revision that it makes actual."""

    revision: int
    slots: Mapping[str, Prepared | None]


class FeedThread:
    """Owns a feed's canvas and stage; runs on the thread `feed:<name>`.

    The control thread swaps `scene`, `slates`, `preview` and the output between two ticks; the overlay worker and the
    mix thread only append to mailboxes.
    """

    def __init__(self, feed: Feed, clock: Clock, epoch_ns: int) -> None:
        self.feed = feed
        self.pace = Pace()
        self.scene: PlacedScene | None = None
        self.slates: Mapping[Size, Picture] = {}
        self.preview: PreviewSink | None = None
        self.revision = 0
        self.position_ns = 0  # show time of the newest tick, in the scale of the packets
        self._clock, self._epoch_ns = clock, epoch_ns
        self._canvas = Canvas(*feed.size)
        self._late_ns = LATE_NS[feed.profile]
        self._key_gap = max(1, round(feed.rate * KEY_GAP_S))
        self._stage = Stage(Size(*feed.size))
        self._updates: deque[OverlayUpdate] = deque(maxlen=64)
        self._audio: deque[Packet] = deque(maxlen=512)
        self._output: FeedOutput | None = None
        self._next_output: FeedOutput | None = None
        self._faults = Faults(f"feed {feed.name}")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"feed:{feed.name}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def put_on_air(self, output: FeedOutput | None) -> None:
        """From the next tick on, encode to this output; None: off air. The old one is flushed and then `closed`."""
        self._next_output = output

    def update(self, update: OverlayUpdate) -> None:
        self._updates.append(update)

    def add_audio(self, packets: Sequence[Packet]) -> None:
        self._audio.extend(packets)

    def _run(self) -> None:
        rate = self.feed.rate
        number = self._reached(self._clock.now_ns(), rate) + 1
        while not self._clock.wait_until(self._due_ns(number, rate), self._stop):
            try:
                self._tick(number, self._due_ns(number, rate))
            except Exception as error:  # noqa: BLE001 - one bad tick must not end the feed; the log tells of it
                self._faults.caught(error)
            oldest = self._oldest_in_time(rate)
            if oldest > number + 1 and self._output is not None:
                self.pace.skip(oldest - number - 1)
            number = max(number + 1, oldest)
        self._change_output(None, self.position_ns)

    def _oldest_in_time(self, rate: Fraction) -> int:
        """The oldest tick that is not too late by now; the newest that is due never is."""
        now_ns = self._clock.now_ns()
        late_ns = self._late_ns if self._output is not None else 0
        return min(self._reached(now_ns - late_ns, rate) + 1, self._reached(now_ns, rate))

    def _due_ns(self, number: int, rate: Fraction) -> int:
        return self._epoch_ns + int(number * 10**9 / rate)

    def _reached(self, now_ns: int, rate: Fraction) -> int:
        return int((now_ns - self._epoch_ns) * rate / 10**9)

    def _tick(self, number: int, due_ns: int) -> None:
        began_ns = self._clock.now_ns()
        if self._next_output is not self._output:
            self._change_output(self._next_output, due_ns - self._epoch_ns)
        picture, scene = self._canvas.picture, self.scene
        try:
            revision = self._draw(picture, scene, due_ns)
        except Exception as error:  # noqa: BLE001 - the picture as far as it was drawn is better than none
            self._faults.caught(error)
            revision = self.revision
        output = self._output
        if output is not None:
            self._encode(output, number, (scene.newest_stamp_ns if scene is not None else 0) or due_ns)
        preview = self.preview
        if preview is not None:
            preview.offer(picture)
        self.revision = revision
        self.position_ns = due_ns - self._epoch_ns
        self.pace.tick(began_ns, self._clock.now_ns())

    def _draw(self, picture: Picture, scene: PlacedScene | None, due_ns: int) -> int:
        """The picture of this tick; the revision that it shows."""
        if scene is not None:
            compose(picture, scene, self.slates, due_ns)
        revision = self._take_updates(due_ns)
        self._stage.draw(picture, due_ns)
        return revision

    def _take_updates(self, now_ns: int) -> int:
        revision = self.revision
        while self._updates:
            update = self._updates.popleft()
            for slot, prepared in update.slots.items():
                self._stage.show(slot, prepared, now_ns)
            revision = update.revision
        return revision

    def _encode(self, output: FeedOutput, number: int, born_ns: int) -> None:
        if not output.begun.is_set():
            output.first_ns = self._due_ns(number, self.feed.rate)
            output.begun.set()
        key = output.key_wanted and number - output.keyed_at >= self._key_gap
        if key:
            output.key_wanted, output.keyed_at = False, number
        start_ns = self._clock.now_ns()
        packets = output.encoder.encode(self._canvas, number, born_ns, key=key)
        self.pace.frame(self._clock.now_ns() - start_ns)
        for packet in packets:
            self.pace.packet(packet)
        self._interleave(output, packets)

    def _interleave(self, output: FeedOutput, packets: Sequence[Packet]) -> None:
        while self._audio:
            output.hand_over(output.interleaver.add(self._audio.popleft()))
        for packet in packets:
            output.hand_over(output.interleaver.add(packet))

    def _change_output(self, then: FeedOutput | None, begins_ns: int) -> None:
        """From the tick at `begins_ns` on, on the packets' scale, it is this one."""
        old, self._output = self._output, then
        if old is not None:
            try:
                self._interleave(old, old.encoder.flush())
                old.hand_over(old.interleaver.flush())
            except Exception as error:  # noqa: BLE001 - whoever waits for `closed` must not wait in vain
                self._faults.caught(error)
            old.closed.set()
        # What is older belongs to nobody. What is not may be there already, for this tick may be late.
        while self._audio and (then is None or self._audio[0].pts_ns < begins_ns):
            self._audio.popleft()
        if then is not None:
            self.pace.restart()  # counts stay after the end: the last status tells them
