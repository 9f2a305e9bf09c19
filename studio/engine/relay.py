"""Changes a feed's encoder in mid-stream, so that whoever takes the packets notices nothing."""

from __future__ import annotations

import logging
import threading
from collections import deque

from studio.engine.video_encoder import Canvas, VideoEncoder
from studio.media.packet import Packet

log = logging.getLogger(__name__)


class EncoderRelay:
    """One encoder after the other, as if they were one. For the feed's thread, but for `follow_with`.

    What the old encoder still holds takes it as long as encoding so many frames takes: it is drained by a thread of
    its own, `drain`, while the new one fills its look-ahead; the new one's packets wait until the old one's are all
    out. So no tick waits, none is lost, and pts and dts rise over the change.
    """

    def __init__(self, encoder: VideoEncoder) -> None:
        self.format, self.delay_ns = encoder.format, encoder.delay_ns
        self._encoder = encoder
        self._next: deque[tuple[VideoEncoder, bool]] = deque(maxlen=1)
        self._old: _Drain | None = None
        self._waiting: list[Packet] = []  # the new encoder's, while the old one is drained

    @property
    def preset(self) -> str:
        """That of the encoder at work."""
        return self._encoder.preset

    @property
    def kbps(self) -> int:
        """That of the encoder at work."""
        return self._encoder.kbps

    def follow_with(self, encoder: VideoEncoder, *, at_once: bool = False) -> None:
        """From the next key frame on, or `at_once` with a key frame, it is this encoder. Any thread.

        Raises:
            ValueError: its parameter sets are other bytes, so decoders could not go on.
        """
        if encoder.format.extradata != self.format.extradata:
            raise ValueError(f"{encoder.preset} has other parameter sets than {self.preset}")
        self._next.append((encoder, at_once))

    def encode(self, canvas: Canvas, number: int, born_ns: int, *, key: bool = False) -> list[Packet]:
        """Encode tick `number`; what is ready comes out. `key` forces a key frame before its time."""
        if self._next and self._old is None and (self._next[0][1] or key or self._encoder.key_due(number)):
            old, (self._encoder, _) = self._encoder, self._next.popleft()
            log.info("preset %s, %d kb/s from tick %d on", self.preset, self.kbps, number)
            self._old = _Drain(old)
        return self._in_order(self._encoder.encode(canvas, number, born_ns, key=key))

    def flush(self) -> list[Packet]:
        """All that is still held. Nothing can be encoded afterwards."""
        if self._old is not None:
            self._old.thread.join()
        return self._in_order(self._encoder.flush())

    def _in_order(self, packets: list[Packet]) -> list[Packet]:
        if self._old is None:
            return packets
        self._waiting += packets
        done = self._old.done.is_set()  # looked at first: what came after that look comes next time
        out = self._old.take()
        if done:
            out, self._old, self._waiting = [*out, *self._waiting], None, []
        return out


class _Drain:
    """Takes out of an encoder what it still holds, and closes it."""

    def __init__(self, encoder: VideoEncoder) -> None:
        self.done = threading.Event()
        self._packets: deque[Packet] = deque()
        self.thread = threading.Thread(target=self._run, args=(encoder,), name="drain", daemon=True)
        self.thread.start()

    def take(self) -> list[Packet]:
        """What has come out by now."""
        return [self._packets.popleft() for _ in range(len(self._packets))]

    def _run(self, encoder: VideoEncoder) -> None:
        try:
            for packet in encoder.drain():
                self._packets.append(packet)
        except Exception:
            log.exception("an encoder that was replaced could not give what it held")
        finally:
            self.done.set()
