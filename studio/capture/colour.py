"""From any Y'CbCr or RGB to BT.709 limited range, on 8-bit planes, without a way round by RGB.

Y'CbCr of one matrix and range is an affine function of another's, and grey stays grey: so luma needs a scale and a
correction that depends on chroma alone, and chroma needs chroma alone. The correction is worked out at the chroma's
own resolution, which makes the whole about four times as cheap as swscale's way. Coefficients: ITU-R BT.601-7 §2.5,
BT.709-6 §3, BT.2020-2 table 4; full range: JFIF 1.02.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.media.picture import Picture, Plane

Matrix = Literal["601", "709", "2020", "240"]

_KR_KB: dict[Matrix, tuple[float, float]] = {
    "601": (0.299, 0.114),
    "709": (0.2126, 0.0722),
    "2020": (0.2627, 0.0593),
    "240": (0.212, 0.087),
}


class Colour(NamedTuple):
    """How numbers mean colours: the matrix, and whether luma uses 0–255 (full) or 16–235."""

    matrix: Matrix
    full: bool


WANTED = Colour("709", full=False)


class _Map(NamedTuple):
    """Y = luma · Y + by_cb · Cb + by_cr · Cr + offset; chroma: rows of (Cb, Cr, offset). On 8-bit codes."""

    luma: float
    by_cb: float
    by_cr: float
    offset: float
    cb: tuple[float, float, float]
    cr: tuple[float, float, float]


def rgb_to_ycc(matrix: Matrix) -> NDArray[np.float64]:
    """3x3: R'G'B' of 0–1 to Y' of 0–1 and Cb, Cr of ±0.5."""
    kr, kb = _KR_KB[matrix]
    luma = np.array([kr, 1 - kr - kb, kb])
    cb = (np.array([0.0, 0.0, 1.0]) - luma) / (2 * (1 - kb))
    cr = (np.array([1.0, 0.0, 0.0]) - luma) / (2 * (1 - kr))
    return np.stack([luma, cb, cr])


@lru_cache
def _map_from(colour: Colour) -> _Map:
    change = rgb_to_ycc(WANTED.matrix) @ np.linalg.inv(rgb_to_ycc(colour.matrix))
    luma_from, chroma_from, black = (255.0, 255.0, 0.0) if colour.full else (219.0, 224.0, 16.0)
    luma = 219.0 / luma_from
    by_cb, by_cr = change[0, 1:] * 219.0 / chroma_from
    chroma = change[1:, 1:] * 224.0 / chroma_from
    rows = [(float(b), float(r), float(128.0 - 128.0 * (b + r))) for b, r in chroma]
    offset = 16.0 - luma * black - 128.0 * (by_cb + by_cr)
    return _Map(luma, float(by_cb), float(by_cr), float(offset), rows[0], rows[1])


class ColourMapper:
    """Keeps what it needs between pictures: memory taken anew for each costs more than the mapping."""

    def __init__(self) -> None:
        self._kept: dict[str, Plane] = {}

    def map(self, y: Plane, u: Plane, v: Plane, colour: Colour, out: Picture) -> None:
        """Fill `out` from planes of its size, with chroma 4:2:0, 4:2:2 or 4:4:4; all sides even."""
        small_u, small_v = self._quartered(u, out.u, "u"), self._quartered(v, out.v, "v")
        if colour == WANTED:
            np.copyto(out.y, y)
            np.copyto(out.u, small_u)
            np.copyto(out.v, small_v)
            return
        change = _map_from(colour)
        cv2.addWeighted(small_u, change.cb[0], small_v, change.cb[1], change.cb[2], dst=out.u)
        cv2.addWeighted(small_u, change.cr[0], small_v, change.cr[1], change.cr[2], dst=out.v)
        if colour.matrix == WANTED.matrix:
            cv2.convertScaleAbs(y, dst=out.y, alpha=change.luma, beta=change.offset)
        else:
            self._map_luma(y, u, v, change, out.y)

    def _map_luma(self, y: Plane, u: Plane, v: Plane, change: _Map, out: Plane) -> None:
        # The correction as bytes around 128, spread as wide as it fits, so that its rounding does not show.
        spread = 127.0 / (128.0 * (abs(change.by_cb) + abs(change.by_cr)))
        middle = 128.0 - 128.0 * spread * (change.by_cb + change.by_cr)
        correction = self._plane("correction", u.shape)
        cv2.addWeighted(u, change.by_cb * spread, v, change.by_cr * spread, middle, dst=correction)
        offset = change.offset + 128.0 * (change.by_cb + change.by_cr) - 128.0 / spread
        if correction.shape[1] < y.shape[1]:
            # Interleaved with itself: each value twice, at a quarter of what a resize costs.
            twice = self._plane("twice", (len(correction), y.shape[1]))
            cv2.merge([correction, correction], dst=twice.reshape(*correction.shape, 2))
            correction = twice
        rows = len(y) // len(correction)  # 2 in 4:2:0: the even rows, then the odd ones
        for row in range(rows):
            cv2.addWeighted(y[row::rows], change.luma, correction, 1.0 / spread, offset, dst=out[row::rows])

    def _quartered(self, plane: Plane, like: Plane, name: str) -> Plane:
        """Chroma at half the luma's width and height."""
        if plane.shape == like.shape:
            return plane
        small = self._plane(name, like.shape)
        if plane.shape[1] == like.shape[1]:
            cv2.addWeighted(plane[0::2], 0.5, plane[1::2], 0.5, 0.0, dst=small)
        else:
            cv2.resize(plane, like.shape[::-1], dst=small, interpolation=cv2.INTER_AREA)
        return small

    def _plane(self, name: str, shape: tuple[int, ...]) -> Plane:
        if name not in self._kept or self._kept[name].shape != shape:
            self._kept[name] = np.empty(shape, np.uint8)
        return self._kept[name]


def _bgr_matrix() -> NDArray[np.float32]:
    scale = np.array([219.0, 224.0, 224.0])[:, None] / 255.0
    matrix = rgb_to_ycc(WANTED.matrix)[:, ::-1] * scale
    return np.hstack([matrix, [[16.0], [128.0], [128.0]]]).astype(np.float32)


_FROM_BGR = _bgr_matrix()


def planes_from_bgr(bgr: NDArray[np.uint8]) -> tuple[Plane, Plane, Plane]:
    """BT.709 limited 4:2:0 planes of a BGR picture (h, w, 3) of even sides."""
    height, width = bgr.shape[:2]
    full = cv2.transform(bgr, _FROM_BGR)
    half = cv2.resize(full, (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    y, u, v = cv2.extractChannel(full, 0), cv2.extractChannel(half, 1), cv2.extractChannel(half, 2)
    return np.asarray(y, np.uint8), np.asarray(u, np.uint8), np.asarray(v, np.uint8)
