"""The pattern: a rose and its leaves as lines, and where the tool is set down along them."""

from __future__ import annotations

import cv2
import numpy as np

from tools.draw_demo.surfaces import HEIGHT, WIDTH, Field, Line

# The leather's middle, its turn, and half its size.
CENTRE = np.array([985.0, 500.0])
TILT = np.deg2rad(-4.0)
HALF = np.array([520.0, 318.0])


def on_leather(points: Line) -> Line:
    """From the leather's own coordinates to the picture's."""
    turn = np.array([[np.cos(TILT), -np.sin(TILT)], [np.sin(TILT), np.cos(TILT)]])
    return np.asarray(points @ turn.T + CENTRE)


def spiral(x: float, y: float, radius: float, start: float, turns: float, way: int) -> Line:
    t = np.linspace(0, 1, 150)
    angle = start + way * turns * 2 * np.pi * t
    reach = radius * (1 - 0.86 * t**0.8)
    return np.stack([x + reach * np.cos(angle), y + reach * np.sin(angle)], 1)


def curve(*points: tuple[float, float]) -> Line:
    """A smooth line through the points (Catmull-Rom)."""
    p = np.array([points[0], *points, points[-1]], float)
    parts = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):
        t = np.linspace(0, 1, 40)[:, None]
        parts.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        )
    return np.concatenate(parts)


def leaf(x: float, y: float, angle: float, length: float, width: float) -> list[Line]:
    t = np.linspace(0, 1, 60)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    swell = np.sin(np.pi * t**0.8) * width * (1 + 0.09 * np.sin(t * 22))
    bend = 0.16 * length * np.sin(np.pi * t)
    sides = [np.stack([t * length, bend + side * swell], 1) @ turn.T + [x, y] for side in (1, -1)]
    vein = np.stack([t * length * 0.86, bend * 0.9], 1) @ turn.T + [x, y]
    ribs = []
    for at in (0.25, 0.42, 0.58, 0.73):
        for side in (1, -1):
            root = np.array([at * length, 0.16 * length * np.sin(np.pi * at) * 0.9])
            tip = root + np.array([0.13 * length, side * width * 0.66 * np.sin(np.pi * at**0.8)])
            ribs.append(np.linspace(root, tip, 16) @ turn.T + [x, y])
    return [np.concatenate([sides[0], sides[1][::-1]]), vein, *ribs]


def flower(x: float, y: float, radius: float) -> list[Line]:
    found = []
    for ring, (petals, reach, turn) in enumerate(((7, 1.0, 0.0), (7, 0.66, 0.45))):
        t = np.linspace(0, 2 * np.pi, 361)
        wave = np.abs(np.sin((t + turn) * petals / 2)) ** 0.55
        r = radius * reach * (0.66 + 0.34 * wave)
        found.append(np.stack([x + r * np.cos(t), y + r * np.sin(t)], 1))
        for petal in range(petals):
            a = 2 * np.pi * (petal + 0.5) / petals - turn
            for side in (-0.11, 0.0, 0.11):
                line = np.linspace((0.45 - 0.1 * ring) * reach, 0.83 * reach - abs(side), 14)[:, None] * radius
                found.append(line * [np.cos(a + side), np.sin(a + side)] + [x, y])
    for share in (0.27, 0.14):
        t = np.linspace(0, 2 * np.pi, 90)
        found.append(np.stack([x + share * radius * np.cos(t), y + share * radius * np.sin(t)], 1))
    return found


def strokes() -> tuple[list[Line], list[Line]]:
    """Lines that are carved already, and lines still to do, in the order of work; in the picture's coordinates."""

    def mirrored(lines: list[Line]) -> list[Line]:
        return [line * [-1.0, 1.0] for line in lines]

    def side() -> list[list[Line]]:
        stem = [curve((118, 20), (190, 92), (290, 96), (352, 20), (330, -70))]
        back = [curve((118, -24), (180, -120), (270, -168), (372, -172), (430, -130))]
        return [
            [*stem, spiral(282, -52, 74, 0.35, 1.55, -1)],
            leaf(196, 98, 0.75, 150, 34),
            leaf(318, 84, 0.25, 128, 30),
            [*back, spiral(392, -92, 54, -0.85, 1.25, 1)],
            leaf(170, -112, -1.0, 120, 28),
            leaf(292, -172, -0.2, 118, 22),
            leaf(356, 6, -0.3, 96, 26),
            leaf(150, 60, 1.75, 118, 26),
        ]

    rose = flower(0, 0, 118)
    left = [line for group in side() for line in mirrored(group)]
    right = [line for group in side() for line in group]
    done = [on_leather(line) for line in (*rose, *left)]
    todo = [on_leather(line) for line in right]
    return done, todo


def taps(lines: list[Line], pitch: float) -> list[tuple[int, int]]:
    """Where the tool is set down, in order."""
    found: list[tuple[int, int]] = []
    for line in lines:
        length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        places = np.arange(0, length[-1] + 1, max(6.0, min(pitch, length[-1] / 2)))
        xs, ys = (np.rint(np.interp(places, length, line[:, axis])).astype(int) for axis in (0, 1))
        found += [(int(x), int(y)) for x, y in zip(xs, ys, strict=True)]
    return found


def grooves(lines: list[Line]) -> Field:
    """Distance to the nearest line, in pixels."""
    canvas = np.full((HEIGHT * 2, WIDTH * 2), 255, np.uint8)
    for line in lines:
        cv2.polylines(canvas, [np.round(line * 2).astype(np.int32).reshape(-1, 1, 2)], False, 0, 1)
    far = cv2.distanceTransform(canvas, cv2.DIST_L2, 5) / 2
    return np.asarray(cv2.resize(far, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.float32)
