"""What is stuck on a card: the badge with the per cent and the "sold out" stamp."""

from __future__ import annotations

from dataclasses import dataclass

from studio.overlays.frame import Frame
from studio.overlays.raster import Box, Canvas
from studio.overlays.text import Laid, centred, lay_out
from studio.overlays.words import percent_words, sold_out_words

_STAMP_WEIGHT = 800
_STAMP_TILT = -9.0  # degrees; mirrored with the card


@dataclass(frozen=True, slots=True)
class Badge:
    """A filled label with a reduction."""

    laid: Laid
    width: float
    height: float

    def draw(self, canvas: Canvas, x: float, y: float, frame: Frame) -> None:
        colours = frame.theme.colours
        radius = min(self.height * 0.3, frame.px(frame.theme.sizes.corner))
        canvas.panel(Box(x, y, self.width, self.height), radius, colours.badge)
        # Centred by the figures' height, not by the descenders that they lack.
        top = y + (self.height - 0.73 * self.laid.px) / 2 - (self.laid.top - 0.73 * self.laid.px)
        self.laid.draw(canvas.painter, x + (self.width - self.laid.width) / 2, top, colours.badge_text)


def set_badge(percent: int, language: str, frame: Frame) -> Badge:
    px = frame.px(frame.theme.sizes.badge)
    laid = lay_out(percent_words(percent, language), px, 720, language)
    return Badge(laid, laid.width + 0.8 * px, 1.42 * px)


def draw_stamp(canvas: Canvas, over: Box, language: str, frame: Frame, mirrored: bool) -> None:
    """The words "sold out" across `over`, as large as fits, on ground of their own so that they can be read."""
    colours = frame.theme.colours
    words = sold_out_words(language)
    room = over.width * 0.97
    laid = max((_largest(words, language, room, lines) for lines in (1, 2)), key=lambda one: one.px)
    line = max(2.0, laid.px * 0.11)
    width, height = laid.width + 5 * line + 0.2 * laid.px, laid.height + 3.4 * line
    painter = canvas.painter
    painter.save()
    painter.translate(over.x + over.width / 2, over.y + over.height / 2)
    painter.rotate(-_STAMP_TILT if mirrored else _STAMP_TILT)
    fits = min(1.0, over.width / width)  # on a small frame the least sizes of text and edge may be too large
    painter.scale(fits, fits)
    box = Box(-width / 2, -height / 2, width, height)
    canvas.panel(box, line * 2.2, colours.panel, 1.0, colours.stamp, line)
    laid.draw(painter, -laid.width / 2, -(laid.top + laid.bottom + laid.pitch * (laid.lines - 1)) / 2, colours.stamp)
    painter.restore()


def _largest(words: str, language: str, room: float, lines: int) -> Laid:
    """The words in at most so many lines, at the size at which they fill `room` with the stamp's edge."""
    if lines == 1:
        sample = lay_out(words, 100, _STAMP_WEIGHT, language)
        return lay_out(words, max(8, int(100 * room / (sample.width + 75))), _STAMP_WEIGHT, language)
    longest = max(lay_out(word, 100, _STAMP_WEIGHT, language).width for word in words.split())
    px = max(8, int(100 * room / (longest + 75)))
    laid = centred(lay_out(words, px, _STAMP_WEIGHT, language, longest * px / 100 + 0.2 * px))
    return laid if laid.lines <= lines else lay_out(words, 8, _STAMP_WEIGHT, language)
