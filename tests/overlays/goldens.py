"""Pictures as they are meant to look, kept beside the tests.

Refresh them on purpose with BENCHCAST_REFRESH_GOLDENS=1, and look at each one before keeping it.
"""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.overlays.raster import Raster

_FOLDER = Path(__file__).parent / "goldens"
_OUT = Path(__file__).parents[2] / "test-out"
# Another build of Qt or FreeType may round a glyph's edge differently; a moved or changed letter is far more.
_MEAN, _FAR, _FAR_SHARE = 1.5, 48, 0.004


def over_grey(raster: Raster) -> NDArray[np.uint8]:
    """A raster on mid-grey, as RGB: its see-through parts count too."""
    pixels = raster.pixels.astype(np.uint16)
    return np.asarray(pixels[:, :, :3] + (128 * (255 - pixels[:, :, 3:]) + 127) // 255, np.uint8)


def assert_golden(name: str, got: NDArray[np.uint8]) -> None:
    """The RGB picture is the golden one, but for a little at the letters' edges."""
    path = _FOLDER / f"{name}.webp"
    if os.environ.get("BENCHCAST_REFRESH_GOLDENS") == "1":
        _FOLDER.mkdir(exist_ok=True)
        cv2.imwrite(str(path), got[:, :, ::-1], [cv2.IMWRITE_WEBP_QUALITY, 101])
        return
    want = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    assert want is not None, f"there is no golden {path.name}; make it with BENCHCAST_REFRESH_GOLDENS=1"
    if want.shape == got.shape:
        difference = np.abs(want.astype(int) - got.astype(int)).max(axis=2)
        if difference.mean() <= _MEAN and (difference > _FAR).mean() <= _FAR_SHARE:
            return
        _keep(f"{name}-diff", np.repeat(np.minimum(255, difference * 4).astype(np.uint8)[:, :, None], 3, axis=2))
    _keep(f"{name}-got", got)
    _keep(f"{name}-want", np.asarray(want, np.uint8))
    raise AssertionError(f"{name} looks different: compare the pictures in {_OUT}")


def _keep(name: str, rgb: NDArray[np.uint8]) -> None:
    _OUT.mkdir(exist_ok=True)
    cv2.imwrite(str(_OUT / f"{name}.png"), rgb[:, :, ::-1])
