"""Small drawings that several widgets share: rounded fills, state shapes, key caps, elided text."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from studio.ui.fonts import SEMIBOLD, font
from studio.ui.tokens import RADIUS, SMALL, Shape, Tokens

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTRE = Qt.AlignmentFlag.AlignCenter
CAP = 24.0  # pixels of a key cap's height


def box(
    painter: QPainter, rect: QRectF, fill: str = "", outline: str = "", width: float = 1, radius: int = RADIUS
) -> None:
    """A rounded rectangle; the outline lies inside it."""
    painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
    if outline:
        painter.setPen(QPen(QColor(outline), width))
        rect = rect.adjusted(width / 2, width / 2, -width / 2, -width / 2)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(rect, radius, radius)


def text(
    painter: QPainter, rect: QRectF, words: str, type_: QFont, colour: str, align: Qt.AlignmentFlag = LEFT
) -> float:
    """One line, elided to fit; the width it took."""
    painter.setFont(type_)
    painter.setPen(QColor(colour))
    metrics = QFontMetricsF(type_)
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, int(align | Qt.TextFlag.TextSingleLine), shown)
    return metrics.horizontalAdvance(shown)


def width_of(words: str, type_: QFont) -> float:
    return QFontMetricsF(type_).horizontalAdvance(words)


def shape(painter: QPainter, which: Shape, centre: QPointF, colour: str, size: float = 10) -> None:
    """The form of a state, so that no meaning hangs on colour alone."""
    half, ink = size / 2, QColor(colour)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    if which == "disc":
        painter.drawEllipse(centre, half, half)
    elif which == "ring":
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(ink, 2))
        painter.drawEllipse(centre, half - 1, half - 1)
    elif which == "dash":
        painter.drawRoundedRect(QRectF(centre.x() - half, centre.y() - 1.5, size, 3), 1.5, 1.5)
    else:
        wide = half * 1.2
        around = {
            "diamond": ((0, -wide), (wide, 0), (0, wide), (-wide, 0)),
            "triangle": ((0, -wide), (wide, wide * 0.85), (-wide, wide * 0.85)),
        }[which]
        painter.drawPolygon(QPolygonF([centre + QPointF(x, y) for x, y in around]))


def cap_width(key: str) -> float:
    return max(CAP, width_of(key, font(SMALL, SEMIBOLD)) + 12)


def key_cap(painter: QPainter, left: float, middle: float, key: str, tokens: Tokens, *, on: bool = False) -> float:
    """The key that does it, as its cap; the width it took. `on`: filled with the accent."""
    rect = QRectF(left, middle - CAP / 2, cap_width(key), CAP)
    box(painter, rect, tokens.accent if on else "", "" if on else tokens.outline, 1, 6)
    text(painter, rect, key, font(SMALL, SEMIBOLD), tokens.on_accent if on else tokens.quiet, CENTRE)
    return rect.width()
