"""The price alone, as a tag with a hole for its string, at the upper end of the frame."""

from __future__ import annotations

from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainterPath

from studio.media.picture import Size
from studio.overlays.content import PriceTagContent
from studio.overlays.frame import Frame, even
from studio.overlays.price import set_price
from studio.overlays.raster import Box, Canvas, Raster, rounded
from studio.overlays.text import is_right_to_left
from studio.overlays.title_bar import title_room
from studio.show.theme import Theme

_SHADOW = 0.011
_ROOM = 0.34  # of the tag's height: the padding above and below the digits' row, together
_POINT = 0.36  # of the tag's height: how far its tapered end reaches
_HOLE = 0.095  # of the tag's height: the hole's radius


def draw_price_tag(content: PriceTagContent, theme: Theme, size: Size) -> Raster:
    """The tag for one feed: beside the title bar, or below it where there is no room beside."""
    frame = Frame(size, theme)
    mirrored = is_right_to_left(content.language)
    price = set_price(content.price_text, content.language, frame)
    height = even(price.height / (1 - _ROOM))
    before, after = (_POINT + 0.16) * height, 0.28 * height
    price = price.within(frame.width - before - after)
    width = even(before + price.width + after)
    margin = frame.px(_SHADOW)
    canvas = Canvas(width + 2 * margin, height + 2 * margin)
    canvas.painter.translate(margin, margin)
    _paint_tag(canvas, width, height, frame, mirrored)
    # The digits are centred, not the row with its room for descenders.
    y = (height - price.digits) / 2 - (price.top - price.digits)
    x = width - before - price.width if mirrored else before
    price.draw(canvas.painter, x, y, theme.colours.tag_text)
    left, top = _place(frame, width, mirrored)
    return canvas.finish(even(left - margin), even(top - margin), shadow=margin)


def _place(frame: Frame, width: int, mirrored: bool) -> tuple[int, int]:
    title_width, title_height = title_room(frame)
    top = frame.area.top * frame.size.height
    gap = frame.px(frame.theme.sizes.gap)
    if frame.tall or width + gap > frame.width - title_width:
        return frame.start(width, mirrored), even(top + title_height + gap)
    return frame.start(width, not mirrored), even(top)


def _paint_tag(canvas: Canvas, width: int, height: int, frame: Frame, mirrored: bool) -> None:
    corner = min(frame.px(frame.theme.sizes.corner), height / 4)
    point = _POINT * height
    taper = QPainterPath()
    taper.addPolygon(
        [
            QPointF(2 * point, 0),
            QPointF(point, 0),
            QPointF(0, height * 0.3),
            QPointF(0, height * 0.7),
            QPointF(point, height),
            QPointF(2 * point, height),
        ]
    )
    taper.closeSubpath()
    path = rounded(Box(point, 0, width - point, height), corner).united(taper)
    if not mirrored:  # beside Eastern Arabic digits a hole would be one more zero: ٠
        hole = QPainterPath()
        hole.addEllipse(QPointF(point * 0.72, height / 2), _HOLE * height, _HOLE * height)
        path = path.subtracted(hole)
    painter = canvas.painter
    painter.save()
    if mirrored:
        painter.translate(width, 0)
        painter.scale(-1, 1)
    painter.fillPath(path, QColor(frame.theme.colours.tag))
    painter.restore()
