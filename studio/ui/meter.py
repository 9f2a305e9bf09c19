"""How loud it is: a bar from -60 dB to full scale, with a word for what is wrong."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.fonts import MEDIUM, font
from studio.ui.paint import LEFT, RIGHT, box, text
from studio.ui.theme import Theme
from studio.ui.tokens import SMALL
from studio.ui.view import FLOOR_DB, Meter

_GOOD_DB = -12.0  # speech should peak about here: marked on the bar


class SoundMeter(QWidget):
    """The word Sound, the bar with its mark, then the level or what is wrong, in a place of fixed width."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._meter = theme, Meter(0, "", "quiet")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Sound")

    def show_meter(self, meter: Meter) -> None:
        if meter != self._meter:
            if meter.tone != self._meter.tone:  # not at each level: a screen reader would never stop
                self.setAccessibleDescription(meter.word if meter.tone != "fine" else "heard")
            self._meter = meter
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(256, 44)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens, meter = self._theme.tokens, self._meter
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height, ink = self.height(), tokens.tone(meter.tone)
        text(painter, QRectF(0, 0, 48, height), "Sound", font(SMALL), tokens.quiet, LEFT)
        bar = QRectF(52, height / 2 - 5, self.width() - 52 - 72, 10)
        box(painter, bar, tokens.line, radius=5)
        if meter.level > 0:
            fill = QRectF(bar.left(), bar.top(), max(10.0, bar.width() * meter.level), bar.height())
            box(painter, fill, tokens.quiet if meter.tone == "attention" else ink, radius=5)
        mark = bar.left() + bar.width() * (1 - _GOOD_DB / FLOOR_DB)
        painter.fillRect(QRectF(mark - 1, bar.top() - 3, 2, bar.height() + 6), QColor(tokens.text))
        words = QRectF(bar.right() + 4, 0, 68, height)
        text(
            painter,
            words,
            meter.word,
            font(SMALL, MEDIUM, digits=True),
            tokens.quiet if meter.tone == "fine" else ink,
            RIGHT,
        )
        painter.end()
