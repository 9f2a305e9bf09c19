"""The order log at the side: newest first, totals under it. Handles are whole: one must be able to call people."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from studio.ui.fonts import BOLD, MEDIUM, SEMIBOLD, font
from studio.ui.paint import CENTRE, RIGHT, box, text, width_of
from studio.ui.theme import Theme
from studio.ui.tokens import BODY, CLOCK, SMALL, Tone, mixed
from studio.ui.view_shop import OrderRow, Total

_ROW = 92
_Index = QModelIndex | QPersistentModelIndex
_TONES: dict[str, Tone] = {"open": "fine", "waiting": "info"}


class OrderList(QAbstractListModel):
    """The rows for the list; each says itself to a screen reader."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[OrderRow, ...] = ()

    def show_rows(self, rows: tuple[OrderRow, ...]) -> None:
        """New rows at the front are inserted, so that a scrolled list stays where it is; else all is new."""
        more = len(rows) - len(self._rows)
        if rows == self._rows:
            return
        if more > 0 and self._rows and rows[more:] == self._rows:
            self.beginInsertRows(QModelIndex(), 0, more - 1)
            self._rows = rows
            self.endInsertRows()
        else:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return row
        if role in {Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole}:
            return f"Order {row.number}, {row.buyer}, {row.what}, {row.price}, {row.status}"
        return None


class OrderPainter(QStyledItemDelegate):
    """Draws one order: who and from where, what, for how much, how far it is."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return QSize(200, _ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        row, tokens = index.data(Qt.ItemDataRole.UserRole), self._theme.tokens
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect).adjusted(0, 0, 0, -8)
        box(painter, rect, tokens.raised, radius=10)
        who, where, what = (rect.adjusted(12, top, -12, top + 24 - rect.height()) for top in (7, 30, 52))
        ink = tokens.tone(_TONES.get(row.status, "quiet"))
        wide = width_of(row.status, font(SMALL, MEDIUM)) + 16
        badge = QRectF(who.right() - wide, who.center().y() - 11, wide, 22)
        box(painter, badge, mixed(ink, tokens.raised, 0.10), radius=6)
        text(painter, badge, row.status, font(SMALL, MEDIUM), ink, CENTRE)
        who.setRight(badge.left() - 8)
        text(painter, who, row.buyer or "no name", font(BODY, SEMIBOLD), tokens.text)
        quiet = " · ".join(filter(None, (f"#{row.number}", row.time, row.channel)))
        text(painter, where, quiet, font(SMALL, digits=True), tokens.quiet)
        what.setRight(
            what.right() - text(painter, what, row.price, font(BODY, SEMIBOLD, digits=True), tokens.text, RIGHT) - 8
        )
        text(painter, what, row.what, font(BODY), tokens.text)
        painter.restore()


class _List(QListView):
    """A list that leaves letters and digits to the show's keys."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home}:
            super().keyPressEvent(event)
        else:
            event.ignore()


class Orders(QWidget):
    """Heading, list, totals; in words when nothing was ordered yet."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._model = OrderList()
        self._model.setParent(self)
        self._list = _List()
        self._list.setModel(self._model)
        self._list.setItemDelegate(OrderPainter(theme, self._list))
        self._list.setUniformItemSizes(True)
        self._list.setFrameShape(QFrame.Shape.NoFrame)
        self._list.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._list.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setStyleSheet("background: transparent;")
        self._list.setAccessibleName("Orders, newest first")
        self._heading, self._empty = QLabel("Orders"), QLabel()
        self._heading.setFont(font(SMALL, SEMIBOLD))
        self._empty.setFont(font(BODY))
        self._empty.setProperty("quiet", True)
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._totals = [_TotalBox() for _ in range(3)]
        self._lay_out()

    def show_orders(self, rows: tuple[OrderRow, ...], totals: tuple[Total, ...], empty: str = "") -> None:
        self._model.show_rows(rows)
        self._list.setVisible(bool(rows))
        self._empty.setText(empty)
        self._empty.setVisible(not rows)
        for index, total in enumerate(self._totals):
            total.setVisible(index < len(totals))
            if index < len(totals):
                total.show_total(totals[index])

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self._heading)
        column.addWidget(self._empty, 1)
        column.addWidget(self._list, 1)
        for total in self._totals:
            column.addWidget(total)
        self.show_orders((), ())


class _TotalBox(QWidget):
    """What is counted, at the left; how much, at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("well")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._label, self._amount = QLabel(), QLabel()
        self._label.setFont(font(SMALL))
        self._label.setProperty("quiet", True)
        self._amount.setFont(font(CLOCK, BOLD, digits=True))
        self._amount.setAlignment(RIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.addWidget(self._label)
        row.addWidget(self._amount, 1)

    def show_total(self, total: Total) -> None:
        self._label.setText(total.label)
        self._amount.setText(total.amount)
        self.setAccessibleName(f"{total.label}: {total.amount}")
