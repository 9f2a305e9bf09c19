"""The slate: what a feed shows while it has no picture."""

from __future__ import annotations

from PySide6.QtGui import QColor

from studio.media.picture import Size
from studio.overlays.frame import Frame
from studio.overlays.raster import Box, Canvas, Raster
from studio.overlays.text import centred, fit
from studio.overlays.words import back_soon_words
from studio.show.theme import Theme

_WORDS, _NAME = 0.086, 0.046  # of the unit


def draw_slate(name: str, language: str, theme: Theme, size: Size) -> Raster:
    """A whole frame, opaque: the show's name above "Back in a moment" in the feed's language."""
    frame = Frame(size, theme)
    canvas = Canvas(size.width, size.height)
    colours, painter = theme.colours, canvas.painter
    # One flat colour: a gradient shows bands once it is video.
    painter.fillRect(Box(0, 0, size.width, size.height).qrect(), QColor(colours.panel))
    room = size.width * 0.82
    words = centred(fit(back_soon_words(language), frame.px(_WORDS), 720, language, room, lines=2))
    title = (
        centred(fit(name, frame.px(_NAME), theme.fonts.name_weight, language, room, lines=2))
        if name.strip()
        else None
    )
    gap, bar = frame.px(0.036), max(3, frame.px(0.0065))
    height = words.height + (title.height + 2 * gap + bar if title else 0)
    y = (size.height - height) / 2
    if title:
        title.draw(painter, (size.width - title.width) / 2, y, colours.name)
        y += title.height + gap
        length = frame.px(0.11)
        canvas.panel(Box((size.width - length) / 2, y, length, bar), bar / 2, colours.price)
        y += bar + gap
    words.draw(painter, (size.width - words.width) / 2, y, colours.price)
    return canvas.finish(0, 0)
