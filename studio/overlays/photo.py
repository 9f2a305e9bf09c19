"""Photos of products: decoded once, off the frame path, and kept small. A bad one is a warning, never a failure."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.overlays.exif import upright
from studio.overlays.image_size import declared_size

_MOST_BYTES = 40_000_000
_MOST_PIXELS = 60_000_000  # a 50-megapixel camera's; decoded that is 180 MB for a moment


class Photo(NamedTuple):
    """Pixels: RGB, uint8 (h, w, 3), or None, and then a warning that says why."""

    pixels: NDArray[np.uint8] | None
    warning: str = ""


def load_photo(path: str | Path, px: int = 512) -> Photo:
    """Decode a photo, upright by its EXIF orientation, scaled so that its shorter side has at most `px` pixels."""
    path = Path(path)
    try:
        if path.stat().st_size > _MOST_BYTES:
            return _unusable(path, f"is larger than {_MOST_BYTES // 1_000_000} MB")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        return _unusable(path, f"cannot be read ({getattr(error, 'strerror', None) or error})")
    size = declared_size(data)
    if size is None:
        return _unusable(path, "is no JPEG, PNG or WebP picture")
    if min(size) < 1 or size[0] * size[1] > _MOST_PIXELS:
        return _unusable(path, f"is {size[0]}×{size[1]}; at most {_MOST_PIXELS // 1_000_000} megapixels are taken")
    # Only "unchanged" gives alpha, but it leaves the picture lying on its side. A JPEG has no alpha.
    jpeg = data[:2] == b"\xff\xd8"
    flags = cv2.IMREAD_COLOR if jpeg else cv2.IMREAD_UNCHANGED
    try:
        decoded = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        decoded = None
    if decoded is None:
        return _unusable(path, "is damaged")
    rgb = _rgb(decoded) if jpeg else upright(_rgb(decoded), data)
    height, width = rgb.shape[:2]
    scale = px / min(width, height)
    if scale < 1:
        target = (max(1, round(width * scale)), max(1, round(height * scale)))
        rgb = np.asarray(cv2.resize(rgb, target, interpolation=cv2.INTER_AREA), np.uint8)
    rgb.setflags(write=False)
    return Photo(rgb)


def cover(rgb: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The middle of a photo, scaled and cropped to fill exactly (height, width)."""
    h, w = rgb.shape[:2]
    scale = max(width / w, height / h)
    cut_w, cut_h = max(1, min(w, round(width / scale))), max(1, min(h, round(height / scale)))
    left, top = (w - cut_w) // 2, (h - cut_h) // 2
    part = rgb[top : top + cut_h, left : left + cut_w]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(part, (width, height), interpolation=how), np.uint8)


class PhotoShelf:
    """Decoded photos by path and time of change; the least recently used go first. Usable from any thread.

    `get` decodes a photo that it does not have, so it is called when a product enters the catalogue and then by the
    overlay worker, never by a feed.
    """

    def __init__(self, px: int = 512, most: int = 48) -> None:
        self._px, self.most = px, most
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[int, Photo]] = OrderedDict()

    def get(self, path: str | Path) -> Photo:
        key = str(path)
        try:
            changed_ns = Path(path).stat().st_mtime_ns
        except (OSError, ValueError):
            changed_ns = -1
        with self._lock:
            found = self._kept.get(key)
            if found is not None and found[0] == changed_ns:
                self._kept.move_to_end(key)
                return found[1]
        photo = load_photo(path, self._px)
        with self._lock:
            self._kept[key] = (changed_ns, photo)
            self._kept.move_to_end(key)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)
        return photo


def _rgb(decoded: NDArray[np.integer[Any] | np.floating[Any]]) -> NDArray[np.uint8]:
    """Whatever OpenCV decodes, as RGB; what is see-through lies on white, as in a shop."""
    eight = (decoded // 256 if decoded.dtype == np.uint16 else decoded).astype(np.uint8)
    if eight.ndim == 2:
        return np.asarray(cv2.cvtColor(eight, cv2.COLOR_GRAY2RGB), np.uint8)
    if eight.shape[2] == 4:
        alpha = eight[:, :, 3:].astype(np.uint16)
        eight = ((eight[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(eight, cv2.COLOR_BGR2RGB), np.uint8)


def _unusable(path: Path, why: str) -> Photo:
    return Photo(None, f"{path.name} {why}; the card goes without a photo")
