"""The program picture: the newest preview, whole, as large as its place allows."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.fonts import font
from studio.ui.paint import CENTRE, box, text
from studio.ui.theme import Theme
from studio.ui.tokens import BODY, RADIUS


class Picture(QWidget):
    """Shows a preview; red edge while live. Without one it says so in words."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._image: QImage | None = None
        self._rows = b""  # the image's memory
        self._live = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Program picture")

    def sizeHint(self) -> QSize:
        return QSize(640, 360)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 180)

    def aspect(self) -> float:
        """Width over height of what is shown; 16:9 until something is."""
        return self._image.width() / self._image.height() if self._image else 16 / 9

    def show_rows(self, width: int, height: int, rows: bytes) -> None:
        """A new picture: rows of `width` 32-bit pixels, BGRA in memory."""
        self._rows = rows
        self._image = QImage(rows, width, height, width * 4, QImage.Format.Format_RGB32)
        self.update()

    def clear(self) -> None:
        """Nothing to show any more."""
        if self._image is not None:
            self._image, self._rows = None, b""
            self.update()

    def set_live(self, live: bool) -> None:
        if live != self._live:
            self._live = live
            self.update()

    def image_rect(self) -> QRectF:
        """Where the picture lies: whole, centred."""
        whole = QRectF(self.rect())
        width = min(whole.width(), whole.height() * self.aspect())
        height = width / self.aspect()
        return QRectF((whole.width() - width) / 2, (whole.height() - height) / 2, width, height)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens, rect = self._theme.tokens, self.image_rect()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(tokens.window))
        if self._image is None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            box(painter, rect, tokens.well, tokens.line)
            text(
                painter,
                rect.adjusted(16, 0, -16, 0),
                "The picture comes in a moment",
                font(BODY),
                tokens.quiet,
                CENTRE,
            )
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(rect, self._image)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            # Corners are painted over the picture: clipping to a rounded path costs several times as much.
            corners = QPainterPath()
            corners.addRect(rect.adjusted(-1, -1, 1, 1))
            corners.addRoundedRect(rect, RADIUS, RADIUS)
            painter.fillPath(corners, QColor(tokens.window))
            box(painter, rect, outline=tokens.live if self._live else tokens.line, width=3 if self._live else 1)
        painter.end()
