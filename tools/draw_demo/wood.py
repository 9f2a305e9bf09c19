"""The bench: old planks from side to side."""

from __future__ import annotations

import itertools

import cv2
import numpy as np

from tools.draw_demo.light import lit
from tools.draw_demo.surfaces import HEIGHT, WIDTH, Field, Random, X, fractal, noise, smoothstep, tint


def wood(random: Random) -> Field:
    """Old planks from side to side."""
    out = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    bump = np.zeros((HEIGHT, WIDTH), np.float32)
    edges = [-40, 232, 520, 796, 1120]
    for top, bottom in itertools.pairwise(edges):
        first, last = max(0, top), min(HEIGHT, bottom)
        tall = last - first
        warp = fractal(random, tall, WIDTH, 90, 900, 3) * 22
        across = np.arange(first, last, dtype=np.float32)[:, None] - top + warp
        knot_x, knot_y = random.uniform(200, 1700), random.uniform(60, 200)
        dx, dy = (X[:tall] - knot_x) / 3.4, np.arange(tall, dtype=np.float32)[:, None] + first - top - knot_y
        near = np.exp(-(dx * dx + dy * dy) / 1700)
        across = across + 46 * near * np.sign(dy + 0.1)
        rings = np.sin(across * 0.2 + 1.8 * noise(random, tall, WIDTH, 60, 1300)) * 0.5 + 0.5
        rings = rings**1.7
        fibre = fractal(random, tall, WIDTH, 2.2, 190, 3, 0.7)
        pores = smoothstep(1.25, 2.3, fractal(random, tall, WIDTH, 1.6, 46, 2, 0.6))
        stain = fractal(random, tall, WIDTH, 160, 420, 3)
        light = random.uniform(0.92, 1.06)
        value = light * (0.8 - 0.17 * rings + 0.035 * fibre - 0.22 * pores + 0.045 * stain - 0.35 * near**2)
        low, high = np.array([0.265, 0.165, 0.10]), np.array([0.655, 0.465, 0.315])
        out[first:last] = low + (high - low) * np.clip(value, 0, 1.15)[..., None]
        bump[first:last] = -0.5 * rings + 0.22 * fibre - 1.1 * pores
        seam = np.minimum(np.abs(np.arange(first, last) - top), np.abs(bottom - np.arange(first, last)))
        seam = seam.astype(np.float32)[:, None] + 0.8 * noise(random, tall, WIDTH, 30, 120)
        bump[first:last] -= 7 * np.exp(-np.clip(seam, 0, None) / 2.4)
        out[first:last] *= (0.22 + 0.78 * smoothstep(0.5, 4.2, seam))[..., None]
    for _ in range(60):  # years of knives
        x, y, length, angle = (
            random.uniform(0, WIDTH),
            random.uniform(0, HEIGHT),
            random.uniform(30, 190),
            random.normal(0, 0.5),
        )
        line = np.zeros((HEIGHT, WIDTH), np.uint8)
        end = (int(x + length * np.cos(angle)), int(y + length * np.sin(angle)))
        cv2.line(line, (int(x), int(y)), end, 255, 1, cv2.LINE_AA)
        bump -= line.astype(np.float32) / 255 * random.uniform(0.4, 1.5)
    shade, shine = lit(bump, 0.5, 0.05, 18)
    return out * shade[..., None] + tint(shine, (1.0, 0.86, 0.66))
