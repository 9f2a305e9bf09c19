"""The frame that overlays are laid out on: which margins hold, and how large a share of it is in pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

from studio.media.picture import Size
from studio.show.theme import Area, Theme

TALL = 0.8  # width to height: from here down the frame is a phone held upright


@dataclass(frozen=True, slots=True)
class Frame:
    """A size seen through a theme."""

    size: Size
    theme: Theme

    @property
    def tall(self) -> bool:
        return self.size.width < TALL * self.size.height

    @property
    def area(self) -> Area:
        return self.theme.tall if self.tall else self.theme.wide

    @property
    def unit(self) -> float:
        """What sizes are shares of, in pixels: the height in landscape, upright the mean of height and width.

        That keeps names in proportion to the price, which is bound to the height alone.
        """
        return math.sqrt(min(self.size) * self.size.height)

    @property
    def digits(self) -> float:
        """The height of a price's digits."""
        return self.theme.sizes.price_digits * self.size.height

    @property
    def width(self) -> int:
        """The width between the margins, even."""
        return int(self.size.width * (1 - self.area.left - self.area.right)) // 2 * 2

    def px(self, share: float) -> int:
        return max(1, round(share * self.unit))

    def start(self, width: int, mirrored: bool) -> int:
        """Where something `width` wide begins that keeps to the margin at which the language's lines begin.

        Apps in right-to-left languages mirror their buttons as well, so the margins change sides. What is wider than
        the margins allow is centred.
        """
        if width > self.width:
            return even((self.size.width - width) / 2)
        margin = round(self.area.left * self.size.width)
        return even(self.size.width - margin - width if mirrored else margin)


def even(value: float) -> int:
    """The nearest even number: an overlay at even places needs no second preparation for 4:2:0."""
    return round(value / 2) * 2
