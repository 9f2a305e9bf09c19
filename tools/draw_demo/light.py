"""The one lamp: how it falls on heights, the shadows it throws, and the look of the whole picture."""

from __future__ import annotations

import cv2
import numpy as np

from tools.draw_demo.surfaces import Field, X, Y, blur, shifted, smoothstep

LIGHT = np.array([-0.52, -0.62, 0.78]) / np.linalg.norm([-0.52, -0.62, 0.78])


def normals(height: Field) -> tuple[Field, Field, Field]:
    height = height.astype(np.float32)
    gx = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3) / 8
    gy = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3) / 8
    length = np.sqrt(gx * gx + gy * gy + 1)
    return -gx / length, -gy / length, 1 / length


def highlight(nx: Field, ny: Field, nz: Field) -> Field:
    """How near each normal is to the middle between lamp and eye (Blinn): 1 where it gleams."""
    half = LIGHT + np.array([0, 0, 1.0])
    half /= np.linalg.norm(half)
    return np.asarray(np.clip(nx * half[0] + ny * half[1] + nz * half[2], 0, 1))


def lit(height: Field, ambient: float = 0.42, gloss: float = 0.0, power: float = 24.0) -> tuple[Field, Field]:
    """Diffuse light (1 where level) and a highlight."""
    nx, ny, nz = normals(height)
    diffuse = np.clip(nx * LIGHT[0] + ny * LIGHT[1] + nz * LIGHT[2], 0, None)
    shine = highlight(nx, ny, nz) ** power
    return ambient + (1 - ambient) * diffuse / LIGHT[2], gloss * shine


def shadowed(base: Field, alpha: Field, lift: float, soft: float, strength: float) -> Field:
    """The shadow that something `lift` pixels above throws, darker and sharper where it touches."""
    far = blur(shifted(alpha, lift * 0.9, lift * 1.05), soft)
    near = blur(shifted(alpha, lift * 0.3, lift * 0.35), soft * 0.3)
    dark = 1 - strength * np.clip(0.75 * far + 0.4 * near, 0, 1)
    return base * dark[..., None] ** np.array([0.92, 1.0, 1.06], np.float32)


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
    return np.asarray(np.clip(rolled + 0.10 * (rolled - 0.42) * rolled * (1 - rolled) * 4, 0, 1))
