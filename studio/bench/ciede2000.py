"""The colour difference CIEDE2000, and the way to it from sRGB.

G. Sharma, W. Wu, E. N. Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes, Supplementary Test Data,
and Mathematical Observations", Color Research and Application 30 (2005) 1; the numbers in brackets are its equations.
sRGB: IEC 61966-2-1, to CIE XYZ and CIELAB under D65.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Lab = tuple[float, float, float]

_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = _TO_XYZ.sum(axis=1)
_25_TO_7 = 25.0**7


def lab_of(srgb: NDArray[np.float64]) -> Lab:
    """CIELAB of one sRGB colour, three numbers from 0 to 1."""
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((np.maximum(srgb, 0) + 0.055) / 1.055) ** 2.4)
    ratio = _TO_XYZ @ linear / _WHITE
    x, y, z = np.where(ratio > 216 / 24389, np.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
    return float(116 * y - 16), float(500 * (x - y)), float(200 * (y - z))


def delta_e(one: Lab, other: Lab) -> float:
    """CIEDE2000 between two colours, with all weights 1."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean_c = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2  # (2), (3)
    g = 0.5 * (1 - math.sqrt(mean_c**7 / (mean_c**7 + _25_TO_7)))  # (4)
    c1, h1 = _polar((1 + g) * a1, b1)  # (5) to (7)
    c2, h2 = _polar((1 + g) * a2, b2)
    dl, dc = l2 - l1, c2 - c1  # (8), (9)
    dh = _turn(h1, h2) if c1 * c2 else 0.0  # (10)
    dhh = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(dh / 2))  # (11)
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2  # (12), (13)
    mean_h = _mean_hue(h1, h2) if c1 * c2 else h1 + h2  # (14)
    t = (
        1
        - 0.17 * _cos(mean_h - 30)
        + 0.24 * _cos(2 * mean_h)
        + 0.32 * _cos(3 * mean_h + 6)
        - 0.20 * _cos(4 * mean_h - 63)
    )  # (15)
    turn = 30 * math.exp(-(((mean_h - 275) / 25) ** 2))  # (16)
    rc = 2 * math.sqrt(mean_c**7 / (mean_c**7 + _25_TO_7))  # (17)
    sl = 1 + 0.015 * (mean_l - 50) ** 2 / math.sqrt(20 + (mean_l - 50) ** 2)  # (18)
    sc = 1 + 0.045 * mean_c  # (19)
    sh = 1 + 0.015 * mean_c * t  # (20)
    rt = -math.sin(math.radians(2 * turn)) * rc  # (21)
    return math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dhh / sh) ** 2 + rt * (dc / sc) * (dhh / sh))  # (22)


def _polar(a: float, b: float) -> tuple[float, float]:
    """Chroma, and hue in degrees from 0 to 360."""
    return math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360 if a or b else 0.0


def _turn(h1: float, h2: float) -> float:
    """The shorter way round from one hue to the other, in degrees."""
    way = h2 - h1
    if abs(way) <= 180:
        return way
    return way - 360 if way > 0 else way + 360


def _mean_hue(h1: float, h2: float) -> float:
    total = h1 + h2
    if abs(h1 - h2) <= 180:
        return total / 2
    return (total + 360) / 2 if total < 360 else (total - 360) / 2


def _cos(degrees: float) -> float:
    return math.cos(math.radians(degrees))
