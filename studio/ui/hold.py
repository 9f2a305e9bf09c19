"""A button that acts only after it was held: for what cannot be taken back."""

from __future__ import annotations

from PySide6.QtCore import QElapsedTimer, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHideEvent, QKeyEvent, QPainter, QPainterPath
from PySide6.QtWidgets import QWidget

from studio.ui.fonts import SEMIBOLD, font
from studio.ui.paint import box, cap_width, key_cap, text, width_of
from studio.ui.repeats import KeyRepeats
from studio.ui.theme import Theme
from studio.ui.tile import Tile
from studio.ui.tokens import BODY, RADIUS, Tokens, mixed

HOLD_MS = 1000
_FRAME_MS = 33
_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class HoldTile(Tile):
    """Emits `held` once, when pressed for a second by mouse, touch or key; `let_go` when released too early."""

    held = Signal()
    let_go = Signal()

    def __init__(self, theme: Theme, word: str, key: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._key = key
        self._since = QElapsedTimer()
        self._tick = QTimer(self, interval=_FRAME_MS)
        self._tick.timeout.connect(self._grow)
        self.setText(word)
        self.tell(word, f"hold for one second; key {key}")
        self._repeats = KeyRepeats(self)
        self._repeats.let_go.connect(self.press_up)
        self.pressed.connect(self.press_down)
        self.released.connect(self.press_up)

    def press_down(self) -> None:
        """Begin to hold; the window calls it for the key too."""
        if self.isEnabled() and not self._tick.isActive():
            self._since.start()
            self._tick.start()
            self.update()

    def press_up(self) -> None:
        if self._tick.isActive():
            self._stop()
            self.let_go.emit()

    def share(self) -> float:
        """How much of the hold is done, 0 to 1."""
        return min(1.0, self._since.elapsed() / HOLD_MS) if self._tick.isActive() else 0.0

    def sizeHint(self) -> QSize:
        return QSize(int(self._content()) + 32, 44)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _KEYS:
            super().keyPressEvent(event)
        elif not event.isAutoRepeat() and self._repeats.pressed("focused"):
            self.press_down()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _KEYS:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat():
            self._repeats.released("focused")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._repeats.forget()
        self.press_up()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._stop()
        super().hideEvent(event)

    def draw(self, painter: QPainter, rect: QRectF, tokens: Tokens) -> None:
        box(painter, rect, mixed(tokens.live, tokens.window, 0.12))
        if (share := self.share()) > 0:
            inside = QPainterPath()
            inside.addRoundedRect(rect, RADIUS, RADIUS)
            painter.setClipPath(inside)
            painter.fillRect(
                QRectF(rect.left(), rect.top(), rect.width() * share, rect.height()), QColor(tokens.live)
            )
            painter.setClipping(False)
        box(painter, rect, outline=tokens.live, width=2)
        colour = tokens.on_live if share > 0.5 else tokens.text
        left = (rect.width() - self._content()) / 2
        text(painter, QRectF(left, 0, rect.width(), rect.height()), self.text(), font(BODY, SEMIBOLD), colour)
        left += width_of(self.text(), font(BODY, SEMIBOLD)) + 9
        key_cap(painter, left, rect.center().y(), self._key, tokens)

    def _content(self) -> float:
        return width_of(self.text(), font(BODY, SEMIBOLD)) + 9 + cap_width(self._key)

    def _grow(self) -> None:
        if self._since.elapsed() >= HOLD_MS:
            self._stop()
            self.setDown(False)
            self.held.emit()
        self.update()

    def _stop(self) -> None:
        self._tick.stop()
        self.update()
