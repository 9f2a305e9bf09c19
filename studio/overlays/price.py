"""The price as it is set on cards and tags: its digits are never smaller than the theme's, and it never breaks."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from PySide6.QtGui import QPainter

from studio.overlays.frame import Frame
from studio.overlays.text import Laid, digit_px, lay_out

_ABOVE, _BELOW = 1.06, 0.20  # of the digits' height: room for every price alike, so that the card does not jump


@dataclass(frozen=True, slots=True)
class Price:
    """A price on one line. `squeeze`: its width is scaled by this, its height never is."""

    laid: Laid
    squeeze: float
    digits: float

    @property
    def width(self) -> float:
        return self.laid.width * self.squeeze

    @property
    def top(self) -> float:
        return max(self.laid.top, _ABOVE * self.digits)

    @property
    def height(self) -> float:
        return self.top + max(self.laid.bottom - 0.0, _BELOW * self.digits)

    def within(self, width: float) -> Price:
        """The same price, narrowed if it has to be to fit."""
        return Price(self.laid, min(1.0, width / max(1.0, self.laid.width)), self.digits)

    def draw(self, painter: QPainter, x: float, y: float, colour: str) -> None:
        self.laid.draw(painter, x, y + self.top - self.laid.top, colour, self.squeeze)


def set_price(text: str, language: str, frame: Frame) -> Price:
    weight = frame.theme.fonts.price_weight
    digit = next((c for c in text if unicodedata.category(c) == "Nd"), "0")
    px = digit_px(weight, language, digit, frame.digits)
    return Price(lay_out(text, px, weight, language), 1.0, frame.digits)
