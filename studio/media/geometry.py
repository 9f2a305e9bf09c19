"""Sizes and places on a picture, in pixels. Plain numbers: the keeper needs them without numpy."""

from __future__ import annotations

from typing import NamedTuple


class Size(NamedTuple):
    """Width and height in pixels; both even, because chroma is halved."""

    width: int
    height: int

    @property
    def i420_bytes(self) -> int:
        return self.width * self.height * 3 // 2


class Rect(NamedTuple):
    """A place on a picture in pixels; all four even."""

    x: int
    y: int
    width: int
    height: int
