"""Looks at what a source shows: whether it repeats itself like something that hangs, or is black."""

from __future__ import annotations

import cv2
import numpy as np

from studio.media.picture import Picture, Plane
from studio.show.watched import Watched

_STEP = 8  # each eighth pixel of each eighth row: 32,400 of 1080p, noise and all, for 0.05 ms
_BLACK_MEAN, _BLACK_SPREAD = 22.0, 3.0  # luma; black is 16 in limited range, and a covered sensor is a little above
_BLACK_NS = 3_000_000_000


class ContentWatch:
    """Follows one source's pictures, also from one opening of it to the next.

    Samples are compared to the bit, not averaged: a mean would hide the noise by which a living camera is known.

    Attributes:
        repeating: the very same picture has come for as long as its kind may not.
        black: it has shown nothing but black for some seconds.
    """

    def __init__(self, watched: Watched) -> None:
        self._repeats_ns = None if watched.repeats_s is None else int(watched.repeats_s * 1e9)
        self._judges_black = watched.black
        self._last: Plane | None = None
        self._changed_ns = 0  # stamp of the first picture that looked like the last one
        self._dark_ns: int | None = None  # since when it has been black
        self.repeating = False
        self.black = False

    def look(self, picture: Picture, stamp_ns: int) -> None:
        """Judge the next picture, taken at `stamp_ns`."""
        if self._repeats_ns is None and not self._judges_black:
            return
        sample = picture.y[::_STEP, ::_STEP]
        if self._judges_black:
            self._judge_black(sample, stamp_ns)
        if self._repeats_ns is not None:
            self._judge_repeats(sample, stamp_ns, self._repeats_ns)

    def _judge_black(self, sample: Plane, stamp_ns: int) -> None:
        mean, spread = (float(one[0, 0]) for one in cv2.meanStdDev(np.ascontiguousarray(sample)))
        if mean > _BLACK_MEAN or spread > _BLACK_SPREAD:
            self._dark_ns = None
        elif self._dark_ns is None:
            self._dark_ns = stamp_ns
        self.black = self._dark_ns is not None and stamp_ns - self._dark_ns >= _BLACK_NS

    def _judge_repeats(self, sample: Plane, stamp_ns: int, repeats_ns: int) -> None:
        # A covered sensor may well give nothing but black: that is told as such, and is no reason for the slate.
        if self._dark_ns is not None or self._last is None or not np.array_equal(sample, self._last):
            self._last, self._changed_ns = sample.copy(), stamp_ns
        self.repeating = stamp_ns - self._changed_ns >= repeats_ns
