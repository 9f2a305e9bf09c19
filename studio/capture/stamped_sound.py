"""A stream's own sound into the ring, stamped by a clock that follows its arrival smoothly."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

from studio.media.ring import SoundRingWriter
from studio.media.sound import CHANNELS, SAMPLE_RATE

_FOLLOW = 0.01  # share of each packet's deviation: jitter of the network is smoothed, drift is followed
_LATE_NS = 300_000_000  # beyond this the stream has jumped
_EARLY_NS = (
    50_000_000  # sooner than this is no jitter: what came before had waited somewhere (a stream's first burst)
)


class StampedSound:
    """Decodes sound packets. Their stream's time plus a slowly moving origin is their stamp."""

    def __init__(self, ring: SoundRingWriter) -> None:
        self._ring = ring
        self._resampler = av.AudioResampler(format="flt", layout="stereo", rate=SAMPLE_RATE)
        self._origin_ns: float | None = None

    def take(self, codec: av.AudioCodecContext, packet: av.Packet[av.stream.Stream], arrived_ns: int) -> None:
        """Decode, and write what it holds. A damaged packet is left out."""
        try:
            frames = codec.decode(packet)
        except av.error.InvalidDataError:
            return
        for frame in frames:
            if frame.pts is None:
                continue
            media_ns = int(frame.pts * (frame.time_base or Fraction(0)) * 10**9)
            stamp_ns = self._follow(media_ns, arrived_ns)
            for part in self._resampler.resample(frame):
                samples = np.asarray(part.to_ndarray(), np.float32).reshape(-1, CHANNELS)
                self._ring.write(samples, SAMPLE_RATE, stamp_ns)
                stamp_ns += len(samples) * 10**9 // SAMPLE_RATE

    def _follow(self, media_ns: int, arrived_ns: int) -> int:
        off_ns = 0.0 if self._origin_ns is None else arrived_ns - media_ns - self._origin_ns
        if self._origin_ns is None or not -_EARLY_NS < off_ns < _LATE_NS:
            self._origin_ns = float(arrived_ns - media_ns)
        else:
            self._origin_ns += off_ns * _FOLLOW
        return media_ns + int(self._origin_ns)
