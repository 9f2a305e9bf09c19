"""Photos of products: decoded once, off the frame path, and kept small. A bad one is a warning, never a failure."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.media.image_size import PictureRefused, read_picture
from studio.overlays.exif import upright


class Photo(NamedTuple):
    """Pixels: RGB, uint8 (h, w, 3), or None, and then a warning that says why."""

    pixels: NDArray[np.uint8] | None
    warning: str = ""


def load_photo(path: str | Path, px: int = 512) -> Photo:
    """Decode a photo, upright by its EXIF orientation, scaled so that its shorter side has at most `px` pixels."""
    path = Path(path)
    try:
        data, size = read_picture(path)
    except PictureRefused as refused:
        return _unusable(path, str(refused))
    except (OSError, ValueError) as error:
        return _unusable(path, f"cannot be read ({getattr(error, 'strerror', None) or error})")
    # Only "unchanged" gives alpha, but it leaves the picture lying on its side. A JPEG has no alpha.
    jpeg = data[:2] == b"\xff\xd8"
    flags = _jpeg_flags(size, px) if jpeg else cv2.IMREAD_UNCHANGED
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


class _Kept(NamedTuple):
    """What the shelf knows of a file: when it changed, its photo as a small JPEG (empty: not kept), its warning."""

    changed_ns: int
    jpeg: bytes
    warning: str


class PhotoShelf:
    """Small photos by path and time of change; the least recently used go first. Usable from any thread.

    They are kept as JPEGs of hardly any loss: 50 to 100 KB each, so that many hundreds fit, and one is pixels
    again in a few milliseconds. `px` is the shorter side: a card on a 2160p picture shows 320 to 480.

    `look` is called when a product enters the catalogue and `get` by the overlay worker, never by a feed: both
    decode a photo that is not there.
    """

    def __init__(self, px: int = 384, most_bytes: int = 60_000_000) -> None:
        self._px, self._most_bytes = px, most_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._bytes = 0

    def get(self, path: str | Path) -> Photo:
        """The photo, decoded now if need be; it stays, if others have to go."""
        kept = self._find(path)
        if kept is None or not (kept.jpeg or kept.warning):
            kept = self._read(path)
            self._keep(path, kept)
        if kept.warning:
            return Photo(None, kept.warning)
        decoded = cv2.imdecode(np.frombuffer(kept.jpeg, np.uint8), cv2.IMREAD_COLOR_RGB)
        rgb = np.asarray(decoded, np.uint8)
        rgb.setflags(write=False)
        return Photo(rgb)

    def look(self, path: str | Path) -> str:
        """Check a photo, and keep it while there is room; its warning, empty for a good one."""
        kept = self._find(path)
        if kept is None:
            kept = self._read(path)
            self._keep(path, kept, if_room=True)
        return kept.warning

    def _find(self, path: str | Path) -> _Kept | None:
        with self._lock:
            kept = self._kept.get(str(path))
            if kept is None or kept.changed_ns != _changed_ns(path):
                return None
            self._kept.move_to_end(str(path))
            return kept

    def _read(self, path: str | Path) -> _Kept:
        changed_ns = _changed_ns(path)
        pixels, warning = load_photo(path, self._px)
        return _Kept(changed_ns, b"" if pixels is None else _small_jpeg(pixels), warning)

    def _keep(self, path: str | Path, kept: _Kept, *, if_room: bool = False) -> None:
        with self._lock:
            before = self._kept.pop(str(path), None)
            self._bytes -= len(before.jpeg) if before else 0
            if if_room and self._bytes + len(kept.jpeg) > self._most_bytes:
                kept = kept._replace(jpeg=b"")
            self._kept[str(path)] = kept
            self._bytes += len(kept.jpeg)
            for other, old in self._kept.items():
                if self._bytes <= self._most_bytes or other == str(path):
                    break
                self._bytes -= len(old.jpeg)
                self._kept[other] = old._replace(jpeg=b"")  # what it had to warn of is still known


def _changed_ns(path: str | Path) -> int:
    """When the file last changed; -1 when it is not there."""
    try:
        return Path(path).stat().st_mtime_ns
    except (OSError, ValueError):
        return -1


def _small_jpeg(rgb: NDArray[np.uint8]) -> bytes:
    how = [cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return cv2.imencode(".jpg", rgb[:, :, ::-1], how)[1].tobytes()


def _jpeg_flags(size: tuple[int, int], px: int) -> int:
    """A JPEG decodes to a half, a quarter or an eighth in a fraction of the time."""
    reduced = ((8, cv2.IMREAD_REDUCED_COLOR_8), (4, cv2.IMREAD_REDUCED_COLOR_4), (2, cv2.IMREAD_REDUCED_COLOR_2))
    return next((flag for divisor, flag in reduced if min(size) // divisor >= px), cv2.IMREAD_COLOR)


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
