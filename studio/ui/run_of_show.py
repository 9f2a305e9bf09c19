"""The run of show: nine products at a time, each with the key that puts it on air."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from studio.ui.fonts import SEMIBOLD, font
from studio.ui.product_tile import ProductTile
from studio.ui.theme import Theme
from studio.ui.tile import KeyTile
from studio.ui.tokens import BODY, SMALL, TARGET
from studio.ui.view_shop import PAGE, ProductRow, page_count, page_of


class RunOfShow(QWidget):
    """Nine product tiles, a heading, and pages when there are more."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._rows: tuple[ProductRow, ...] = ()
        self._photos: Mapping[str, QImage] = {}
        self._page = 0
        self._heading, self._count, self._empty = QLabel("Run of show"), QLabel(), QLabel()
        self._heading.setFont(font(SMALL, SEMIBOLD))
        self._count.setFont(font(SMALL))
        self._count.setProperty("quiet", True)
        self._empty.setFont(font(BODY))
        self._empty.setProperty("quiet", True)
        self._empty.setWordWrap(True)
        self._tiles = [ProductTile(theme, str(index + 1)) for index in range(PAGE)]
        self._up, self._down = (
            KeyTile(theme, "", "PgUp", "Products before"),
            KeyTile(theme, "", "PgDn", "More products"),
        )
        for tile in (self._up, self._down):
            tile.setFixedHeight(TARGET)
        self._up.clicked.connect(lambda: self.turn(-1))
        self._down.clicked.connect(lambda: self.turn(1))
        self._lay_out()

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._heading)
        words.addWidget(self._count)
        head = QHBoxLayout()
        head.addLayout(words, 1)
        head.addWidget(self._up)
        head.addWidget(self._down)
        head.setContentsMargins(4, 0, 0, 0)
        head.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._empty)
        for tile in self._tiles:
            tile.chosen.connect(self.chosen)
            column.addWidget(tile, 1)
        column.addStretch(0)
        self.show_rows((), {})

    def show_rows(self, rows: tuple[ProductRow, ...], photos: Mapping[str, QImage], empty: str = "") -> None:
        """The products in order; `empty`: what to do when there are none."""
        self._rows, self._photos = rows, photos
        self._page = min(self._page, page_count(rows) - 1)
        shown = page_of(rows, self._page)
        for index, tile in enumerate(self._tiles):
            tile.setVisible(index < len(shown))
            if index < len(shown):
                tile.show_row(shown[index], photos.get(shown[index].sku))
        counted = [row for row in rows if not row.sold_out]
        self._count.setText(f"{len(counted)} of {len(rows)} to sell" if rows else "")
        self._empty.setText(empty)
        self._empty.setVisible(not rows)
        several = page_count(rows) > 1
        self._up.setVisible(several)
        self._down.setVisible(several)
        self._up.show_as("", enabled=self._page > 0)
        self._down.show_as("", enabled=self._page < page_count(rows) - 1)

    def turn(self, pages: int) -> None:
        self._page = max(0, min(page_count(self._rows) - 1, self._page + pages))
        self.show_rows(self._rows, self._photos, self._empty.text())

    def sku_of_key(self, digit: int) -> str:
        """The product that key 1 to 9 acts on now; empty: none."""
        shown = page_of(self._rows, self._page)
        return shown[digit - 1].sku if digit <= len(shown) else ""
