"""The middle of the screen: picture, scenes, actions, notice; the picture takes all that the others leave."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.show.wanted import Wanted
from studio.ui.fonts import SEMIBOLD, font
from studio.ui.notice import NoticeLine
from studio.ui.picture import Picture
from studio.ui.scenes import Scenes
from studio.ui.theme import Theme
from studio.ui.tile import KeyTile
from studio.ui.tokens import BODY, CLOCK

_EDGE, _GAP = 12, 8
_SCENE = (52, 84)  # a row's height: at least, at most
_ACTION = (48, 60)
_NOTICE = 44


class Welcome(QWidget):
    """In place of the picture when there is none to expect: what is the matter, and what to do."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("well")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._heading, self._words = QLabel(), QLabel()
        self._heading.setFont(font(CLOCK, SEMIBOLD))
        self._words.setFont(font(BODY))
        self._words.setProperty("quiet", True)
        for label in (self._heading, self._words):
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setTextFormat(Qt.TextFormat.PlainText)
        column = QVBoxLayout(self)
        column.setContentsMargins(48, 24, 48, 24)
        column.setSpacing(12)
        column.addStretch(1)
        column.addWidget(self._heading)
        column.addWidget(self._words)
        column.addStretch(1)

    def show_words(self, heading: str, words: str) -> None:
        self._heading.setText(heading)
        self._words.setText(words)


class Stage(QWidget):
    """Lays out its parts by hand: a picture's height follows from its width, which no box layout knows."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # where keys go when no control has the focus
        self.setAccessibleName("Show")
        self.picture = Picture(theme, self)
        self.welcome = Welcome(self)
        self.scenes = Scenes(theme, self)
        self.notice = NoticeLine(theme, self)
        self.hide_card = KeyTile(theme, "Hide card", "Space")
        self.price = KeyTile(theme, "Price tag", "G")
        self.title = KeyTile(theme, "Title bar", "T")
        self.mute = KeyTile(theme, "Mute", "M")
        self.view = KeyTile(theme, "View", "V")
        self._actions = QWidget(self)
        row = QHBoxLayout(self._actions)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        for tile in (self.hide_card, self.price, self.title, self.mute, self.view):
            row.addWidget(tile)
        self.view.hide()
        self.welcome.hide()

    def minimumSizeHint(self) -> QSize:
        return QSize(600, 420)

    def show_welcome(self, heading: str, words: str) -> None:
        """Words in place of the picture; an empty heading brings the picture back."""
        if heading:
            self.welcome.show_words(heading, words)
        self.welcome.setVisible(bool(heading))
        self.picture.setVisible(not heading)

    def show_wishes(self, wanted: Wanted, feeds: list[str], looked_at: int) -> None:
        """The actions as they stand, and which feed is seen when there are several."""
        loaded = wanted.show is not None
        self.hide_card.show_as("Hide card" if wanted.feature else "Show card", enabled=loaded)
        self.price.show_as("Price tag", lit=loaded and wanted.overlay_on("price"), enabled=loaded)
        self.title.show_as("Title bar", lit=loaded and wanted.overlay_on("title"), enabled=loaded)
        self.mute.show_as("Muted" if wanted.muted else "Mute", lit=wanted.muted, enabled=loaded)
        self.view.setVisible(len(feeds) > 1)
        if len(feeds) > 1:
            self.view.show_as(f"See {feeds[(looked_at + 1) % len(feeds)]}")

    def place(self) -> None:
        """Give each part its room: also after the scenes or the picture's shape changed."""
        inside = self.rect().adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        rows = self.scenes.rows()
        scene, action = _SCENE[0], _ACTION[0]

        def picture_height() -> int:
            under = rows * (scene + _GAP) + action + _GAP + _NOTICE + _GAP
            return inside.height() - under

        spare = int(picture_height() - inside.width() / self.picture.aspect())
        if spare > 0 and rows:
            scene += min(_SCENE[1] - scene, spare // rows)
            spare -= rows * (scene - _SCENE[0])
        if spare > 0:
            action += min(_ACTION[1] - action, spare)
        top = inside.top()
        shown = QRect(inside.left(), top, inside.width(), picture_height())
        self.picture.setGeometry(shown)
        self.welcome.setGeometry(shown)
        top = shown.bottom() + 1 + _GAP
        height = rows * (scene + _GAP) - _GAP
        self.scenes.setVisible(rows > 0)
        if rows:
            self.scenes.setGeometry(inside.left(), top, inside.width(), height)
            top += height + _GAP
        self._actions.setGeometry(inside.left(), top, inside.width(), action)
        self.notice.setGeometry(inside.left(), top + action + _GAP, inside.width(), _NOTICE)

    def resizeEvent(self, _event: QResizeEvent) -> None:
        self.place()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.place()
        return super().event(event)
