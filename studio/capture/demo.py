"""The bundled workbench, drawn and animated: deterministic by time."""

from __future__ import annotations

import numpy as np

from studio.capture.colour import WANTED
from studio.capture.planes import Planes
from studio.capture.source import READ_NS, Opening, Shot
from studio.media.picture import Picture, Rect, Size

_SIZE = Size(1920, 1080)
_FPS = 30


class DemoSource:
    """Due at each thirtieth of a second of the clock."""

    def __init__(self, opening: Opening) -> None:
        self._clock, self._stop = opening.clock, opening.stop
        self._number = opening.clock.now_ns() * _FPS // 10**9 + 1
        self._picture = Picture.black(_SIZE)

    @property
    def got(self) -> str:
        return f"{_SIZE.width}x{_SIZE.height} drawn {_FPS}"

    def read(self) -> Shot | None:
        now_ns = self._clock.now_ns()
        due_ns = self._number * 10**9 // _FPS
        if self._clock.wait_until(min(due_ns, now_ns + READ_NS), self._stop) or due_ns > now_ns + READ_NS:
            return None
        self._number = max(self._number + 1, self._clock.now_ns() * _FPS // 10**9)
        return Shot(due_ns, lambda: self._draw(due_ns))

    def close(self) -> None:
        """Nothing to give back."""

    def _draw(self, at_ns: int) -> Planes:
        picture = self._picture
        picture.y.fill(90)
        at = round(np.sin(at_ns / 1e9) * 300) // 2 * 2
        picture.part(Rect(800 + at, 400, 320, 240)).y.fill(180)
        return Planes(picture.y, picture.u, picture.v, WANTED)
