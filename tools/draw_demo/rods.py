"""Tapered rods seen from above: tools, stitches, and the bones of fingers."""

from __future__ import annotations

import numpy as np

from tools.draw_demo.light import lit, shadowed
from tools.draw_demo.surfaces import HEIGHT, WIDTH, Colour, Field, over, tint

End = tuple[float, float, float, float]  # x, y, z, radius
Joint = tuple[float, float, float, float]  # along, across, height, radius


class Frame:
    """Where a hand lies: its origin, the direction of `along`, and scale."""

    def __init__(self, x: float, y: float, degrees: float, scale: float, *, flip: bool) -> None:
        a = np.deg2rad(degrees)
        self.along = np.array([np.cos(a), np.sin(a)])
        self.across = np.array([-np.sin(a), np.cos(a)]) * (-1 if flip else 1)
        self.at, self.scale = np.array([x, y]), scale

    def __call__(self, joint: Joint) -> End:
        x, y = self.at + self.scale * (joint[0] * self.along + joint[1] * self.across)
        return float(x), float(y), joint[2] * self.scale, joint[3] * self.scale


def capsule(height: Field, alpha: Field, a: End, b: End, soft: float = 0.0, *, flat: float = 1.0) -> None:
    """Add a tapered rod seen from above to a height field and its alpha, in place, joined softly."""
    reach = max(a[3], b[3]) + 3
    h, w = height.shape
    x0, x1 = int(max(0, min(a[0], b[0]) - reach)), int(min(w, max(a[0], b[0]) + reach + 1))
    y0, y1 = int(max(0, min(a[1], b[1]) - reach)), int(min(h, max(a[1], b[1]) + reach + 1))
    if x0 >= x1 or y0 >= y1:
        return
    px, py = np.meshgrid(np.arange(x0, x1, dtype=np.float32), np.arange(y0, y1, dtype=np.float32))
    dx, dy = b[0] - a[0], b[1] - a[1]
    t = np.clip(((px - a[0]) * dx + (py - a[1]) * dy) / max(dx * dx + dy * dy, 1e-6), 0, 1)
    d = np.hypot(px - a[0] - t * dx, py - a[1] - t * dy)
    radius = a[3] + (b[3] - a[3]) * t
    dome = np.sqrt(np.clip(radius * radius - d * d, 0, None)) * flat
    z = a[2] + (b[2] - a[2]) * t + dome
    inside = np.clip(radius - d + 0.5, 0, 1)
    z = np.where(inside > 0, z, -99)
    old = height[y0:y1, x0:x1]
    if soft > 0:
        k = np.clip(0.5 + 0.5 * (z - old) / soft, 0, 1)
        mixed = old * (1 - k) + z * k + soft * k * (1 - k)
        joined = np.where(inside > 0, np.where(old > -50, mixed, z), old)
    else:
        joined = np.where(inside > 0, np.maximum(old, z), old)
    height[y0:y1, x0:x1] = joined
    alpha[y0:y1, x0:x1] = np.maximum(alpha[y0:y1, x0:x1], inside)


def rod(base: Field, ends: list[tuple[End, End, Colour, float]], lift: float) -> Field:
    """A tool lying about, made of tapered pieces with a colour and a gloss each."""
    for a, b, colour, gloss in ends:
        height, alpha = np.full((HEIGHT, WIDTH), 0, np.float32), np.zeros((HEIGHT, WIDTH), np.float32)
        capsule(height, alpha, a, b)
        base = shadowed(base, alpha, lift, lift * 0.6, 0.62)
        shade, shine = lit(height, 0.34, gloss, 30)
        base = over(base, tint(shade, colour) + tint(shine, (1, 0.95, 0.85)), alpha)
    return base


def lengthwise(xx: Field, yy: Field, at: End, a: End, b: End) -> tuple[Field, Field]:
    """Each pixel's place along and across the direction from `a` to `b`, seen from `at`."""
    axis = np.array([b[0] - a[0], b[1] - a[1]])
    axis /= np.hypot(*axis)
    along = (xx - at[0]) * axis[0] + (yy - at[1]) * axis[1]
    aside = -(xx - at[0]) * axis[1] + (yy - at[1]) * axis[0]
    return along, aside
