"""Fields of the picture's pixels: noise, edges, and one laid over another."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32 | np.float64]  # (height, width) or (height, width, 3)
Colour = tuple[float, float, float]
Line = NDArray[np.float64]  # (points, 2): x, y
Random = np.random.Generator

WIDTH, HEIGHT = 1920, 1080
Y, X = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)


def noise(random: Random, height: int, width: int, cell_y: float, cell_x: float) -> Field:
    """Smooth noise of mean 0 and deviation 1, with cells of that size."""
    grid = random.standard_normal((int(height / cell_y) + 3, int(width / cell_x) + 3)).astype(np.float32)
    field = cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray((field - field.mean()) / (field.std() + 1e-6))


def fractal(
    random: Random, height: int, width: int, cell_y: float, cell_x: float, octaves: int, fall: float = 0.55
) -> Field:
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        total += fall**octave * noise(
            random, height, width, max(1.0, cell_y / 2**octave), max(1.0, cell_x / 2**octave)
        )
    return np.asarray(total / total.std())


def smoothstep(low: float, high: float, value: Field) -> Field:
    t = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def blur(field: Field, sigma: float) -> Field:
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma), np.float32)


def shifted(field: Field, dx: float, dy: float) -> Field:
    matrix = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return np.asarray(cv2.warpAffine(field, matrix, field.shape[::-1]), np.float32)


def tint(shade: Field, colour: Colour) -> Field:
    return shade[..., None] * np.array(colour, np.float32)


def over(base: Field, colour: Field, alpha: Field) -> Field:
    return base * (1 - alpha[..., None]) + colour * alpha[..., None]
