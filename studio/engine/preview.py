"""Small pictures of a feed for the window, made beside the frame path."""

from __future__ import annotations

import threading

import av
import cv2
import numpy as np

from studio.media.picture import Picture, Plane
from studio.show.status_map import PREVIEW_EDGE, StatusMapWriter

_EVERY = 2  # of the feed's pictures


def preview_size(width: int, height: int) -> tuple[int, int]:
    """The size of a feed's preview: the same shape, no longer than PREVIEW_EDGE, even."""
    scale = min(1.0, PREVIEW_EDGE / max(width, height))
    return max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2)


class Preview:
    """Takes every second picture of a feed, shrunk on the feed's thread, coloured on its own. Newest wins."""

    def __init__(self, feed: int, size: tuple[int, int], status_map: StatusMapWriter) -> None:
        self._feed, self._map = feed, status_map
        self._width, self._height = preview_size(*size)
        self._count = 0
        self._newest: tuple[Plane, Plane, Plane] | None = None
        self._arrived = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"preview:{feed}", daemon=True)
        self._thread.start()

    def offer(self, picture: Picture) -> None:
        self._count += 1
        if self._count % _EVERY:
            return
        half = (self._width // 2, self._height // 2)
        self._newest = (
            _shrunk(picture.y, (self._width, self._height)),
            _shrunk(picture.u, half),
            _shrunk(picture.v, half),
        )
        self._arrived.set()

    def stop(self) -> None:
        self._stop.set()
        self._arrived.set()
        self._thread.join(5)

    def _run(self) -> None:
        while self._arrived.wait() and not self._stop.is_set():
            self._arrived.clear()
            planes = self._newest
            if planes is None:
                continue
            flat = np.concatenate([plane.reshape(-1) for plane in planes]).reshape(-1, self._width)
            frame = av.VideoFrame.from_ndarray(flat, format="yuv420p")
            frame.colorspace, frame.color_range = 1, 1
            shown = frame.reformat(format="bgra", src_colorspace="itu709", src_color_range="MPEG").to_ndarray()
            self._map.write_preview(self._feed, self._width, self._height, shown.tobytes())


def _shrunk(plane: Plane, size: tuple[int, int]) -> Plane:
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), np.uint8)
