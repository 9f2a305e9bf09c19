"""A drawn overlay: pixels and their place on the frame; and the canvas to draw one with Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

_SHADOW = 0.32


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """Pixels: uint8 (height, width, 4), RGBA, premultiplied; (x, y): the upper left corner on the frame."""

    pixels: NDArray[np.uint8]
    x: int
    y: int


class Box(NamedTuple):
    """A place in pixels, not necessarily whole ones."""

    x: float
    y: float
    width: float
    height: float

    def mirrored(self, width: float) -> Box:
        """The same place seen from the other side of something `width` wide."""
        return Box(width - self.x - self.width, self.y, self.width, self.height)

    def qrect(self) -> QRectF:
        return QRectF(*self)


class Canvas:
    """A transparent picture with a painter, and the shapes that overlays are made of."""

    def __init__(self, width: int, height: int) -> None:
        self._image = QImage(width, height, QImage.Format.Format_RGBA8888_Premultiplied)
        self._image.fill(0)
        self.painter = QPainter(self._image)
        self.painter.setRenderHints(
            QPainter.RenderHint.Antialiasing
            | QPainter.RenderHint.TextAntialiasing
            | QPainter.RenderHint.SmoothPixmapTransform
        )

    def panel(
        self, box: Box, radius: float, fill: str, opacity: float = 1.0, edge: str = "", line: float = 0
    ) -> None:
        """A rounded rectangle; the edge, of `line` pixels, lies inside it."""
        colour = QColor(fill)
        colour.setAlphaF(opacity)
        self.painter.fillPath(rounded(box, radius), colour)
        if edge and line:
            inset = Box(box.x + line / 2, box.y + line / 2, box.width - line, box.height - line)
            self.painter.strokePath(rounded(inset, radius - line / 2), QPen(QColor(edge), line))

    def picture(self, box: Box, radius: float, rgb: NDArray[np.uint8]) -> None:
        """RGB pixels, uint8 (h, w, 3), in a rounded rectangle."""
        height, width = rgb.shape[:2]
        image = QImage(np.ascontiguousarray(rgb).data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self.painter.save()
        self.painter.setClipPath(rounded(box, radius))
        self.painter.drawImage(box.qrect(), image)
        self.painter.restore()

    def finish(self, x: int, y: int, shadow: int = 0) -> Raster:
        """The end of drawing: the raster, placed at (x, y) of the frame, with a soft shadow `shadow` pixels wide."""
        self.painter.end()
        width, height = self._image.width(), self._image.height()
        rows = np.frombuffer(self._image.constBits(), np.uint8).reshape(height, self._image.bytesPerLine())
        pixels = rows[:, : 4 * width].reshape(height, width, 4).copy()
        if shadow:
            # Black under what is drawn: premultiplied, only alpha grows.
            alpha = pixels[:, :, 3].astype(np.float32)
            soft = cv2.GaussianBlur(alpha, (0, 0), shadow / 2.2) * _SHADOW
            pixels[:, :, 3] = np.rint(alpha + soft * (1 - alpha / 255)).astype(np.uint8)
        pixels.setflags(write=False)
        return Raster(pixels, x, y)


def rounded(box: Box, radius: float) -> QPainterPath:
    path = QPainterPath()
    path.addRoundedRect(box.qrect(), radius, radius)
    return path
