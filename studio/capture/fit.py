"""Which part of a source's picture is seen, and where it lies in the size that a feed asked for. Pure."""

from __future__ import annotations

from typing import NamedTuple

from studio.media.picture import Rect, Size
from studio.show.plan import PictureRequest


class Placing(NamedTuple):
    """`crop` of the source's picture is scaled to `content` of the wanted one."""

    crop: Rect
    content: Rect


def place(size: Size, pixel_aspect: float, request: PictureRequest) -> Placing:
    """Fit a picture of `size`, whose pixels are `pixel_aspect` times as wide as high, into a request."""
    shape = size.width * pixel_aspect / size.height
    wanted = request.width / request.height
    if request.fit == "contain":
        width = _even(min(request.width, request.height * shape), request.width)
        height = _even(min(request.height, request.width / shape), request.height)
        return Placing(Rect(0, 0, *size), _centred(width, height, request.width, request.height))
    width = _even(min(size.width, size.height * wanted / pixel_aspect), size.width)
    height = _even(min(size.height, size.width * pixel_aspect / wanted), size.height)
    return Placing(_centred(width, height, *size), Rect(0, 0, request.width, request.height))


def _even(side: float, limit: int) -> int:
    return max(2, min(limit, round(side / 2) * 2))


def _centred(width: int, height: int, outer_width: int, outer_height: int) -> Rect:
    return Rect((outer_width - width) // 4 * 2, (outer_height - height) // 4 * 2, width, height)
