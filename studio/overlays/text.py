"""Text laid out and drawn: in at most so many lines, then smaller, then with an ellipsis. The only user of Qt's text.

Positions are in pixels. A `Laid` text is measured by its ink rather than by its fonts' metrics, which differ by
half an em between scripts and would set cards of different languages at different heights.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QTextCharFormat, QTextLayout, QTextLine, QTextOption

from studio.overlays.fonts import font, font_book, missing_glyphs, start_text

__all__ = ["Laid", "centred", "digit_px", "fit", "is_right_to_left", "lay_out", "missing_glyphs", "start_text"]

_RIGHT_TO_LEFT = {"ar", "dv", "fa", "he", "iw", "ku-arab", "pa-arab", "ps", "sd", "ug", "ur", "yi"}
_ELLIPSIS = "…"
_CAP, _DROP, _LEADING = 0.74, 0.22, 1.24  # of the em: what every line is at least high, and from line to line
_NO_LIMIT = 1_000_000.0
# A name of stacked accents must not push the price off the picture: at most so many marks on one letter (a Tibetan
# stack or a pointed Hebrew letter has no more), and no ink farther than this from its baseline, in em.
_MOST_MARKS = 4
_MOST_CHARACTERS = 1000  # of which the widest frame shows half at most: what follows is never seen, but takes time
_REACH_UP, _REACH_DOWN = 1.5, 0.9


@dataclass(frozen=True, slots=True)
class Laid:
    """Text in lines, ready to be drawn; `top` and `bottom`: its reach above and below the outer baselines."""

    layout: QTextLayout
    px: int
    width: float
    lines: int
    pitch: float
    top: float
    bottom: float
    text: str

    @property
    def height(self) -> float:
        return self.top + self.pitch * (self.lines - 1) + self.bottom

    def draw(self, painter: QPainter, x: float, y: float, colour: str, squeeze: float = 1.0) -> None:
        """Draw with the upper left corner at (x, y); `squeeze` scales the width only."""
        painter.save()
        painter.translate(x, y + self.top)
        painter.scale(squeeze, 1.0)
        last = self.pitch * (self.lines - 1)
        reach = QRectF(
            -self.px, -_REACH_UP * self.px, self.width + 2 * self.px, last + (_REACH_UP + _REACH_DOWN) * self.px
        )
        painter.setClipRect(reach, Qt.ClipOperation.IntersectClip)
        painter.setPen(QColor(colour))
        self.layout.draw(painter, QPointF(0, 0))
        painter.restore()


def is_right_to_left(language: str) -> bool:
    tag = language.lower().replace("_", "-")
    return any((tag + "-").startswith(one + "-") for one in _RIGHT_TO_LEFT)


def lay_out(
    text: str, px: int, weight: int, language: str, width: float | None = None, most: int | None = None
) -> Laid:
    """Text at one size: on one line, or wrapped to `width`; the rest after `most` lines is left out."""
    text = _clean(text)
    layout = _layout(text, px, weight, language)
    option = QTextOption()
    option.setTextDirection(
        Qt.LayoutDirection.RightToLeft if _runs_to_left(text, language) else Qt.LayoutDirection.LeftToRight
    )
    option.setAlignment(Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignLeft)
    option.setWrapMode(
        QTextOption.WrapMode.NoWrap if width is None else QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere
    )
    layout.setTextOption(option)
    layout.beginLayout()
    lines: list[QTextLine] = []
    while len(lines) != most and (line := layout.createLine()).isValid():
        line.setLineWidth(_NO_LIMIT if width is None else width)
        lines.append(line)
    layout.endLayout()
    reach = QRectF(-_NO_LIMIT, -_REACH_UP * px, 2 * _NO_LIMIT, (_REACH_UP + _REACH_DOWN) * px)
    ink = [_ink(layout, line).intersected(reach) for line in lines] or [QRectF()]
    widest = max(box.width() for box in ink)
    high = max((box.bottom() - box.top() for box in ink), default=0.0)
    pitch = max(_LEADING * px, 1.06 * high)
    for number, (line, box) in enumerate(zip(lines, ink, strict=False)):
        x = widest - box.right() if is_right_to_left(language) else -box.left()
        line.setPosition(QPointF(x, pitch * number - line.ascent()))
    top, bottom = max(_CAP * px, -ink[0].top()), max(_DROP * px, ink[-1].bottom())
    return Laid(layout, px, widest, max(1, len(lines)), pitch, top, bottom, text)


def fit(text: str, px: int, weight: int, language: str, width: float, lines: int, smallest: float = 0.75) -> Laid:
    """Text within `width` and `lines`: wrapped, then down to `smallest` of the size, then ended by an ellipsis."""
    text = _clean(" ".join(text.split()).replace(" ·", "\u00a0·"))  # a dot stays with what it follows
    one_more = lines + 1  # tells as well as all of them that there are too many
    least = max(1, round(px * smallest))
    for size in sorted({px, *(round(px * share) for share in (0.92, 0.84)), least}, reverse=True):
        if size < least:
            continue
        laid = lay_out(text, size, weight, language, width, one_more)
        if laid.lines <= lines and laid.width <= width + 0.5:
            return laid if laid.lines == 1 else _balanced(text, size, weight, language, width, laid.lines)
    pieces = _graphemes(text)
    kept, gone = 0, len(pieces)
    while gone - kept > 1:
        middle = (kept + gone) // 2
        short = "".join(pieces[:middle]).rstrip() + _ELLIPSIS
        if lay_out(short, least, weight, language, width, one_more).lines <= lines:
            kept = middle
        else:
            gone = middle
    return lay_out("".join(pieces[:kept]).rstrip(" ,.;:·-–—") + _ELLIPSIS, least, weight, language, width)


def centred(laid: Laid) -> Laid:
    """The same text with its lines centred on each other."""
    for number in range(laid.layout.lineCount()):
        line = laid.layout.lineAt(number)
        ink = _ink(laid.layout, line)
        line.setPosition(QPointF((laid.width - ink.width()) / 2 - ink.left(), line.y()))
    return laid


@cache
def digit_px(weight: int, language: str, digit: str, height: float) -> int:
    """The smallest size in pixels at which a script's digits are at least `height` pixels high."""
    zero = ord(digit) - unicodedata.digit(digit)
    family = font_book().runs(digit, language)[0].family
    metrics = QFontMetricsF(font(family, 1000, weight))
    tallest = max(metrics.tightBoundingRect(chr(zero + n)).height() for n in range(1, 10))
    return int(-(-height * 1000 // tallest))


def _balanced(text: str, px: int, weight: int, language: str, width: float, lines: int) -> Laid:
    """The same lines, as equal in length as they can be: better to read than a full line and a lone word."""
    low, high = 0.0, width
    while high - low > px / 4:
        middle = (low + high) / 2
        laid = lay_out(text, px, weight, language, middle)
        if laid.lines <= lines and laid.width <= middle + 0.5:
            high = middle
        else:
            low = middle
    return lay_out(text, px, weight, language, high)


def _clean(text: str) -> str:
    """Without what breaks lines or is no character: controls become spaces, halves of pairs the replacement sign.

    Of the marks on one letter only the first few are kept, and of the whole no more than could be seen.
    """
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if len(whole) > _MOST_CHARACTERS:
        whole = whole[:_MOST_CHARACTERS] + _ELLIPSIS
    kept: list[str] = []
    marks = 0
    for character in whole:
        kind = unicodedata.category(character)
        if kind in {"Mn", "Me"}:
            marks += 1
        elif kind != "Cf":
            marks = 0
        if marks <= _MOST_MARKS:
            kept.append(" " if kind in {"Cc", "Zl", "Zp"} else character)
    return "".join(kept)


def _runs_to_left(text: str, language: str) -> bool:
    """A text's own direction: that of its first letter outside isolates (UAX #9, P2 and P3), else its language's."""
    depth = 0
    for character in text:
        kind = unicodedata.bidirectional(character)
        depth += (kind in {"LRI", "RLI", "FSI"}) - (kind == "PDI" and depth > 0)
        if depth == 0 and kind in {"L", "R", "AL"}:
            return kind != "L"
    return is_right_to_left(language)


def _ink(layout: QTextLayout, line: QTextLine) -> QRectF:
    """What a line's glyphs cover, seen from its beginning on the baseline (Qt's own rectangles are fonts' boxes)."""
    ink = QRectF()
    for run in layout.glyphRuns(line.textStart(), line.textLength()):
        font_ = run.rawFont()
        for glyph, place in zip(run.glyphIndexes(), run.positions(), strict=True):
            box = font_.boundingRect(glyph)
            if not box.isEmpty():
                ink = ink.united(box.translated(place.x() - line.x(), place.y() - line.y() - line.ascent()))
    return ink


def _layout(text: str, px: int, weight: int, language: str) -> QTextLayout:
    runs = font_book().runs(text, language)
    layout = QTextLayout(text, font(runs[0].family if runs else "Inter", px, weight))
    formats = []
    for run in runs:
        range_ = QTextLayout.FormatRange()
        range_.start, range_.length = run.start, run.length
        style = QTextCharFormat()
        style.setFont(font(run.family, px, weight))
        range_.format = style
        formats.append(range_)
    layout.setFormats(formats)
    return layout


def _graphemes(text: str) -> list[str]:
    """Pieces that an ellipsis may not cut: a letter with its marks, an emoji with its parts."""
    pieces: list[str] = []
    for character in text:
        joined = unicodedata.category(character) in {"Mn", "Mc", "Me", "Cf"} or 0x1F3FB <= ord(character) <= 0x1F3FF
        if pieces and (joined or pieces[-1].endswith("\u200d")):
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces
