"""The top bar: whose show this is, the sound, whether we are live, for how long, and the way out."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from studio.ui.fonts import BOLD, SEMIBOLD, font
from studio.ui.hold import HoldTile
from studio.ui.meter import SoundMeter
from studio.ui.paint import CENTRE, box, text, width_of
from studio.ui.theme import Theme
from studio.ui.tile import WideTile
from studio.ui.tokens import BODY, CLOCK, LARGE, SMALL
from studio.ui.view import Meter, Pill, Presence

HOLD_KEY, OPEN_KEY, LEAVE_KEY = "End", "O", "L"


class Title(QWidget):
    """The mark, the name, and the show's title as far as there is room."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._title = theme, ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_title(self, title: str) -> None:
        if title != self._title:
            self._title = title
            self.setAccessibleName(title or "Benchcast")
            self.setToolTip(title)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(360, 44)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 44)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        box(painter, QRectF(4, middle - 7, 14, 14), tokens.accent, radius=4)
        room = QRectF(28, 0, self.width() - 28, self.height())
        left = 28 + text(painter, room, "Benchcast", font(LARGE, BOLD), tokens.text) + 16
        text(painter, QRectF(left, 1, self.width() - left, self.height()), self._title, font(BODY), tokens.quiet)
        painter.end()


class PillLabel(QWidget):
    """LIVE in red with a dot; every other state quieter, always as a word."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._pill = theme, Pill("", "quiet")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_pill(self, pill: Pill) -> None:
        if pill != self._pill:
            self._pill = pill
            self.setAccessibleName(pill.word)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(int(width_of(self._pill.word, font(SMALL, BOLD))) + (46 if self._pill.filled else 32), 30)

    def paintEvent(self, _event: QPaintEvent) -> None:
        tokens, pill = self._theme.tokens, self._pill
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(self.rect())
        if pill.filled:
            box(painter, rect, tokens.live, radius=15)
            painter.setBrush(QColor(tokens.on_live))
            painter.drawEllipse(QPointF(19, rect.center().y()), 5, 5)
            text(painter, rect.adjusted(18, 0, 0, 0), pill.word, font(SMALL, BOLD), tokens.on_live, CENTRE)
        else:
            ink = tokens.tone(pill.tone)
            box(painter, rect, outline=ink, width=1.5, radius=15)
            text(painter, rect, pill.word, font(SMALL, BOLD), ink, CENTRE)
        painter.end()


class Bar(QWidget):
    """All of it in one row. `open` asks for a show when none is on air; the others are held.

    `resume` and `leave` are there instead while a show that was cut off waits for a person to say so.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title, self._meter, self._pill = Title(theme), SoundMeter(theme), PillLabel(theme)
        self._clock = QLabel()
        self._clock.setFont(font(CLOCK, SEMIBOLD, digits=True))
        self.end = HoldTile(theme, "Hold to end", HOLD_KEY)
        self.live = HoldTile(theme, "Hold to go live", HOLD_KEY)
        self.resume = HoldTile(theme, "Hold to carry on", HOLD_KEY)
        self.leave = HoldTile(theme, "Hold to leave it", LEAVE_KEY)
        self.open = WideTile(theme, "Open a show…", OPEN_KEY)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(16)
        row.addWidget(self._title, 1)
        held = (self.leave, self.resume, self.live, self.end)
        for widget in (self._meter, self._pill, self._clock, self.open, *held):
            row.addWidget(widget)
        self.setFixedHeight(60)

    def show_state(
        self, title: str, meter: Meter | None, pill: Pill, clock: str, *, now: Presence, loaded: bool
    ) -> None:
        self._title.show_title(title)
        self._meter.setVisible(meter is not None)
        if meter:
            self._meter.show_meter(meter)
        self._pill.show_pill(pill)
        self._clock.setText(clock)
        self._clock.setVisible(bool(clock))
        self.end.setVisible(now in {"going", "live", "stuck"})
        self.live.setVisible(now == "off" and loaded)
        self.resume.setVisible(now == "cut")
        self.leave.setVisible(now == "cut")
        self.open.setVisible(now in {"off", "nothing"})

    def held_key_down(self, key: str) -> None:
        """The key of whichever held button is there."""
        for tile in self._held(key):
            if tile.isVisible():
                tile.press_down()

    def held_key_up(self, key: str) -> None:
        for tile in self._held(key):
            tile.press_up()

    def _held(self, key: str) -> tuple[HoldTile, ...]:
        return {HOLD_KEY: (self.end, self.live, self.resume), LEAVE_KEY: (self.leave,)}.get(key, ())
