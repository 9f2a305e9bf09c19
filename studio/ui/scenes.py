"""The scenes, F1 to F8: one press and the angle is on air."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from studio.ui.fonts import MEDIUM, font
from studio.ui.paint import box, cap_width, key_cap, text
from studio.ui.theme import Theme
from studio.ui.tile import Tile
from studio.ui.tokens import BODY, SMALL, Tokens
from studio.ui.view import SceneTile

_COLUMNS = 4


class SceneButton(Tile):
    """One scene: its key, its name, what is wrong with its source."""

    def __init__(self, theme: Theme, scene: SceneTile, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._scene = scene
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_scene(self, scene: SceneTile) -> None:
        if scene != self._scene or not self.accessibleName():
            self._scene = scene
            state = "on air" if scene.on_air else ""
            self.tell(f"Scene {scene.name}", ", ".join(filter(None, (f"key {scene.key}", state, scene.warning))))
            self.setToolTip(scene.name)
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(150, 52)

    def draw(self, painter: QPainter, rect: QRectF, tokens: Tokens) -> None:
        scene = self._scene
        box(painter, rect, self.face(tokens))
        if scene.on_air or scene.coming:
            box(painter, rect, outline=tokens.accent, width=3 if scene.on_air else 1.5)
        middle, left = rect.center().y(), 12.0
        if scene.key:
            left += key_cap(painter, left, middle, scene.key, tokens, on=scene.on_air) + 8
        room = QRectF(left, 0, rect.width() - left - 8, rect.height())
        if scene.warning:
            text(painter, room.adjusted(0, 6, 0, -rect.height() / 2 + 2), scene.name, font(BODY, MEDIUM), tokens.text)
            under = room.adjusted(0, rect.height() / 2 - 2, 0, -6)
            text(painter, under, scene.warning, font(SMALL), tokens.attention)
        else:
            text(painter, room, scene.name, font(BODY, MEDIUM), tokens.text)

    def minimumSizeHint(self) -> QSize:
        return QSize(int(12 + cap_width("F8") + 40), 48)


class Scenes(QWidget):
    """All scenes in rows of four, in the show's order."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: tuple[SceneTile, ...] = ()
        self._buttons: list[SceneButton] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)

    def show_scenes(self, scenes: tuple[SceneTile, ...]) -> None:
        if [one.name for one in scenes] != [one.name for one in self._shown]:
            self._make(scenes)
        for button, scene in zip(self._buttons, scenes, strict=True):
            button.show_scene(scene)
        self._shown = scenes

    def rows(self) -> int:
        return -(-len(self._buttons) // _COLUMNS)

    def _make(self, scenes: tuple[SceneTile, ...]) -> None:
        for button in self._buttons:
            self._grid.removeWidget(button)
            button.deleteLater()
        self._buttons = [SceneButton(self._theme, one) for one in scenes]
        for index, (button, scene) in enumerate(zip(self._buttons, scenes, strict=True)):
            button.clicked.connect(lambda _=False, name=scene.name: self.chosen.emit(name))
            self._grid.addWidget(button, index // _COLUMNS, index % _COLUMNS)
