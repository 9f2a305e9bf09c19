"""Draws the demo's workbench into resources/demo: run it again after changing it. Not needed to run the program.

Everything is a height field under one warm light from the upper left: wood, leather, tools and hands are shaded
alike, so they belong together. Coordinates are pixels of a 1920x1080 picture; colours are R'G'B' of 0-1.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Colour = tuple[float, float, float]

WIDTH, HEIGHT = 1920, 1080
OUT = Path(__file__).resolve().parent.parent / "resources" / "demo"
LIGHT = np.array([-0.52, -0.62, 0.78]) / np.linalg.norm([-0.52, -0.62, 0.78])
RANDOM = np.random.default_rng(7)
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)


def noise(height: int, width: int, cell_y: float, cell_x: float) -> Field:
    """Smooth noise of mean 0 and deviation 1, with cells of that size."""
    grid = RANDOM.standard_normal((int(height / cell_y) + 3, int(width / cell_x) + 3)).astype(np.float32)
    field = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return (field - field.mean()) / (field.std() + 1e-6)


def fractal(height: int, width: int, cell_y: float, cell_x: float, octaves: int, fall: float = 0.55) -> Field:
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        total += fall**octave * noise(height, width, max(1.0, cell_y / 2**octave), max(1.0, cell_x / 2**octave))
    return total / total.std()


def smoothstep(low: float, high: float, value: Field) -> Field:
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def blur(field: Field, sigma: float) -> Field:
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma), np.float32)


def normals(height: Field) -> tuple[Field, Field, Field]:
    height = height.astype(np.float32)
    gx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3) / 8
    gy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3) / 8
    length = np.sqrt(gx * gx + gy * gy + 1)
    return -gx / length, -gy / length, 1 / length


def lit(height: Field, ambient: float = 0.42, gloss: float = 0.0, power: float = 24.0) -> tuple[Field, Field]:
    """Diffuse light (1 where level) and a highlight."""
    nx, ny, nz = normals(height)
    diffuse = np.clip(nx * LIGHT[0] + ny * LIGHT[1] + nz * LIGHT[2], 0, None)
    half = LIGHT + np.array([0, 0, 1.0])
    half /= np.linalg.norm(half)
    shine = np.clip(nx * half[0] + ny * half[1] + nz * half[2], 0, 1) ** power
    return ambient + (1 - ambient) * diffuse / LIGHT[2], gloss * shine


def tint(shade: Field, colour: Colour) -> Field:
    return shade[..., None] * np.array(colour, np.float32)


def over(base: Field, colour: Field, alpha: Field) -> Field:
    return base * (1 - alpha[..., None]) + colour * alpha[..., None]


def shifted(field: Field, dx: float, dy: float) -> Field:
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return np.asarray(cv2.warpAffine(field, matrix, field.shape[::-1]), np.float32)


def shadowed(base: Field, alpha: Field, lift: float, soft: float, strength: float) -> Field:
    """The shadow that something `lift` pixels above throws, darker and sharper where it touches."""
    far = blur(shifted(alpha, lift * 0.9, lift * 1.05), soft)
    near = blur(shifted(alpha, lift * 0.3, lift * 0.35), soft * 0.3)
    dark = 1 - strength * np.clip(0.75 * far + 0.4 * near, 0, 1)
    return base * dark[..., None] ** np.array([0.92, 1.0, 1.06], np.float32)


def wood() -> Field:
    """Old planks from side to side."""
    out = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    bump = np.zeros((HEIGHT, WIDTH), np.float32)
    edges = [-40, 232, 520, 796, 1120]
    for top, bottom in itertools.pairwise(edges):
        first, last = max(0, top), min(HEIGHT, bottom)
        tall = last - first
        warp = fractal(tall, WIDTH, 90, 900, 3) * 22
        across = np.arange(first, last, dtype=np.float32)[:, None] - top + warp
        knot_x, knot_y = RANDOM.uniform(200, 1700), RANDOM.uniform(60, 200)
        dx, dy = (X[:tall] - knot_x) / 3.4, np.arange(tall, dtype=np.float32)[:, None] + first - top - knot_y
        near = np.exp(-(dx * dx + dy * dy) / 1700)
        across = across + 46 * near * np.sign(dy + 0.1)
        rings = np.sin(across * 0.2 + 1.8 * noise(tall, WIDTH, 60, 1300)) * 0.5 + 0.5
        rings = rings**1.7
        fibre = fractal(tall, WIDTH, 2.2, 190, 3, 0.7)
        pores = smoothstep(1.25, 2.3, fractal(tall, WIDTH, 1.6, 46, 2, 0.6))
        stain = fractal(tall, WIDTH, 160, 420, 3)
        light = RANDOM.uniform(0.92, 1.06)
        value = light * (0.8 - 0.17 * rings + 0.035 * fibre - 0.22 * pores + 0.045 * stain - 0.35 * near**2)
        low, high = np.array([0.265, 0.165, 0.10]), np.array([0.655, 0.465, 0.315])
        out[first:last] = low + (high - low) * np.clip(value, 0, 1.15)[..., None]
        bump[first:last] = -0.5 * rings + 0.22 * fibre - 1.1 * pores
        seam = np.minimum(np.abs(np.arange(first, last) - top), np.abs(bottom - np.arange(first, last)))
        seam = seam.astype(np.float32)[:, None] + 0.8 * noise(tall, WIDTH, 30, 120)
        bump[first:last] -= 7 * np.exp(-np.clip(seam, 0, None) / 2.4)
        out[first:last] *= (0.22 + 0.78 * smoothstep(0.5, 4.2, seam))[..., None]
    for _ in range(60):  # years of knives
        x, y, length, angle = (
            RANDOM.uniform(0, WIDTH),
            RANDOM.uniform(0, HEIGHT),
            RANDOM.uniform(30, 190),
            RANDOM.normal(0, 0.5),
        )
        line = np.zeros((HEIGHT, WIDTH), np.uint8)
        end = (int(x + length * np.cos(angle)), int(y + length * np.sin(angle)))
        cv2.line(line, (int(x), int(y)), end, 255, 1, cv2.LINE_AA)
        bump -= line.astype(np.float32) / 255 * RANDOM.uniform(0.4, 1.5)
    shade, shine = lit(bump, 0.5, 0.05, 18)
    return out * shade[..., None] + tint(shine, (1.0, 0.86, 0.66))


# --- the leather and its carving ------------------------------------------------------------------------------

CENTRE = np.array([985.0, 500.0])
TILT = np.deg2rad(-4.0)
HALF = np.array([520.0, 318.0])


def on_leather(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """From the leather's own coordinates to the picture's."""
    turn = np.array([[np.cos(TILT), -np.sin(TILT)], [np.sin(TILT), np.cos(TILT)]])
    return np.asarray(points) @ turn.T + CENTRE


def leather_distance() -> Field:
    """Signed distance to the edge of a rounded rectangle, negative inside."""
    u = (X - CENTRE[0]) * np.cos(TILT) + (Y - CENTRE[1]) * np.sin(TILT)
    v = -(X - CENTRE[0]) * np.sin(TILT) + (Y - CENTRE[1]) * np.cos(TILT)
    round_ = 54.0
    qx, qy = np.abs(u) - HALF[0] + round_, np.abs(v) - HALF[1] + round_
    outside = np.hypot(np.maximum(qx, 0), np.maximum(qy, 0))
    return np.asarray(outside + np.minimum(np.maximum(qx, qy), 0) - round_, np.float32)


def spiral(x: float, y: float, radius: float, start: float, turns: float, way: int) -> NDArray[np.float64]:
    t = np.linspace(0, 1, 150)
    angle = start + way * turns * 2 * np.pi * t
    reach = radius * (1 - 0.86 * t**0.8)
    return np.stack([x + reach * np.cos(angle), y + reach * np.sin(angle)], 1)


def curve(*points: tuple[float, float]) -> NDArray[np.float64]:
    """A smooth line through the points (Catmull-Rom)."""
    p = np.array([points[0], *points, points[-1]], float)
    parts = []
    for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False):
        t = np.linspace(0, 1, 40)[:, None]
        parts.append(
            0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        )
    return np.concatenate(parts)


def leaf(x: float, y: float, angle: float, length: float, width: float) -> list[NDArray[np.float64]]:
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


def flower(x: float, y: float, radius: float) -> list[NDArray[np.float64]]:
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
    for r in (0.27, 0.14):
        t = np.linspace(0, 2 * np.pi, 90)
        found.append(np.stack([x + r * radius * np.cos(t), y + r * radius * np.sin(t)], 1))
    return found


def strokes() -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Lines that are carved already, and lines still to do, in the order of work; in the picture's coordinates."""

    def mirrored(lines: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
        return [line * [-1.0, 1.0] for line in lines]

    def side() -> list[list[NDArray[np.float64]]]:
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


def grooves(lines: list[NDArray[np.float64]]) -> Field:
    """Distance to the nearest line, in pixels."""
    canvas = np.full((HEIGHT * 2, WIDTH * 2), 255, np.uint8)
    for line in lines:
        cv2.polylines(canvas, [np.round(line * 2).astype(np.int32).reshape(-1, 1, 2)], False, 0, 1)
    far = cv2.distanceTransform(canvas, cv2.DIST_L2, 5) / 2
    return np.asarray(cv2.resize(far, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.float32)


def leather(base: Field, carved: list[NDArray[np.float64]], traced: list[NDArray[np.float64]]) -> Field:
    distance = leather_distance()
    alpha = 1 - smoothstep(-0.8, 0.8, distance)
    out = shadowed(base, alpha, 13, 11, 0.8)
    grain = RANDOM.standard_normal((HEIGHT, WIDTH)).astype(np.float32)
    pebble = blur(grain, 1.3) * 3.2
    pebble = np.abs(pebble)
    height = -0.5 * pebble + 0.35 * fractal(HEIGHT, WIDTH, 30, 30, 3)
    height += 9 * smoothstep(0, 16, -distance)
    # the border: two tooled lines, and stitches between them and the edge
    for at, deep in ((-44.0, 1.7), (-52.0, 1.1)):
        height -= deep * np.exp(-(((distance - at) / 1.5) ** 2))
    far = grooves(carved) if carved else np.full((HEIGHT, WIDTH), 99, np.float32)
    cut = np.exp(-((far / 1.7) ** 2))
    bevel = np.exp(-far / 5.5)
    ground = smoothstep(5, 9, far) * (1 - smoothstep(24, 44, far))
    dots = smoothstep(0.35, 1.5, blur(RANDOM.standard_normal((HEIGHT, WIDTH)).astype(np.float32), 1.7) * 5.5)
    height += -3.4 * cut - 2.3 * bevel - ground * (1.5 + 1.7 * dots)
    dark = 0.44 * cut + 0.17 * bevel + ground * (0.13 + 0.13 * dots)
    if traced:
        dark += 0.3 * np.exp(-((grooves(traced) / 1.0) ** 2))
    shade, shine = lit(height, 0.4, 0.16, 26)
    hide = np.array([0.71, 0.465, 0.285], np.float32)
    mottle = 1 + 0.035 * fractal(HEIGHT, WIDTH, 140, 140, 4) + 0.02 * blur(grain, 0.8)
    edge = 1 - 0.3 * smoothstep(-26, 0, distance)
    colour = hide * (mottle * edge)[..., None]
    colour = colour * (1 - dark[..., None] * np.array([0.85, 1.0, 1.1], np.float32))
    colour = colour * shade[..., None] + tint(shine * (1 - 0.5 * dark), (1.0, 0.88, 0.7))
    out = over(out, colour, alpha)
    return stitched(out)


def stitched(base: Field) -> Field:
    """Waxed cream thread around the edge."""
    inset = HALF - 24
    round_ = 34.0
    corners = []
    for sx, sy, start in ((1, -1, -90), (1, 1, 0), (-1, 1, 90), (-1, -1, 180)):
        angle = np.deg2rad(np.linspace(start, start + 90, 30))
        middle = np.array([sx, sy]) * (inset - round_)
        corners.append(middle + round_ * np.stack([np.cos(angle), np.sin(angle)], 1))
    path = np.concatenate([*corners, corners[0][:1]])
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    pitch = 19.0
    height, alpha, holes = (np.zeros((HEIGHT, WIDTH), np.float32) for _ in range(3))
    for at in np.arange(0, length[-1] - pitch, pitch):
        ends = [np.array([np.interp(s, length, path[:, i]) for i in (0, 1)]) for s in (at + 2.5, at + pitch - 2.5)]
        a, b = on_leather(np.array(ends))
        capsule(height, alpha, (*a, 0.0, 2.5), (*b, 0.0, 2.5))
        for end in (a, b):
            x, y = np.round(end).astype(int)
            holes[y - 2 : y + 3, x - 2 : x + 3] = 1
    base = base * (1 - 0.55 * blur(holes, 1.2))[..., None]
    base = shadowed(base, alpha, 2.2, 1.6, 0.6)
    shade, shine = lit(height, 0.45, 0.15, 12)
    thread = tint(shade, (0.93, 0.86, 0.70)) + tint(shine, (1, 1, 0.9))
    return over(base, thread, alpha)


# --- round things ----------------------------------------------------------------------------------------------

End = tuple[float, float, float, float]  # x, y, z, radius


def capsule(height: Field, alpha: Field, a: End, b: End, soft: float = 0.0, *, flat: float = 1.0) -> Field:
    """Add a tapered rod seen from above to a height field, joined softly; returns its own height (or -99)."""
    reach = max(a[3], b[3]) + 3
    h, w = height.shape
    x0, x1 = int(max(0, min(a[0], b[0]) - reach)), int(min(w, max(a[0], b[0]) + reach + 1))
    y0, y1 = int(max(0, min(a[1], b[1]) - reach)), int(min(h, max(a[1], b[1]) + reach + 1))
    own = np.full((h, w), -99, np.float32)
    if x0 >= x1 or y0 >= y1:
        return own
    px, py = np.meshgrid(np.arange(x0, x1, dtype=np.float32), np.arange(y0, y1, dtype=np.float32))
    dx, dy = b[0] - a[0], b[1] - a[1]
    t = np.clip(((px - a[0]) * dx + (py - a[1]) * dy) / max(dx * dx + dy * dy, 1e-6), 0, 1)
    d = np.hypot(px - a[0] - t * dx, py - a[1] - t * dy)
    radius = a[3] + (b[3] - a[3]) * t
    dome = np.sqrt(np.clip(radius * radius - d * d, 0, None)) * flat
    z = a[2] + (b[2] - a[2]) * t + dome
    inside = np.clip(radius - d + 0.5, 0, 1)
    z = np.where(inside > 0, z, -99)
    own[y0:y1, x0:x1] = z
    old = height[y0:y1, x0:x1]
    if soft > 0:
        k = np.clip(0.5 + 0.5 * (z - old) / soft, 0, 1)
        mixed = old * (1 - k) + z * k + soft * k * (1 - k)
        joined = np.where(inside > 0, np.where(old > -50, mixed, z), old)
    else:
        joined = np.where(inside > 0, np.maximum(old, z), old)
    height[y0:y1, x0:x1] = joined
    alpha[y0:y1, x0:x1] = np.maximum(alpha[y0:y1, x0:x1], inside)
    return own


def rod(base: Field, ends: list[tuple[End, End, Colour, float]], lift: float) -> Field:
    """A tool lying about, made of tapered pieces with a colour and a gloss each."""
    for a, b, colour, gloss in ends:
        height, alpha = np.full((HEIGHT, WIDTH), 0, np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
        capsule(height, alpha, a, b)
        base = shadowed(base, alpha, lift, lift * 0.6, 0.62)
        shade, shine = lit(height, 0.34, gloss, 30)
        base = over(base, tint(shade, colour) + tint(shine, (1, 0.95, 0.85)), alpha)
    return base


def props(base: Field) -> Field:
    steel, brass, ash, dark = (0.62, 0.63, 0.64), (0.80, 0.60, 0.28), (0.70, 0.47, 0.27), (0.30, 0.17, 0.10)
    base = ruler(base)
    base = spool(base, 205, 205, 92, (0.80, 0.66, 0.42))
    base = spool(base, 330, 118, 58, (0.45, 0.16, 0.12))
    base = rod(
        base,
        [
            ((1655, 150, 4, 5), (1740, 205, 8, 9), steel, 0.8),
            ((1738, 204, 10, 13), (1752, 213, 10, 15), brass, 0.7),
            ((1756, 216, 12, 18), (1838, 270, 14, 24), ash, 0.35),
            ((1838, 270, 14, 24), (1856, 282, 14, 22), ash, 0.35),
        ],
        10,
    )
    base = rod(
        base,
        [
            ((1690, 60, 4, 3), (1776, 92, 7, 5), steel, 0.9),
            ((1776, 92, 8, 10), (1786, 96, 8, 11), brass, 0.7),
            ((1788, 97, 10, 14), (1884, 133, 12, 17), dark, 0.5),
        ],
        8,
    )
    for x, y in ((110, 420), (146, 452), (92, 470), (160, 402), (128, 505)):
        height, alpha = np.zeros((HEIGHT, WIDTH), np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
        capsule(height, alpha, (x, y, 0, 12), (x, y, 0, 12), flat=0.6)
        base = shadowed(base, alpha, 4, 3, 0.6)
        shade, shine = lit(height, 0.35, 0.9, 22)
        base = over(base, tint(shade, brass) + tint(shine, (1, 0.95, 0.8)), alpha)
    return base


def ruler(base: Field) -> Field:
    angle = np.deg2rad(2.2)
    u = (X - 1080) * np.cos(angle) + (Y - 76) * np.sin(angle)
    v = -(X - 1080) * np.sin(angle) + (Y - 76) * np.cos(angle)
    distance = np.maximum(np.abs(u) - 430, np.abs(v) - 27)
    alpha = 1 - smoothstep(-0.7, 0.7, distance)
    base = shadowed(base, alpha, 4, 4, 0.6)
    brushed = 0.66 + 0.02 * noise(HEIGHT, WIDTH, 1.2, 240) + 0.12 * np.exp(-(((u + 130) / 120) ** 2))
    colour = tint(brushed + 0.16 * smoothstep(-3, 0, distance), (0.98, 0.97, 0.93))
    step = 9.0
    to_tick = np.abs((u + step / 2) % step - step / 2)
    number = np.round(u / step)
    long_ = np.where(number % 10 == 0, 22.0, np.where(number % 5 == 0, 16.0, 10.0))
    ticks = (1 - smoothstep(0.5, 1.3, to_tick)) * (v < -27 + long_) * (np.abs(u) < 415)
    return over(base, colour * (1 - 0.75 * ticks)[..., None], alpha)


def spool(base: Field, x: float, y: float, radius: float, colour: Colour) -> Field:
    r, a = np.hypot(X - x, Y - y), np.arctan2(Y - y, X - x)
    alpha = 1 - smoothstep(radius - 0.8, radius + 0.8, r)
    base = shadowed(base, alpha, radius * 0.34, radius * 0.16, 0.72)
    turns = r * 1.15 + a * 0.6
    height = 2.0 * np.abs(np.sin(turns)) + 0.5 * fractal(HEIGHT, WIDTH, 3, 3, 2)
    height += np.where(r < radius * 0.42, 6.0, 0.0) + 8 * smoothstep(0, 14, radius - r)
    shade, shine = lit(blur(height, 0.8), 0.4, 0.12, 12)
    thread = tint(shade * (0.86 + 0.1 * np.sin(a * 2 + r * 0.03)), colour) + tint(shine, (1, 1, 0.9))
    core_shade, core_shine = lit(blur(height, 1.5) + 0.3 * fractal(HEIGHT, WIDTH, 40, 4, 2), 0.45, 0.1)
    core = tint(core_shade, (0.72, 0.52, 0.33)) + tint(core_shine, (1, 0.9, 0.8))
    thread = over(thread, core, 1 - smoothstep(radius * 0.41, radius * 0.43, r))
    hole = 1 - smoothstep(radius * 0.13, radius * 0.16, r)
    return over(base, over(thread, np.zeros_like(thread) + np.float32(0.05), hole), alpha)


# --- hands -----------------------------------------------------------------------------------------------------

Joint = tuple[float, float, float, float]  # along, across, height, radius

RIGHT_HAND: dict[str, list[Joint]] = {
    "pinky": [(172, 116, 6, 15), (196, 146, 26, 17), (252, 170, 38, 19), (352, 184, 52, 27)],
    "ring": [(138, 78, 10, 17), (168, 110, 36, 20), (232, 136, 54, 22), (346, 146, 66, 31)],
    "middle": [(106, 40, 22, 18), (152, 68, 50, 20), (222, 92, 72, 23), (338, 104, 80, 33)],
    "thumb": [(112, -30, 34, 19), (172, -68, 54, 23), (262, -92, 52, 28), (392, -52, 50, 46)],
    "index": [(98, 6, 46, 17), (150, 22, 72, 19), (222, 42, 92, 23), (334, 56, 90, 33)],
}
RIGHT_WRIST: Joint = (540, 62, 56, 62)
RIGHT_ELBOW: Joint = (1150, 30, 84, 96)

LEFT_HAND: dict[str, list[Joint]] = {
    "pinky": [(346, -124, 10, 14), (306, -116, 26, 16), (256, -102, 40, 18), (172, -78, 46, 27)],
    "ring": [(412, -70, 10, 16), (366, -62, 28, 18), (304, -52, 48, 21), (198, -32, 52, 31)],
    "middle": [(432, 2, 10, 17), (384, 5, 29, 19), (318, 9, 50, 22), (208, 14, 55, 33)],
    "index": [(400, 80, 10, 17), (356, 78, 28, 19), (298, 72, 48, 22), (196, 62, 52, 32)],
    "thumb": [(268, 172, 12, 19), (214, 150, 28, 22), (150, 116, 40, 27), (66, 60, 42, 44)],
}
LEFT_WRIST: Joint = (0, 0, 46, 60)
LEFT_ELBOW: Joint = (-560, -40, 70, 92)


class Frame:
    """Where a hand lies: tip, direction of `along`, and scale."""

    def __init__(self, x: float, y: float, degrees: float, scale: float, *, flip: bool) -> None:
        a = np.deg2rad(degrees)
        self.along = np.array([np.cos(a), np.sin(a)])
        self.across = np.array([-np.sin(a), np.cos(a)]) * (-1 if flip else 1)
        self.at, self.scale = np.array([x, y]), scale

    def __call__(self, joint: Joint) -> End:
        x, y = self.at + self.scale * (joint[0] * self.along + joint[1] * self.across)
        return float(x), float(y), joint[2] * self.scale, joint[3] * self.scale


def hand(
    size: tuple[int, int],
    frame: Frame,
    fingers: dict[str, list[Joint]],
    wrist: Joint,
    elbow: Joint,
    nails: tuple[str, ...],
) -> tuple[Field, Field, Field]:
    """Colour, alpha and height of a hand and its sleeve."""
    h, w = size
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)
    height, alpha = np.full((h, w), -99, np.float32), np.zeros((h, w), np.float32)
    red = np.zeros((h, w), np.float32)
    crease = np.zeros((h, w), np.float32)
    nail = np.zeros((h, w), np.float32)
    nail_rim = np.zeros((h, w), np.float32)
    soft = 7.0 * frame.scale
    # the back of the hand
    for name, joints in fingers.items():
        knuckle = joints[-1]
        sink = (knuckle[0], knuckle[1], knuckle[2] - 6, knuckle[3] * (1.12 if name != "thumb" else 1.0))
        capsule(height, alpha, frame(sink), frame(wrist), soft * 2.6, flat=0.72)
    forearm = (elbow[0], elbow[1], elbow[2], elbow[3])
    capsule(height, alpha, frame(wrist), frame(forearm), soft * 2.6, flat=0.8)
    for name, joints in fingers.items():
        own, inside = np.full((h, w), -99, np.float32), np.zeros((h, w), np.float32)
        for a, b in itertools.pairwise(joints):
            capsule(own, inside, frame(a), frame(b), soft * 0.55, flat=0.92)
        for index, joint in enumerate(joints):
            x, y, _, r = frame(joint)
            d2 = (xx - x) ** 2 + (yy - y) ** 2
            red += (0.55, 0.35, 0.6, 0.5)[index] * np.exp(-d2 / (r * (1.0 if index != 3 else 1.2)) ** 2)
            if index in (1, 2):  # folds of skin over the joints
                before, after = frame(joints[index - 1]), frame(joints[index + 1])
                axis = np.array([after[0] - before[0], after[1] - before[1]])
                axis /= np.hypot(*axis)
                along = (xx - x) * axis[0] + (yy - y) * axis[1]
                aside = -(xx - x) * axis[1] + (yy - y) * axis[0]
                for offset in (-0.26, -0.05, 0.17):
                    bend = along - r * (offset + 0.2 * (aside / r) ** 2 * np.sign(offset + 0.05))
                    crease += 0.8 * np.exp(-((bend / 1.25) ** 2)) * np.exp(-((aside / (0.72 * r)) ** 4))
        if name in nails:
            x, y, _, r = frame(joints[0])
            nx, ny, _, _ = frame(joints[1])
            axis = np.array([nx - x, ny - y])
            axis /= np.hypot(*axis)
            along = ((xx - x) * axis[0] + (yy - y) * axis[1] + 0.2 * r) / (0.72 * r)
            aside = (-(xx - x) * axis[1] + (yy - y) * axis[0]) / (0.6 * r)
            shape = (np.abs(along) ** 2.6 + np.abs(aside) ** 2.6) ** (1 / 2.6)
            nail = np.maximum(nail, 1 - smoothstep(0.94, 1.02, shape))
            nail_rim = np.maximum(nail_rim, np.exp(-(((shape - 1) * 0.6 * r / 1.4) ** 2)))
        k = np.clip(0.5 + 0.5 * (own - height) / (soft * 0.5), 0, 1)
        mixed = height * (1 - k) + own * k + soft * 0.5 * k * (1 - k)
        # Towards its knuckle a finger melts into the back of the hand; at its end it lies over what is below.
        height = np.where(inside > 0, np.where(height > -50, mixed, own), height)
        alpha = np.maximum(alpha, inside)
    ground = np.where(alpha > 0, np.maximum(height, 0), 0)
    smooth = blur(ground, 2.2 * frame.scale)
    skin = smooth - 1.5 * crease * alpha - 1.6 * nail_rim + 0.16 * fractal(h, w, 5, 5, 3)
    for name, joints in fingers.items():  # tendons
        if name != "thumb":
            knuckle, (wx, wy, _, _) = frame(joints[-1]), frame(wrist)
            ridge = np.zeros((h, w), np.float32)
            end = (int(knuckle[0] * 0.4 + wx * 0.6), int(knuckle[1] * 0.4 + wy * 0.6))
            cv2.line(ridge, (int(knuckle[0]), int(knuckle[1])), end, 1.0, int(7 * frame.scale), cv2.LINE_AA)
            skin += 2.2 * blur(ridge, 5 * frame.scale)
    nx, ny, nz = normals(skin)
    facing = nx * LIGHT[0] + ny * LIGHT[1] + nz * LIGHT[2]
    wrap = np.clip((facing + 0.35) / 1.35, 0, None) / ((LIGHT[2] + 0.35) / 1.35)
    hollow = np.clip((blur(ground, 9 * frame.scale) - ground) / (22 * frame.scale), 0, 1)
    open_ = 1 - 0.62 * hollow
    half = LIGHT + np.array([0, 0, 1.0])
    half /= np.linalg.norm(half)
    shine = 0.10 * np.clip(nx * half[0] + ny * half[1] + nz * half[2], 0, 1) ** 16
    shine += nail * 0.32 * np.clip(nx * half[0] + ny * half[1] + nz * half[2], 0, 1) ** 22
    albedo = np.array([0.775, 0.545, 0.425], np.float32) * (1 + 0.03 * fractal(h, w, 26, 26, 3)[..., None])
    albedo = albedo * (1 - np.clip(red, 0, 1)[..., None] * np.array([0.02, 0.13, 0.14], np.float32))
    albedo = over(albedo, np.broadcast_to(np.array([0.86, 0.64, 0.56], np.float32), albedo.shape), 0.75 * nail)
    albedo = albedo * (1 - 0.25 * (crease * 0.5 + nail_rim)[..., None].clip(0, 1) * np.array([0.7, 1, 1], np.float32))
    # Light that goes under the skin comes out red where it turns away.
    edge = np.exp(-(((facing - 0.12) / 0.22) ** 2))[..., None] * np.array([0.10, 0.02, 0.0], np.float32)
    shade = (0.30 + 0.70 * wrap) * open_
    colour = albedo * shade[..., None] + edge * albedo + tint(shine, (1, 0.93, 0.85))
    colour, alpha, ground = sleeved(colour, alpha, ground, frame, wrist, elbow)
    return np.clip(colour, 0, 1), alpha, ground


def sleeved(
    colour: Field, alpha: Field, ground: Field, frame: Frame, wrist: Joint, elbow: Joint
) -> tuple[Field, Field, Field]:
    """A rolled sleeve of indigo linen."""
    h, w = alpha.shape
    yy, xx = np.mgrid[0:h, 0:w].astype(np.float32)

    def at(share: float, radius: float, lift: float) -> End:
        x, y, z = (a + (b - a) * share for a, b in zip(wrist[:3], elbow[:3], strict=True))
        return frame((x, y, z + (lift if lift > 1 else 0), radius))

    start = 0.30
    for first, last, r0, r1, lift in ((start + 0.13, 1.4, 104, 150, 1), (start, start + 0.17, 102, 110, 14)):
        height, inside = np.full((h, w), -99, np.float32), np.zeros((h, w), np.float32)
        a, b = at(first, r0, lift), at(last, r1, lift)
        capsule(height, inside, a, b, flat=0.85)
        axis = np.array([b[0] - a[0], b[1] - a[1]])
        axis /= np.hypot(*axis)
        along = (xx - a[0]) * axis[0] + (yy - a[1]) * axis[1]
        aside = -(xx - a[0]) * axis[1] + (yy - a[1]) * axis[0]
        hem = along + 0.0016 * aside**2 * (1 if lift < 5 else 0.4) + 2.5 * noise(h, w, 60, 60)
        inside = inside * smoothstep(-1, 1, hem)
        cloth = np.where(height > -50, height, 0)
        folds = 7 * fractal(h, w, 90, 60, 2) + 5 * np.sin(along * 0.055 + 1.5 * noise(h, w, 120, 90)) * (lift < 5)
        weave = 0.42 * np.sin(along * 1.9) + 0.42 * np.sin(aside * 1.9) + 0.5 * noise(h, w, 1.5, 1.5)
        roll = -12 * np.exp(-np.clip(hem, 0, None) / 5) - 1.2 * np.exp(-(((hem - 16) / 1.3) ** 2))
        shade, _ = lit(blur(cloth, 3) + blur(folds, 4) * frame.scale + weave + roll, 0.36)
        linen = tint(np.clip(shade, 0, 1.5), (0.225, 0.275, 0.36)) * (1 + 0.05 * noise(h, w, 2, 2))[..., None]
        shadow = blur(shifted(inside, -6, -6), 9)
        colour = colour * (1 - 0.5 * shadow * (1 - inside))[..., None]
        colour = over(colour, linen, inside)
        ground = np.where(inside > 0.5, np.maximum(ground, cloth), ground)
        alpha = np.maximum(alpha, inside)
    return colour, alpha, ground


def tool_and_hand(size: int, tip: tuple[float, float]) -> tuple[Field, Field]:
    """Colour and alpha of the working hand with its stamping tool, shadow included."""
    frame = Frame(*tip, 42, 1.3, flip=True)
    colour, alpha, ground = hand((size, size), frame, RIGHT_HAND, RIGHT_WRIST, RIGHT_ELBOW, ("index", "thumb"))
    pieces: list[tuple[Joint, Joint, Colour, float]] = [
        ((0, 0, 3, 4.2), (20, 0, 9, 3.6), (0.55, 0.56, 0.58), 0.7),
        ((20, 0, 9, 3.6), (96, 0, 36, 6.5), (0.66, 0.66, 0.67), 0.95),
        ((96, 0, 38, 9), (108, 0, 42, 9.5), (0.82, 0.62, 0.28), 0.8),
        ((110, 0, 44, 10), (330, -8, 112, 13.5), (0.52, 0.26, 0.14), 0.55),
        ((330, -8, 112, 13.5), (396, -12, 128, 15), (0.46, 0.22, 0.12), 0.55),
    ]
    tool_colour = np.zeros_like(colour)
    tool_alpha, tool_ground = np.zeros_like(alpha), np.full_like(alpha, -99)
    for a, b, paint, gloss in pieces:
        height, inside = np.zeros_like(alpha), np.zeros_like(alpha)
        capsule(height, inside, frame(a), frame(b))
        shade, shine = lit(height, 0.32, gloss, 26)
        tool_colour = over(tool_colour, tint(shade, paint) + tint(shine, (1, 0.96, 0.88)), inside)
        tool_ground = np.where(inside > 0.5, np.maximum(tool_ground, height), tool_ground)
        tool_alpha = np.maximum(tool_alpha, inside)
    above = smoothstep(-2, 4, tool_ground - ground)  # where the tool lies over the fingers, or they over it
    shaded = colour * (1 - 0.45 * blur(shifted(tool_alpha, 5, 6), 5) * (1 - tool_alpha))[..., None]
    colour = over(shaded, tool_colour, tool_alpha * np.where(alpha > 0.5, above, 1))
    under = blur(shifted(alpha, 3, 3), 4) * tool_alpha
    colour = colour * (1 - 0.35 * under * np.where(alpha > 0.5, 0, 1))[..., None]
    whole = np.maximum(alpha, tool_alpha)
    cast = cast_shadow(np.where(whole > 0.3, np.maximum(np.maximum(ground, tool_ground), 1), 0))
    return with_shadow(colour, whole, cast)


def cast_shadow(ground: Field) -> Field:
    """What the heights keep the light from, softer the higher they are: sampled at a few levels."""
    total = np.zeros_like(ground)
    for level in (4, 14, 26, 40, 56, 76, 100):
        part = (ground >= level).astype(np.float32)
        moved = blur(shifted(part, level * 0.62, level * 0.74), 2 + level * 0.14)
        total = np.maximum(total, moved)
    near = blur((ground > 0).astype(np.float32), 10)
    return np.clip(0.56 * total + 0.2 * near, 0, 0.72)


def with_shadow(colour: Field, alpha: Field, shadow: Field) -> tuple[Field, Field]:
    """One picture with alpha: the thing over its shadow."""
    both = alpha + (1 - alpha) * shadow
    dark = np.array([0.08, 0.04, 0.02], np.float32)
    mixed = colour * alpha[..., None] + dark * ((1 - alpha) * shadow)[..., None]
    return mixed / np.maximum(both, 1e-4)[..., None], both


def holding_hand(size: tuple[int, int], wrist: tuple[float, float]) -> tuple[Field, Field]:
    frame = Frame(*wrist, -54, 1.24, flip=False)
    nails = ("pinky", "ring", "middle", "index", "thumb")
    colour, alpha, ground = hand(size, frame, LEFT_HAND, LEFT_WRIST, LEFT_ELBOW, nails)
    return with_shadow(colour, alpha, cast_shadow(np.where(alpha > 0.3, np.maximum(ground, 1), 0)))


# --- all of it -------------------------------------------------------------------------------------------------


def lamplight(picture: Field) -> Field:
    """A warm lamp at the upper left, falling off; and a gentle curve for film-like contrast."""
    far = np.hypot((X - 760) / 1250, (Y - 330) / 900)
    lamp = 1.13 - 0.52 * smoothstep(0.15, 1.25, far)
    picture = picture * lamp[..., None] * np.array([1.035, 1.0, 0.95], np.float32)
    return graded(picture)


def graded(picture: Field) -> Field:
    """A gentle S, and highlights that roll off instead of clipping."""
    picture = np.clip(picture, 0, None)
    rolled = np.where(picture > 0.7, 0.7 + 0.3 * np.tanh((picture - 0.7) / 0.3), picture)
    return np.clip(rolled + 0.10 * (rolled - 0.42) * rolled * (1 - rolled) * 4, 0, 1)


def taps(lines: list[NDArray[np.float64]], pitch: float) -> list[tuple[int, int]]:
    """Where the tool is set down, in order."""
    found: list[tuple[int, int]] = []
    for line in lines:
        length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
        places = np.arange(0, length[-1] + 1, max(6.0, min(pitch, length[-1] / 2)))
        xs, ys = (np.rint(np.interp(places, length, line[:, axis])).astype(int) for axis in (0, 1))
        found += [(int(x), int(y)) for x, y in zip(xs, ys, strict=True)]
    return found


def save(name: str, colour: Field, alpha: Field | None = None, quality: int = 92) -> None:
    bgr = np.round(np.clip(colour, 0, 1)[..., ::-1] * 255).astype(np.uint8)
    if alpha is not None:
        bgr = np.dstack([bgr, np.round(np.clip(alpha, 0, 1) * 255).astype(np.uint8)])
    cv2.imwrite(str(OUT / name), bgr, [cv2.IMWRITE_WEBP_QUALITY, quality])


def main() -> None:
    """Draw and save."""
    OUT.mkdir(parents=True, exist_ok=True)
    bench = props(wood())
    done, todo = strokes()
    global RANDOM
    RANDOM = np.random.default_rng(11)  # twice the same leather, but for the carving
    fresh = lamplight(leather(bench, done, todo))
    RANDOM = np.random.default_rng(11)
    carved = lamplight(leather(bench, [*done, *todo], []))
    save("bench.webp", fresh)
    corners = on_leather(np.array([[40, -HALF[1] + 60], [HALF[0] - 50, HALF[1] - 60]], float))
    low, high = corners.min(0).astype(int) // 2 * 2, (corners.max(0).astype(int) + 1) // 2 * 2
    save("carved.webp", carved[low[1] : high[1], low[0] : high[0]])
    right, right_alpha = tool_and_hand(960, (60, 60))
    save("right.webp", graded(right * 0.98), right_alpha, 90)
    left, left_alpha = holding_hand((620, 640), (150, 590))
    save("left.webp", graded(left * 1.02), left_alpha, 90)
    motion = {
        "carved_at": [int(low[0]), int(low[1])],
        "right_tip": [60, 60],
        "left_at": [70, 480],
        "taps": taps(todo, 15),
    }
    (OUT / "motion.json").write_text(json.dumps(motion, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
