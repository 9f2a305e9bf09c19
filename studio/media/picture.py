"""A picture on the frame path: planar I420, BT.709 limited range."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from studio.media.geometry import Rect as Rect
from studio.media.geometry import Size as Size

Plane = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Picture:
    """The three planes of one picture: y (h, w), u and v (h/2, w/2), uint8.

    Whoever is handed a picture may read it; only whoever made it writes into it.
    """

    y: Plane
    u: Plane
    v: Plane

    @property
    def size(self) -> Size:
        return Size(self.y.shape[1], self.y.shape[0])

    @classmethod
    def over(cls, buffer: Plane, size: Size) -> Picture:
        """Views into a flat uint8 buffer of `size.i420_bytes`, without a copy."""
        luma = size.width * size.height
        chroma = luma // 4
        half = (size.height // 2, size.width // 2)
        return cls(
            buffer[:luma].reshape(size.height, size.width),
            buffer[luma : luma + chroma].reshape(half),
            buffer[luma + chroma : luma + 2 * chroma].reshape(half),
        )

    @classmethod
    def black(cls, size: Size) -> Picture:
        """A picture of its own, in BT.709 limited-range black."""
        picture = cls.over(np.empty(size.i420_bytes, np.uint8), size)
        picture.y.fill(16)
        picture.u.fill(128)
        picture.v.fill(128)
        return picture

    def part(self, rect: Rect) -> Picture:
        """Views of the rectangle, without a copy."""
        x, y, w, h = rect
        half = np.s_[y // 2 : (y + h) // 2, x // 2 : (x + w) // 2]
        return Picture(self.y[y : y + h, x : x + w], self.u[half], self.v[half])

    def paste(self, other: Picture) -> None:
        """Copy another picture of the same size into this one."""
        np.copyto(self.y, other.y)
        np.copyto(self.u, other.u)
        np.copyto(self.v, other.v)
