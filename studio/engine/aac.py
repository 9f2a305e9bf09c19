"""Sound to AAC-LC, stamped by sample number."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.codec.context import Flags

from studio.media.packet import AudioFormat, Packet
from studio.media.sound import CHANNELS, SAMPLE_RATE, Samples

FRAME = 1024  # samples of an AAC-LC access unit
_TICK = Fraction(1, SAMPLE_RATE)
_SLEEP = SAMPLE_RATE  # nobody leaves out less than twice as much


def _ns(number: int) -> int:
    return (number * 10**9 + SAMPLE_RATE // 2) // SAMPLE_RATE


class AacEncoder:
    """One encoder for all feeds of the same bit rate. Owned by the mix thread.

    AAC overlaps its frames, so the encoder answers one frame late: the first packet is only priming, and a
    decoder gives it back as 1024 samples of nothing. That packet is stamped 1024 samples *before* the first sound
    (so the very first may be negative), and each later one with the time at which its own sound is heard: a flash
    and a beep with the same stamp meet, and no player needs to know about priming.
    """

    def __init__(self, kbps: int, anchor_ns: int) -> None:
        """`anchor_ns`: the monotonic time of sample number 0, as in the mixer."""
        context = av.CodecContext.create("aac", "w")
        assert isinstance(context, AudioCodecContext)
        context.sample_rate = SAMPLE_RATE
        context.layout = "stereo"
        context.format = "fltp"
        context.time_base = _TICK
        context.bit_rate = kbps * 1000
        # Half the CPU of the default coder; on music and speech at 96 to 160 kb/s its error was also lower in
        # every band below 15 kHz.
        context.options = {"aac_coder": "fast"}
        context.flags |= Flags.global_header
        context.open()
        self._context = context
        self._kbps = kbps
        self._anchor_ns = anchor_ns
        self._waiting = np.empty((0, CHANNELS), np.float32)
        self._next: int | None = None  # number of the first waiting sample

    def format(self) -> AudioFormat:
        return AudioFormat(SAMPLE_RATE, CHANNELS, self._kbps, bytes(self._context.extradata or b""))

    def encode(self, samples: Samples, first_sample_number: int) -> list[Packet]:
        """Encode float32 (n, 2) within ±1, any n. After a sleep they begin anew, further on.

        Raises:
            ValueError: the samples do not follow the ones before.
        """
        if self._next is None or first_sample_number - self._next > _SLEEP:
            self._next, self._waiting = first_sample_number, np.empty((0, CHANNELS), np.float32)
        elif first_sample_number != self._next + len(self._waiting):
            raise ValueError(f"sound must be whole: expected sample {self._next + len(self._waiting)}")
        self._waiting = np.concatenate((self._waiting, samples))
        packets: list[Packet] = []
        whole = len(self._waiting) // FRAME * FRAME
        for start in range(0, whole, FRAME):
            packets += self._encode(self._waiting[start : start + FRAME])
        self._waiting = self._waiting[whole:]
        return packets

    def flush(self) -> list[Packet]:
        """The end: what is still inside, its last frame filled up with silence. Nothing may follow."""
        packets: list[Packet] = []
        if len(self._waiting):
            missing = np.zeros((FRAME - len(self._waiting), CHANNELS), np.float32)
            packets += self._encode(np.concatenate((self._waiting, missing)))
        return packets + [self._packet(one) for one in self._context.encode(None)]

    def _encode(self, samples: Samples) -> list[Packet]:
        assert self._next is not None
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples.T), format="fltp", layout="stereo")
        frame.sample_rate = SAMPLE_RATE
        frame.time_base = _TICK
        frame.pts = self._next
        self._next += FRAME
        return [self._packet(one) for one in self._context.encode(frame)]

    def _packet(self, encoded: av.Packet[AudioStream]) -> Packet:
        assert encoded.pts is not None
        at_ns = _ns(encoded.pts)
        return Packet(
            kind="audio",
            data=bytes(encoded),
            pts_ns=at_ns,
            dts_ns=at_ns,
            duration_ns=_ns(encoded.pts + FRAME) - at_ns,
            is_key=True,
            born_ns=self._anchor_ns + at_ns,
        )
