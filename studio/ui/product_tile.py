"""One product in the run of show: key, photo, name, what is left, price."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Signal
from PySide6.QtGui import QFont, QImage, QPainter, QPainterPath, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.fonts import BOLD, MEDIUM, SEMIBOLD, font
from studio.ui.paint import CENTRE, RIGHT, box, key_cap, text, width_of
from studio.ui.theme import Theme
from studio.ui.tile import Tile
from studio.ui.tokens import BODY, LARGE, RADIUS, SMALL, Tokens, mixed
from studio.ui.view_shop import ProductRow

_THUMB = 44
_LINE = 18


class ProductTile(Tile):
    """Pressed, it asks for its product. The one on air has a bar, a lit key and the words."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, key: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._key, self._row, self._photo = key, ProductRow(sku="", number=0, name="", price=""), QImage()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMaximumHeight(80)
        self.clicked.connect(lambda: self.chosen.emit(self._row.sku))

    def show_row(self, row: ProductRow, photo: QImage | None) -> None:
        if row == self._row and (photo or QImage()).cacheKey() == self._photo.cacheKey():
            return
        self._row, self._photo = row, photo or QImage()
        self.setToolTip(row.name)
        state = ("on air" if row.on_air else "", row.left, f"key {self._key}")
        self.tell(f"{row.name}, {row.price}", ", ".join(filter(None, state)))
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
            _inside(painter, rect, RADIUS)
            painter.fillRect(QRectF(0, 0, 4, rect.height()), tokens.accent)
            painter.setClipping(False)
        key_cap(painter, 12, middle, self._key, tokens, on=row.on_air)
        thumb = QRectF(46, middle - _THUMB / 2, _THUMB, _THUMB)
        painter.setOpacity(0.55 if row.sold_out and not row.on_air else 1)
        self._draw_photo(painter, thumb, tokens)
        painter.setOpacity(1)
        words = QRectF(thumb.right() + 10, 0, rect.width() - thumb.right() - 20, rect.height())
        self._draw_words(painter, words.adjusted(0, 0, -self._draw_price(painter, words, tokens) - 8, 0), tokens)

    def _draw_photo(self, painter: QPainter, rect: QRectF, tokens: Tokens) -> None:
        if self._photo.isNull():
            box(painter, rect, mixed(tokens.outline, tokens.raised, 0.25), radius=8)
            text(painter, rect, self._row.name[:1].upper(), font(LARGE, SEMIBOLD), tokens.quiet, CENTRE)
            return
        _inside(painter, rect, 8)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        side = min(self._photo.width(), self._photo.height())
        left, top = (self._photo.width() - side) / 2, (self._photo.height() - side) / 2
        painter.drawImage(rect, self._photo, QRectF(left, top, side, side))
        painter.setClipping(False)

    def _draw_price(self, painter: QPainter, rect: QRectF, tokens: Tokens) -> float:
        """The price at the right, the struck one under it; the width that they took."""
        row = self._row
        price, struck = font(LARGE if len(row.price) <= 8 else BODY, BOLD, digits=True), font(SMALL, digits=True)
        struck.setStrikeOut(True)
        ink = tokens.quiet if self._faded else tokens.text
        if not row.was:
            return text(painter, rect, row.price, price, ink, RIGHT)
        middle = rect.center().y()
        upper, under = QRectF(rect), QRectF(rect)
        upper.setBottom(middle + 4)
        upper.setTop(middle - 22)
        under.setTop(middle + 3)
        under.setBottom(middle + 21)
        taken = text(painter, upper, row.price, price, ink, RIGHT)
        return max(taken, text(painter, under, row.was, struck, tokens.quiet, RIGHT))

    def _draw_words(self, painter: QPainter, room: QRectF, tokens: Tokens) -> None:
        row = self._row
        lines = _wrapped(row.name, font(BODY, MEDIUM), room.width())
        state = "on air" if row.on_air else "next" if row.coming else ""
        y = room.center().y() - _LINE * (len(lines) + bool(state or row.left)) / 2
        ink = tokens.quiet if self._faded else tokens.text
        for line in lines:
            text(painter, QRectF(room.left(), y, room.width(), _LINE), line, font(BODY, MEDIUM), ink)
            y += _LINE
        under = QRectF(room.left(), y, room.width(), _LINE)
        if state:
            under.setLeft(under.left() + text(painter, under, state, font(SMALL, SEMIBOLD), tokens.accent))
        left = f" · {row.left}" if state and row.left else row.left
        if not state or width_of(left, font(SMALL)) <= under.width():  # whole or not at all beside the state
            text(painter, under, left, font(SMALL), tokens.quiet)

    @property
    def _faded(self) -> bool:
        return self._row.sold_out and not self._row.on_air


def _inside(painter: QPainter, rect: QRectF, radius: float) -> None:
    path = QPainterPath()
    path.addRoundedRect(rect, radius, radius)
    painter.setClipPath(path)


def _wrapped(words: str, type_: QFont, width: float) -> list[str]:
    """The words on one or two lines; the second takes all the rest, to be elided."""
    if width_of(words, type_) <= width:
        return [words]
    layout, option = QTextLayout(words, type_), QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    first = layout.createLine()
    first.setLineWidth(width)
    first.setPosition(QPointF(0, 0))
    end = first.textLength()
    layout.endLayout()
    # Qt counts UTF-16 units, Python characters: a name may hold an emoji.
    units = words.encode("utf-16-le")
    return [units[: end * 2].decode("utf-16-le").strip(), units[end * 2 :].decode("utf-16-le").strip()]
