"""One line that is always there: what is wrong, else what was just done, else nothing. It never moves the rest."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.fonts import MEDIUM, font
from studio.ui.paint import box, shape, text
from studio.ui.theme import Theme
from studio.ui.tokens import BODY, Shape, Tone, mixed
from studio.ui.view import Notice

SAID_MS = 5000
_SHAPES: dict[Tone, Shape] = {"danger": "triangle", "attention": "diamond", "fine": "disc"}


class NoticeLine(QWidget):
    """A failed action is shown first, then what is wrong, then for five seconds what an action did."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._wrong: Notice | None = None
        self._said: Notice | None = None
        self._fade = QTimer(self, singleShot=True, interval=SAID_MS)
        self._fade.timeout.connect(self._forget)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("")

    def sizeHint(self) -> QSize:
        return QSize(400, 44)

    def shown(self) -> Notice | None:
        """What it says now."""
        if self._said is not None and (self._said.tone == "danger" or self._wrong is None):
            return self._said
        return self._wrong or self._said

    def show_wrong(self, notice: Notice | None) -> None:
        if notice != self._wrong:
            self._wrong = notice
            self._refresh()

    def say(self, words: str) -> None:
        self._say(Notice(words, "fine"))

    def complain(self, words: str) -> None:
        self._say(Notice(words, "danger"))

    def _say(self, notice: Notice) -> None:
        self._said = notice
        self._fade.start()
        self._refresh()

    def _forget(self) -> None:
        self._said = None
        self._refresh()

    def _refresh(self) -> None:
        now = self.shown()
        self.setAccessibleName(now.text if now else "")
        self.setToolTip(now.text if now else "")
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        now, tokens = self.shown(), self._theme.tokens
        if now is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, ink = QRectF(self.rect()), tokens.tone(now.tone)
        if now.tone != "fine":
            box(painter, rect, mixed(ink, tokens.window, 0.10))
        shape(painter, _SHAPES.get(now.tone, "disc"), QPointF(20, rect.center().y()), ink)
        colour = tokens.quiet if now.tone == "fine" else tokens.text
        text(painter, rect.adjusted(36, 0, -12, 0), now.text, font(BODY, MEDIUM), colour)
        painter.end()
