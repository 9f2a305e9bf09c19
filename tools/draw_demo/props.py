"""What lies about on the bench: a ruler, spools of thread, tools and rivets."""

from __future__ import annotations

import numpy as np

from tools.draw_demo.light import lit, shadowed
from tools.draw_demo.rods import capsule, rod
from tools.draw_demo.surfaces import (
    HEIGHT,
    WIDTH,
    Colour,
    Field,
    Random,
    X,
    Y,
    blur,
    fractal,
    noise,
    over,
    smoothstep,
    tint,
)


def props(random: Random, base: Field) -> Field:
    steel, brass, ash, dark = (0.62, 0.63, 0.64), (0.80, 0.60, 0.28), (0.70, 0.47, 0.27), (0.30, 0.17, 0.10)
    base = ruler(random, base)
    base = spool(random, base, 205, 205, 92, (0.80, 0.66, 0.42))
    base = spool(random, base, 330, 118, 58, (0.45, 0.16, 0.12))
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


def ruler(random: Random, base: Field) -> Field:
    angle = np.deg2rad(2.2)
    u = (X - 1080) * np.cos(angle) + (Y - 76) * np.sin(angle)
    v = -(X - 1080) * np.sin(angle) + (Y - 76) * np.cos(angle)
    distance = np.maximum(np.abs(u) - 430, np.abs(v) - 27)
    alpha = 1 - smoothstep(-0.7, 0.7, distance)
    base = shadowed(base, alpha, 4, 4, 0.6)
    brushed = 0.66 + 0.02 * noise(random, HEIGHT, WIDTH, 1.2, 240) + 0.12 * np.exp(-(((u + 130) / 120) ** 2))
    colour = tint(brushed + 0.16 * smoothstep(-3, 0, distance), (0.98, 0.97, 0.93))
    step = 9.0
    to_tick = np.abs((u + step / 2) % step - step / 2)
    number = np.round(u / step)
    long_ = np.where(number % 10 == 0, 22.0, np.where(number % 5 == 0, 16.0, 10.0))
    ticks = (1 - smoothstep(0.5, 1.3, to_tick)) * (v < -27 + long_) * (np.abs(u) < 415)
    return over(base, colour * (1 - 0.75 * ticks)[..., None], alpha)


def spool(random: Random, base: Field, x: float, y: float, radius: float, colour: Colour) -> Field:
    r, a = np.hypot(X - x, Y - y), np.arctan2(Y - y, X - x)
    alpha = 1 - smoothstep(radius - 0.8, radius + 0.8, r)
    base = shadowed(base, alpha, radius * 0.34, radius * 0.16, 0.72)
    turns = r * 1.15 + a * 0.6
    height = 2.0 * np.abs(np.sin(turns)) + 0.5 * fractal(random, HEIGHT, WIDTH, 3, 3, 2)
    height += np.where(r < radius * 0.42, 6.0, 0.0) + 8 * smoothstep(0, 14, radius - r)
    shade, shine = lit(blur(height, 0.8), 0.4, 0.12, 12)
    thread = tint(shade * (0.86 + 0.1 * np.sin(a * 2 + r * 0.03)), colour) + tint(shine, (1, 1, 0.9))
    core_shade, core_shine = lit(blur(height, 1.5) + 0.3 * fractal(random, HEIGHT, WIDTH, 40, 4, 2), 0.45, 0.1)
    core = tint(core_shade, (0.72, 0.52, 0.33)) + tint(core_shine, (1, 0.9, 0.8))
    thread = over(thread, core, 1 - smoothstep(radius * 0.41, radius * 0.43, r))
    hole = 1 - smoothstep(radius * 0.13, radius * 0.16, r)
    return over(base, over(thread, np.zeros_like(thread) + np.float32(0.05), hole), alpha)
