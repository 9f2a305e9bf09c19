"""What everything that can be pressed has in common: size, hover, focus, name, theme."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from studio.ui.fonts import MEDIUM, font
from studio.ui.paint import box, cap_width, key_cap, text, width_of
from studio.ui.theme import Theme
from studio.ui.tokens import BODY, TARGET, Tokens, mixed


class Tile(QAbstractButton):
    """A painted button. The mouse does not move the focus to it: keys go on acting on the show."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(TARGET * 2, TARGET)

    def minimumSizeHint(self) -> QSize:
        return QSize(TARGET, TARGET)

    def tell(self, name: str, hint: str = "") -> None:
        """What a screen reader says."""
        if name != self.accessibleName():
            self.setAccessibleName(name)
        if hint != self.accessibleDescription():
            self.setAccessibleDescription(hint)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, tokens = QRectF(self.rect()), self.theme.tokens
        self.draw(painter, rect, tokens)
        if self.hasFocus():
            box(painter, rect, outline=tokens.text, width=2)
        painter.end()

    def draw(self, painter: QPainter, rect: QRectF, tokens: Tokens) -> None:
        raise NotImplementedError

    def face(self, tokens: Tokens) -> str:
        """The fill of the moment: pressed, hovered or at rest."""
        if self.isDown():
            return tokens.line
        return mixed(tokens.text, tokens.raised, 0.06) if self.underMouse() and self.isEnabled() else tokens.raised


class KeyTile(Tile):
    """A word with its key: Mute M. Lit (accent) while what it names is so; quiet when it cannot be done now."""

    def __init__(self, theme: Theme, word: str, key: str, name: str = "", parent: QWidget | None = None) -> None:
        """`name`: what a screen reader says where the key stands without a word."""
        super().__init__(theme, parent)
        self._key, self._lit, self._name = key, False, name
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.show_as(word)

    def show_as(self, word: str, *, lit: bool = False, enabled: bool = True) -> None:
        if (word, lit, enabled) != (self.text(), self._lit, self.isEnabled()):
            self.setText(word)
            self._lit = lit
            self.setEnabled(enabled)
            self.update()
        self.tell(word or self._name, f"key {self._key}" + (", on" if lit else ""))

    def sizeHint(self) -> QSize:
        return QSize(int(self._content()) + 32, 52)

    def minimumSizeHint(self) -> QSize:
        return QSize(int(self._content()) + 16, TARGET)

    def draw(self, painter: QPainter, rect: QRectF, tokens: Tokens) -> None:
        if self.isEnabled():
            box(painter, rect, self.face(tokens), tokens.accent if self._lit else "", 2)
        colour = tokens.text if self.isEnabled() else tokens.quiet
        left = (rect.width() - self._content()) / 2
        key_cap(painter, left, rect.center().y(), self._key, tokens, on=self._lit)
        left += cap_width(self._key) + 8
        text(painter, QRectF(left, 0, rect.width() - left, rect.height()), self.text(), font(BODY, MEDIUM), colour)

    def _content(self) -> float:
        return cap_width(self._key) + (9 + width_of(self.text(), font(BODY, MEDIUM)) if self.text() else 0)


class WideTile(KeyTile):
    """A `KeyTile` with an outline, for the bar and the empty states."""

    def draw(self, painter: QPainter, rect: QRectF, tokens: Tokens) -> None:
        super().draw(painter, rect, tokens)
        box(painter, rect, outline=tokens.outline, width=1)
