"""One source's sound, brought from its device's clock to ours."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.filter import Graph

from studio.media.sound import CHANNELS, SAMPLE_RATE, Samples

_NANO = Fraction(1, 10**9)
# async=1000, min_comp=0.001: a difference between stamps and samples of over 1 ms is stretched away within a
# second, by at most 1000 samples a second. min_hard_comp=10: never by inserting or dropping samples (the inlet
# begins anew long before 10 s). flags=res: the resampler stands from the first sample; switched on at the first
# correction it would start in mid-sound, with a click.
_OPTIONS = f"{SAMPLE_RATE}:async=1000:min_comp=0.001:min_hard_comp=10:flags=res:osf=flt"


class Resampler:
    """Unbroken sound in, at any rate and with device stamps; unbroken sound out at 48 kHz by those stamps.

    Its first sample out belongs to the first stamp in. What it holds back is a third of a millisecond.
    """

    def __init__(self, rate: int) -> None:
        self.rate = rate
        graph = Graph()
        self._in = graph.add_abuffer(sample_rate=rate, format="flt", layout="stereo", time_base=_NANO)
        convert = graph.add("aresample", _OPTIONS)
        self._out = graph.add("abuffersink")
        self._in.link_to(convert)
        convert.link_to(self._out)
        graph.configure()
        self._graph = graph  # its ends do not keep it alive
        self._first_ns: int | None = None
        self._given = 0
        self._held_s: float | None = None
        self.error_s = 0.0

    def push(self, samples: Samples, stamp_ns: int) -> Samples:
        """Give float32 (n, 2) whose first sample was heard at `stamp_ns`; what came out, float32 (m, 2).

        Sets `error_s`: by how much the sound now comes out after (or, negative, before) the time of its stamps.
        """
        if self._first_ns is None:
            self._first_ns = stamp_ns
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="flt", layout="stereo")
        frame.sample_rate = self.rate
        frame.time_base = _NANO
        frame.pts = stamp_ns - self._first_ns
        self._in.push(frame)
        out = self._pull()
        self._given += len(out)
        # Input heard so far less output given so far is what the filter holds back (constant, and known from the
        # first push, when nothing can have drifted yet) plus the error.
        ahead_s = (frame.pts + len(samples) * 10**9 / self.rate) / 1e9 - self._given / SAMPLE_RATE
        if self._held_s is None:
            self._held_s = ahead_s
        self.error_s = self._held_s - ahead_s
        return out

    def _pull(self) -> Samples:
        parts = []
        while True:
            try:
                frame = self._out.pull()
            except av.BlockingIOError:
                break
            assert isinstance(frame, AudioFrame)
            parts.append(frame.to_ndarray().reshape(-1, CHANNELS))
        if not parts:
            return np.empty((0, CHANNELS), np.float32)
        return (parts[0] if len(parts) == 1 else np.concatenate(parts)).astype(np.float32, copy=False)
