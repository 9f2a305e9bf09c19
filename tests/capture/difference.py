"""How different two colours look: CIEDE2000 (ISO/CIE 11664-6), on sRGB pictures of 0-1."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# BabelColor's averages of the 24 patches, sRGB.
PATCHES = [
    *("735244", "c29682", "627a9d", "576c43", "8580b1", "67bdaa", "d67e2c", "505ba6"),
    *("c15a63", "5e3c6c", "9dbc40", "e0a32e", "383d96", "469449", "af363c", "e7c71f"),
    *("bb5695", "0885a1", "f3f3f2", "c8c8c8", "a0a0a0", "7a7a79", "555555", "343434"),
]


def patches() -> Floats:
    """(24, 3), sRGB of 0-1."""
    return np.array([[int(one[at : at + 2], 16) for at in (0, 2, 4)] for one in PATCHES]) / 255


def lab(srgb: Floats) -> Floats:
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((np.clip(srgb, 0, 1) + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.072175], [0.0193339, 0.119192, 0.9503041]]
    )
    share = linear @ to_xyz.T / [0.95047, 1.0, 1.08883]
    f = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], -1)


def delta_e(first: Floats, second: Floats) -> Floats:
    l1, a1, b1 = np.moveaxis(lab(first), -1, 0)
    l2, a2, b2 = np.moveaxis(lab(second), -1, 0)
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    c1, c2 = np.hypot(a1 * (1 + g), b1), np.hypot(a2 * (1 + g), b2)
    h1, h2 = np.arctan2(b1, a1 * (1 + g)) % (2 * np.pi), np.arctan2(b2, a2 * (1 + g)) % (2 * np.pi)
    turn = (h2 - h1 + np.pi) % (2 * np.pi) - np.pi
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(turn / 2)
    middle_l, middle_c, middle_h = (l1 + l2) / 2, (c1 + c2) / 2, (h1 + turn / 2) % (2 * np.pi)
    t = (
        1
        - 0.17 * np.cos(middle_h - np.pi / 6)
        + 0.24 * np.cos(2 * middle_h)
        + 0.32 * np.cos(3 * middle_h + np.pi / 30)
        - 0.20 * np.cos(4 * middle_h - np.deg2rad(63))
    )
    sl = 1 + 0.015 * (middle_l - 50) ** 2 / np.sqrt(20 + (middle_l - 50) ** 2)
    sc, sh = 1 + 0.045 * middle_c, 1 + 0.015 * middle_c * t
    spread = np.deg2rad(30) * np.exp(-(((np.rad2deg(middle_h) - 275) / 25) ** 2))
    rt = -2 * np.sqrt(middle_c**7 / (middle_c**7 + 25.0**7)) * np.sin(2 * spread)
    square = (dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * dc / sc * dh / sh
    return np.asarray(np.sqrt(np.maximum(square, 0)))
