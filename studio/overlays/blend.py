"""Laying an overlay on an I420 picture: prepared once, blended each frame on the overlay's rectangle only.

With premultiplied colours, composing is `picture × (1 - alpha) + overlay` in each plane: the overlay's planes hold
`alpha × (offset + …)` of BT.709 limited range (ITU-R BT.709-6, 3.3 and 3.5). For chroma both terms are averaged over
the 2×2 pixels that share a sample, which is exactly the average of the pixel-wise composite. Against that composite
in floating point the error is at most 2 of 255: half a step each for the two prepared planes and the product, and
half a step more while fading.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from studio.media.picture import Picture, Plane, Rect
from studio.overlays.raster import Raster

_KR, _KB = 0.2126, 0.0722
_LUMA = np.array([[219 * _KR, 219 * (1 - _KR - _KB), 219 * _KB, 16]], np.float32) / 255
_CHROMA = (
    np.array(
        [
            [-112 * _KR / (1 - _KB), -112 * (1 - _KR - _KB) / (1 - _KB), 112, 128],
            [112, -112 * (1 - _KR - _KB) / (1 - _KR), -112 * _KB / (1 - _KR), 128],
            [0, 0, 0, 255],
        ],
        np.float32,
    )
    / 255
)


@dataclass(frozen=True, slots=True, eq=False)
class _Planes:
    """An overlay whose upper left corner lies on an even place: padded with nothing to even sides, all uint8.

    y, y_keep: (h, w); u, v, c_keep: (h/2, w/2). `keep` is 255 × (1 - alpha).
    """

    y: Plane
    u: Plane
    v: Plane
    y_keep: Plane
    c_keep: Plane


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """An overlay ready for `blend`, placed at (x, y) of the frame. Handed from thread to thread; never changed.

    Only the planes for its own parity are made in advance; the other three, needed when it is moved by an odd
    distance, are made at first use.
    """

    raster: Raster
    _planes: dict[tuple[int, int], _Planes] = field(default_factory=dict, repr=False)

    @property
    def rect(self) -> Rect:
        height, width = self.raster.pixels.shape[:2]
        return Rect(self.raster.x, self.raster.y, width, height)

    def planes(self, parity: tuple[int, int]) -> _Planes:
        found = self._planes.get(parity)
        if found is None:
            found = self._planes[parity] = _make(self.raster, *parity)
        return found


def prepare(raster: Raster) -> Prepared:
    """Turn RGBA into planes: some milliseconds, so on the overlay worker and never on the frame path."""
    prepared = Prepared(raster)
    prepared.planes((raster.x & 1, raster.y & 1))
    return prepared


def blend(
    picture: Picture, prepared: Prepared, dx: int = 0, dy: int = 0, opacity: float = 1.0, clip: Rect | None = None
) -> None:
    """Lay the overlay on the picture, in place, moved by (dx, dy).

    Args:
        picture: whose planes are changed, on the overlay's rectangle.
        prepared: the overlay.
        dx: pixels to the right.
        dy: pixels down.
        opacity: 0 to 1, of the whole overlay.
        clip: the part of the frame that may change; even, as 4:2:0 asks.
    """
    if opacity <= 0:
        return
    x, y = prepared.raster.x + dx, prepared.raster.y + dy
    planes = prepared.planes((x & 1, y & 1))
    x, y = x - (x & 1), y - (y & 1)
    height, width = planes.y.shape
    left, top = max(0, x), max(0, y)
    right, bottom = min(picture.size.width, x + width), min(picture.size.height, y + height)
    if clip is not None:
        left, top = max(left, clip.x), max(top, clip.y)
        right, bottom = min(right, clip.x + clip.width), min(bottom, clip.y + clip.height)
    if left >= right or top >= bottom:
        return
    here = np.s_[top:bottom, left:right]
    there = np.s_[top - y : bottom - y, left - x : right - x]
    _lay(picture.y[here], planes.y[there], planes.y_keep[there], opacity)
    here, there = (np.s_[a.start // 2 : a.stop // 2, b.start // 2 : b.stop // 2] for a, b in (here, there))
    keep = planes.c_keep[there]
    _lay(picture.u[here], planes.u[there], keep, opacity)
    _lay(picture.v[here], planes.v[there], keep, opacity)


def _lay(under: Plane, over: Plane, keep: Plane, opacity: float) -> None:
    if opacity >= 1:
        cv2.multiply(under, keep, under, 1 / 255)
        cv2.add(under, over, under)
        return
    whole = cv2.multiply(under, keep, None, 1 / 255)
    cv2.add(whole, over, whole)
    cv2.addWeighted(whole, opacity, under, 1 - opacity, 0, under)


def _make(raster: Raster, odd_x: int, odd_y: int) -> _Planes:
    height, width = raster.pixels.shape[:2]
    padded = cv2.copyMakeBorder(
        raster.pixels,
        odd_y,
        (odd_y + height) & 1,
        odd_x,
        (odd_x + width) & 1,
        cv2.BORDER_CONSTANT,
        value=(0, 0, 0, 0),
    )
    luma = cv2.transform(padded, _LUMA).astype(np.uint8, copy=False)
    half = (padded.shape[1] // 2, padded.shape[0] // 2)
    chroma = cv2.resize(cv2.transform(padded.astype(np.float32), _CHROMA), half, interpolation=cv2.INTER_AREA)
    u, v, alpha = (np.ascontiguousarray(plane) for plane in np.rint(chroma).astype(np.uint8).transpose(2, 0, 1))
    return _Planes(luma, u, v, np.asarray(255 - padded[:, :, 3], np.uint8), 255 - alpha)
