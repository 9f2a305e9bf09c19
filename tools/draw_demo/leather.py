"""The piece of leather: its hide, what is carved into it, and the stitches around its edge."""

from __future__ import annotations

import numpy as np

from tools.draw_demo.carving import CENTRE, HALF, TILT, grooves, on_leather
from tools.draw_demo.light import lit, shadowed
from tools.draw_demo.rods import capsule
from tools.draw_demo.surfaces import HEIGHT, WIDTH, Field, Line, Random, X, Y, blur, fractal, over, smoothstep, tint


def leather(random: Random, base: Field, carved: list[Line], traced: list[Line]) -> Field:
    distance = leather_distance()
    alpha = 1 - smoothstep(-0.8, 0.8, distance)
    out = shadowed(base, alpha, 13, 11, 0.8)
    grain = random.standard_normal((HEIGHT, WIDTH)).astype(np.float32)
    pebble = blur(grain, 1.3) * 3.2
    pebble = np.abs(pebble)
    height = -0.5 * pebble + 0.35 * fractal(random, HEIGHT, WIDTH, 30, 30, 3)
    height += 9 * smoothstep(0, 16, -distance)
    # the border: two tooled lines, and stitches between them and the edge
    for at, deep in ((-44.0, 1.7), (-52.0, 1.1)):
        height -= deep * np.exp(-(((distance - at) / 1.5) ** 2))
    far = grooves(carved) if carved else np.full((HEIGHT, WIDTH), 99, np.float32)
    cut = np.exp(-((far / 1.7) ** 2))
    bevel = np.exp(-far / 5.5)
    ground = smoothstep(5, 9, far) * (1 - smoothstep(24, 44, far))
    dots = smoothstep(0.35, 1.5, blur(random.standard_normal((HEIGHT, WIDTH)).astype(np.float32), 1.7) * 5.5)
    height += -3.4 * cut - 2.3 * bevel - ground * (1.5 + 1.7 * dots)
    dark = 0.44 * cut + 0.17 * bevel + ground * (0.13 + 0.13 * dots)
    if traced:
        dark += 0.3 * np.exp(-((grooves(traced) / 1.0) ** 2))
    shade, shine = lit(height, 0.4, 0.16, 26)
    hide = np.array([0.71, 0.465, 0.285], np.float32)
    mottle = 1 + 0.035 * fractal(random, HEIGHT, WIDTH, 140, 140, 4) + 0.02 * blur(grain, 0.8)
    edge = 1 - 0.3 * smoothstep(-26, 0, distance)
    colour = hide * (mottle * edge)[..., None]
    colour = colour * (1 - dark[..., None] * np.array([0.85, 1.0, 1.1], np.float32))
    colour = colour * shade[..., None] + tint(shine * (1 - 0.5 * dark), (1.0, 0.88, 0.7))
    out = over(out, colour, alpha)
    return stitched(out)


def leather_distance() -> Field:
    """Signed distance to the edge of a rounded rectangle, negative inside."""
    u = (X - CENTRE[0]) * np.cos(TILT) + (Y - CENTRE[1]) * np.sin(TILT)
    v = -(X - CENTRE[0]) * np.sin(TILT) + (Y - CENTRE[1]) * np.cos(TILT)
    round_ = 54.0
    qx, qy = np.abs(u) - HALF[0] + round_, np.abs(v) - HALF[1] + round_
    outside = np.hypot(np.maximum(qx, 0), np.maximum(qy, 0))
    return np.asarray(outside + np.minimum(np.maximum(qx, qy), 0) - round_, np.float32)


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
