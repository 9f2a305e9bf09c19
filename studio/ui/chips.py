"""The bottom row: one chip for each destination, one for the recording, how well the computer keeps up."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from studio.ui.fonts import MEDIUM, SEMIBOLD, font
from studio.ui.paint import CAP, box, cap_width, key_cap, shape, text, width_of
from studio.ui.theme import Theme
from studio.ui.tile import Tile
from studio.ui.tokens import BODY, SMALL, TARGET, Tokens, mixed
from studio.ui.view import Chip

RETRY_KEY = "R"
_WIDEST = 380


class ChipTile(Tile):
    """A state as shape, colour and word. Pressed, it asks for what would help; otherwise it only shows."""

    def __init__(self, theme: Theme, chip: Chip, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._chip = chip
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._tell()

    @property
    def chip(self) -> Chip:
        return self._chip

    def show_chip(self, chip: Chip) -> None:
        if chip != self._chip:
            wider = self.sizeHint()
            self._chip = chip
            self._tell()
            if self.sizeHint() != wider:
                self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(min(_WIDEST, int(self._content()) + 1), TARGET)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(int(self._content()), 104), TARGET)

    def draw(self, painter: QPainter, rect: QRectF, tokens: Tokens) -> None:
        chip, ink = self._chip, tokens.tone(self._chip.tone)
        alarm = chip.tone in {"attention", "danger"}
        fill = mixed(ink, tokens.panel, 0.10) if alarm else tokens.raised
        box(painter, rect, self.face(tokens) if chip.ask and self.underMouse() else fill, ink if alarm else "", 1)
        shape(painter, chip.shape, QPointF(18, rect.center().y()), ink)
        right = rect.right() - 14
        if chip.ask == "retry":
            right -= cap_width(RETRY_KEY)
            key_cap(painter, right, rect.center().y(), RETRY_KEY, tokens)
            right -= 8
        left = 32.0
        for words, type_, colour in self._runs(tokens):
            if words and right - left > 12:
                left += text(painter, QRectF(left, 0, right - left, rect.height()), words, type_, colour) + 8

    def _runs(self, tokens: Tokens) -> list[tuple[str, QFont, str]]:
        chip = self._chip
        return [
            (chip.name, font(BODY, SEMIBOLD), tokens.text),
            (chip.word, font(SMALL, MEDIUM), tokens.tone(chip.tone)),
            (chip.detail, font(SMALL, digits=True), tokens.quiet),
        ]

    def _content(self) -> float:
        chip = self._chip
        width = 32 + width_of(chip.name, font(BODY, SEMIBOLD)) + 8 + width_of(chip.word, font(SMALL, MEDIUM)) + 14
        if chip.detail:
            width += 8 + width_of(chip.detail, font(SMALL, digits=True))
        return width + (CAP + 8 if chip.ask == "retry" else 0)

    def _tell(self) -> None:
        chip = self._chip
        self.setCursor(Qt.CursorShape.PointingHandCursor if chip.ask else Qt.CursorShape.ArrowCursor)
        self.tell(f"{chip.name}: {chip.word}", ", ".join(filter(None, (chip.detail, chip.hint))))
        self.setToolTip(" · ".join(filter(None, (chip.name, chip.word, chip.detail, chip.hint))))


class Chips(QWidget):
    """The row of chips; `asked` names a destination and what is wanted of it (on, retry)."""

    asked = Signal(str, str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._tiles: dict[str, ChipTile] = {}
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        self._words = QLabel()
        self._words.setProperty("quiet", True)
        self._words.setFont(font(SMALL))
        self._engine = QLabel()
        self._engine.setProperty("quiet", True)
        self._engine.setFont(font(SMALL, digits=True))
        whole = QHBoxLayout(self)
        whole.setContentsMargins(12, 8, 16, 8)
        whole.setSpacing(12)
        whole.addLayout(self._row)
        whole.addWidget(self._words)
        whole.addStretch(1)
        whole.addWidget(self._engine)
        self.setFixedHeight(TARGET + 16)

    def show_chips(
        self, destinations: tuple[Chip, ...], recording: Chip | None, engine: str, empty: str = ""
    ) -> None:
        self._show("to", destinations)
        self._show("file", (recording,) if recording else ())
        self._words.setText("" if destinations else empty)
        self._words.setVisible(bool(self._words.text()))
        self._engine.setText(engine)

    def failing(self) -> list[str]:
        """The destinations that one retry might help."""
        return [tile.chip.name for tile in self._tiles.values() if tile.chip.ask == "retry"]

    def _show(self, kind: str, chips: tuple[Chip, ...]) -> None:
        names = {f"{kind}:{chip.name}" for chip in chips}
        for name in [one for one in self._tiles if one.startswith(f"{kind}:") and one not in names]:
            gone = self._tiles.pop(name)
            self._row.removeWidget(gone)
            gone.deleteLater()
        for chip in chips:
            tile = self._tiles.get(f"{kind}:{chip.name}")
            if tile is None:
                tile = self._tiles[f"{kind}:{chip.name}"] = ChipTile(self._theme, chip)
                tile.clicked.connect(lambda _=False, made=tile: self._ask(made.chip))
                place = self._row.count() if kind == "file" else sum(one.startswith("to:") for one in self._tiles) - 1
                self._row.insertWidget(place, tile)
            tile.show_chip(chip)

    def _ask(self, chip: Chip) -> None:
        if chip.ask:
            self.asked.emit(chip.name, chip.ask)
