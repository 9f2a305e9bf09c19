"""The run of show: nine products at a time, each with the key that puts it on air."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter, QPainterPath, QTextLayout, QTextOption
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from studio.ui.fonts import BOLD, MEDIUM, SEMIBOLD, font
from studio.ui.paint import CENTRE, RIGHT, box, key_cap, text, width_of
from studio.ui.theme import Theme
from studio.ui.tile import KeyTile, Tile
from studio.ui.tokens import BODY, LARGE, SMALL, Tokens, mixed
from studio.ui.view_shop import PAGE, ProductRow, page_count, page_of

_THUMB = 48
_LINE = 19


class ProductTile(Tile):
    """One product: key, photo, name, what is left, price. The one on air has a bar, a lit key and the words."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, key: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._key, self._row, self._photo = key, ProductRow(sku="", number=0, name="", price=""), QImage()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMaximumHeight(84)
        self.clicked.connect(lambda: self.chosen.emit(self._row.sku))

    def show_row(self, row: ProductRow, photo: QImage | None) -> None:
        if row != self._row or (photo or QImage()).cacheKey() != self._photo.cacheKey():
            self._row, self._photo = row, photo or QImage()
            self.setToolTip(row.name)
            self.tell(f"{row.name}, {row.price}", ", ".join(filter(None, (row.left, f"key {self._key}"))))
            self.update()

    def sizeHint(self) -> QSize:
        return QSize(300, 68)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 54)

    def draw(self, painter: QPainter, rect: QRectF, tokens: Tokens) -> None:
        row, middle = self._row, rect.center().y()
        if row.on_air or self.underMouse() or self.isDown():
            box(painter, rect, self.face(tokens))
        if row.coming:
            box(painter, rect, outline=tokens.accent, width=2)
        if row.on_air:
            inside = QPainterPath()
            inside.addRoundedRect(rect, 12, 12)
            painter.setClipPath(inside)
            painter.fillRect(QRectF(0, 0, 4, rect.height()), tokens.accent)
            painter.setClipping(False)
        key_cap(painter, 12, middle, self._key, tokens, on=row.on_air)
        if row.sold_out and not row.on_air:
            painter.setOpacity(0.55)
        thumb = QRectF(46, middle - _THUMB / 2, _THUMB, _THUMB)
        self._draw_photo(painter, thumb, tokens)
        painter.setOpacity(1)
        self._draw_words(
            painter, QRectF(thumb.right() + 10, 0, rect.width() - thumb.right() - 20, rect.height()), tokens
        )

    def _draw_photo(self, painter: QPainter, rect: QRectF, tokens: Tokens) -> None:
        if self._photo.isNull():
            box(painter, rect, mixed(tokens.outline, tokens.raised, 0.25), radius=8)
            text(painter, rect, self._row.name[:1].upper(), font(LARGE, SEMIBOLD), tokens.quiet, CENTRE)
            return
        painter.save()
        inside = QPainterPath()
        inside.addRoundedRect(rect, 8, 8)
        painter.setClipPath(inside)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        side = min(self._photo.width(), self._photo.height())
        left, top = (self._photo.width() - side) / 2, (self._photo.height() - side) / 2
        painter.drawImage(rect, self._photo, QRectF(left, top, side, side))
        painter.restore()

    def _draw_words(self, painter: QPainter, rect: QRectF, tokens: Tokens) -> None:
        row = self._row
        faded = row.sold_out and not row.on_air
        price_type = font(LARGE if len(row.price) <= 8 else BODY, BOLD)
        taken = max(width_of(row.price, price_type), width_of(row.was, font(SMALL)))
        middle = rect.center().y()
        price_ink = tokens.quiet if faded else tokens.text
        if row.was:
            struck = font(SMALL)
            struck.setStrikeOut(True)
            text(painter, QRectF(rect.left(), middle - 22, rect.width(), 24), row.price, price_type, price_ink, RIGHT)
            text(painter, QRectF(rect.left(), middle + 3, rect.width(), 18), row.was, struck, tokens.quiet, RIGHT)
        else:
            text(painter, rect, row.price, price_type, price_ink, RIGHT)
        room = QRectF(rect.left(), rect.top(), max(40.0, rect.width() - taken - 8), rect.height())
        lines = _wrapped(row.name, font(BODY, MEDIUM), room.width(), 2)
        under = bool(row.left or row.on_air)
        y = middle - (len(lines) * _LINE + (_LINE if under else 0)) / 2
        for line in lines:
            text(painter, QRectF(room.left(), y, room.width(), _LINE), line, font(BODY, MEDIUM), price_ink)
            y += _LINE
        if row.on_air:
            room = room.adjusted(
                text(
                    painter,
                    QRectF(room.left(), y, room.width(), _LINE),
                    "on air",
                    font(SMALL, SEMIBOLD),
                    tokens.accent,
                ),
                0,
                0,
                0,
            )
        words = f" · {row.left}" if row.on_air and row.left else row.left
        text(painter, QRectF(room.left(), y, room.width(), _LINE), words, font(SMALL), tokens.quiet)


def _wrapped(words: str, type_: QFont, width: float, most: int) -> list[str]:
    """The words in at most that many lines; the last takes the rest, to be elided."""
    layout = QTextLayout(words, type_)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    if QFontMetricsF(type_).horizontalAdvance(words) <= width:
        return [words]
    starts: list[int] = []
    layout.beginLayout()
    while len(starts) < most and (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, 0))
        starts.append(line.textStart())
    layout.endLayout()
    ends = [*starts[1:], len(words)]
    return [words[start:end].strip() for start, end in zip(starts, ends, strict=True)]


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
        self._up, self._down = KeyTile(theme, "Back", "PgUp"), KeyTile(theme, "More", "PgDn")
        self._up.clicked.connect(lambda: self.turn(-1))
        self._down.clicked.connect(lambda: self.turn(1))
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._heading)
        head.addStretch(1)
        head.addWidget(self._count)
        head.setContentsMargins(4, 0, 4, 4)
        pages = QHBoxLayout()
        pages.setSpacing(8)
        pages.addWidget(self._up)
        pages.addWidget(self._down)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self._empty)
        for tile in self._tiles:
            tile.chosen.connect(self.chosen)
            column.addWidget(tile, 1)
        column.addStretch(0)
        column.addLayout(pages)
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
        self._up.show_as("Back", enabled=self._page > 0)
        self._down.show_as("More", enabled=self._page < page_count(rows) - 1)

    def turn(self, pages: int) -> None:
        self._page = max(0, min(page_count(self._rows) - 1, self._page + pages))
        self.show_rows(self._rows, self._photos, self._empty.text())

    def sku_of_key(self, digit: int) -> str:
        """The product that key 1 to 9 acts on now; empty: none."""
        shown = page_of(self._rows, self._page)
        return shown[digit - 1].sku if digit <= len(shown) else ""
