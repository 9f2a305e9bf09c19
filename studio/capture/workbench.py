"""The bundled workbench: a hand that tools a pattern into leather. The same at the same time, always.

The still parts were drawn once (tools/draw_demo) and are kept as BT.709 planes. A picture costs a copy of them,
the blows since the last one, and two hands laid over.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import msgspec
import numpy as np
from numpy.typing import NDArray

from studio.capture.colour import planes_from_bgr
from studio.media.picture import Picture, Plane, Rect, Size
from studio.workspace.resources import resource

SIZE = Size(1920, 1080)
TAP_NS = 360_000_000  # from one blow to the next
_REST_NS = 2_500_000_000  # at the end: the finished piece is seen, then it fades into the next one
_FADE_NS = 1_200_000_000
_RADIUS = 26  # of what one blow shapes, pixels
_LIFT = 9  # how high the tool goes between two blows, pixels
_HOLDS = 21  # how often in a round the other hand takes a new hold


class _Motion(msgspec.Struct, frozen=True):
    """Places in pixels. `taps`: where the tool is set down, in order."""

    carved_at: tuple[int, int]
    right_tip: tuple[int, int]
    left_at: tuple[int, int]
    taps: list[tuple[int, int]]


class _Sprite(NamedTuple):
    """A hand: its planes times its alpha, and what its alpha lets through (0-255), at luma and chroma size."""

    planes: tuple[Plane, Plane, Plane]
    through: tuple[Plane, Plane, Plane]


class Workbench:
    """Draws into a picture of its own, which stays valid until the next one is drawn."""

    def __init__(self) -> None:
        folder = resource("demo")
        self._motion = msgspec.json.decode((folder / "motion.json").read_bytes(), type=_Motion)
        self._fresh = _picture(_load("bench.webp"))
        carved = _picture(_load("carved.webp"))
        self._place = Rect(*self._motion.carved_at, *carved.size)
        self._carved = carved
        self._right, self._left = _sprite(_load("right.webp")), _sprite(_load("left.webp"))
        self._discs = (_disc(_RADIUS), _disc(_RADIUS // 2))
        self._bench = Picture.black(SIZE)
        self._bench.paste(self._fresh)
        self._struck = 0
        self._picture = Picture.black(SIZE)

    @property
    def round_ns(self) -> int:
        """How long until everything begins again."""
        return len(self._motion.taps) * TAP_NS + _REST_NS

    def draw(self, at_ns: int) -> Picture:
        """The picture at a time."""
        at_ns %= self.round_ns
        taps = self._motion.taps
        self._strike(min(len(taps), at_ns // TAP_NS + 1))
        self._picture.paste(self._bench)
        gone_ns = at_ns - (self.round_ns - _FADE_NS)
        if gone_ns > 0:
            self._fade(gone_ns / _FADE_NS)
        hold = at_ns * _HOLDS / self.round_ns % 1
        slide = _eased(abs(hold * 2 - 1) * 6 - 5)
        left_x, left_y = self._motion.left_at
        _lay(self._picture, self._left, left_x - round(10 * slide), left_y + round(14 * slide))
        x, y = self._hand(at_ns)
        _lay(self._picture, self._right, x - self._motion.right_tip[0], y - self._motion.right_tip[1])
        return self._picture

    def _hand(self, at_ns: int) -> tuple[int, int]:
        """Down on the blow, then up and on to the next place; away at the end."""
        taps = self._motion.taps
        index, share = at_ns // TAP_NS, at_ns % TAP_NS / TAP_NS
        if index >= len(taps):
            away = _eased(min(1.0, (at_ns - len(taps) * TAP_NS) / (_REST_NS / 3)))
            back = _eased(max(0.0, (at_ns - self.round_ns) / (_REST_NS / 4) + 1))
            last, first = np.array(taps[-1]), np.array(taps[0])
            spot = last + (first - last) * back + np.array([260, 220]) * (away - back)
            return round(float(spot[0])), round(float(spot[1]))
        here, there = np.array(taps[index]), np.array(taps[min(index + 1, len(taps) - 1)])
        step = here + (there - here) * _eased((share - 0.25) / 0.6)
        lift = _LIFT * np.sin(np.pi * min(1.0, max(0.0, (share - 0.15) / 0.85))) ** 2
        return round(float(step[0])), round(float(step[1] - lift))

    def _strike(self, wanted: int) -> None:
        """Bring the leather to what so many blows make of it."""
        if wanted < self._struck:
            self._bench.part(self._place).paste(self._fresh.part(self._place))
            self._struck = 0
        for x, y in self._motion.taps[self._struck : wanted]:
            self._shape(x - self._place.x, y - self._place.y)
        self._struck = wanted

    def _shape(self, x: int, y: int) -> None:
        bench = self._bench.part(self._place)
        for plane, carved, disc, at in (
            (bench.y, self._carved.y, self._discs[0], (x, y)),
            (bench.u, self._carved.u, self._discs[1], (x // 2, y // 2)),
            (bench.v, self._carved.v, self._discs[1], (x // 2, y // 2)),
        ):
            reach = len(disc) // 2
            left, top = max(0, at[0] - reach), max(0, at[1] - reach)
            here = np.s_[top : at[1] + reach + 1, left : at[0] + reach + 1]
            share = disc[top - at[1] + reach :, left - at[0] + reach :][
                : plane[here].shape[0], : plane[here].shape[1]
            ]
            old, new = plane[here].astype(np.float32), carved[here].astype(np.float32)
            plane[here] = np.rint(old + (new - old) * share).astype(np.uint8)

    def _fade(self, share: float) -> None:
        part, fresh = self._picture.part(self._place), self._fresh.part(self._place)
        for plane, new in ((part.y, fresh.y), (part.u, fresh.u), (part.v, fresh.v)):
            cv2.addWeighted(plane, 1 - share, new, share, 0, dst=plane)


def _eased(share: float) -> float:
    share = min(1.0, max(0.0, share))
    return share * share * (3 - 2 * share)


def _disc(radius: int) -> NDArray[np.float32]:
    """Full in the middle, soft at the edge."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return np.asarray(np.clip((radius - np.hypot(x, y)) / (0.45 * radius), 0, 1), np.float32)


def _load(name: str) -> NDArray[np.uint8]:
    data = np.frombuffer(resource("demo", name).read_bytes(), np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_UNCHANGED), np.uint8)


def _picture(bgr: NDArray[np.uint8]) -> Picture:
    return Picture(*planes_from_bgr(bgr))


def _sprite(bgra: NDArray[np.uint8]) -> _Sprite:
    planes = planes_from_bgr(np.ascontiguousarray(bgra[..., :3]))
    luma = np.ascontiguousarray(bgra[..., 3])
    chroma = np.asarray(cv2.resize(luma, planes[1].shape[::-1], interpolation=cv2.INTER_AREA), np.uint8)
    y, u, v = (
        np.asarray(cv2.multiply(plane, alpha, scale=1 / 255), np.uint8)
        for plane, alpha in zip(planes, (luma, chroma, chroma), strict=True)
    )
    return _Sprite((y, u, v), (255 - luma, 255 - chroma, 255 - chroma))


def _lay(onto: Picture, sprite: _Sprite, x: int, y: int) -> None:
    """Blend a sprite, cut off at the picture's edges; chroma to the nearest of its own pixels."""
    for plane, values, through, at in zip(
        (onto.y, onto.u, onto.v),
        sprite.planes,
        sprite.through,
        ((x, y), (x // 2, y // 2), (x // 2, y // 2)),
        strict=True,
    ):
        height, width = plane.shape
        left, top = max(0, at[0]), max(0, at[1])
        right, bottom = min(width, at[0] + values.shape[1]), min(height, at[1] + values.shape[0])
        if left >= right or top >= bottom:
            continue
        own = np.s_[top - at[1] : bottom - at[1], left - at[0] : right - at[0]]
        part = plane[top:bottom, left:right]
        cv2.multiply(part, through[own], dst=part, scale=1 / 255)
        cv2.add(part, values[own], dst=part)
