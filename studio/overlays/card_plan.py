"""Where everything on a product card goes.

The price decides: it has its size and stays whole. What finds no room beside it gives way in this order: the
was-price goes to the quiet line, then the badge; the card grows to the margins; the photo moves up beside the name;
the price is narrowed, never lowered. Places are reckoned from the side at which the language's lines begin.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic, NamedTuple, TypeVar

from studio.overlays.content import CardContent
from studio.overlays.frame import Frame
from studio.overlays.marks import Badge, set_badge
from studio.overlays.price import Price, set_price
from studio.overlays.raster import Box
from studio.overlays.text import Laid, fit, lay_out
from studio.overlays.words import was_words

_NAME_LINES = 2
_QUIET_LINES = 2
_STEP = 0.025  # of the frame's width: cards are as wide as a multiple of this, so that they do not twitch
_LEAST_TEXT = 0.30  # of the unit: the least width of the text beside a photo

Item = TypeVar("Item")


class Placed(NamedTuple, Generic[Item]):
    """Something with its upper left corner, unmirrored."""

    item: Item
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Plan:
    """A card's size, even, and its parts."""

    width: int
    height: int
    photo: Box | None
    name: Placed[Laid]
    price: Placed[Price]
    was: Placed[Laid] | None
    badge: Placed[Badge] | None
    quiet: tuple[Placed[Laid], ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """The price with what stands beside it."""

    price: Price
    was: Laid | None
    badge: Badge | None
    gap: float

    @property
    def width(self) -> float:
        return self.price.width + sum(self.gap + one.width for one in (self.was, self.badge) if one is not None)


@dataclass(frozen=True, slots=True)
class _Quiet:
    """The lines below the price, the first one after the badge if that found no room in the row."""

    lines: tuple[Laid, ...]
    badge: Badge | None
    gap: float

    @property
    def heights(self) -> list[float]:
        """Of each line, with the space above it."""
        heights = [self.gap + line.height for line in self.lines]
        if self.badge is not None:
            heights[0] = self.gap + max(self.lines[0].height, self.badge.height)
        return heights


def plan_card(content: CardContent, frame: Frame, has_photo: bool) -> Plan:
    """The plan of a card; a sold-out one keeps the photo's place for the stamp even without a photo."""
    return _Planner(content, frame, has_photo or content.sold_out).plan()


class _Planner:
    """Finds the layout of one card."""

    def __init__(self, content: CardContent, frame: Frame, has_photo: bool) -> None:
        sizes, fonts = frame.theme.sizes, frame.theme.fonts
        self._content, self._frame, self._has_photo = content, frame, has_photo
        self._pad, self._gap = frame.px(sizes.padding), frame.px(sizes.gap)
        self._name_px, self._quiet_px = frame.px(sizes.name), frame.px(sizes.quiet)
        was = content.was_text
        self._row = _Row(
            set_price(content.price_text, content.language, frame),
            lay_out(was, frame.px(sizes.was), fonts.quiet_weight, content.language) if was else None,
            set_badge(content.percent, content.language, frame) if content.percent else None,
            self._gap,
        )
        # As high as name, price and one quiet line: the usual card's photo is a square.
        self._photo_side = round(0.95 * self._name_px + 1.26 * frame.digits + self._quiet_px + 1.6 * self._gap)

    def plan(self) -> Plan:
        frame, pad = self._frame, self._pad
        # A share of a 16:9 frame of this height, so that a nearly square one has lines as long in letters.
        across = frame.size.width if frame.tall else max(frame.size.width, frame.unit * 16 / 9)
        usual = min(frame.width, int(frame.area.card_width * across)) - 2 * pad
        beside = self._photo_side + self._gap if self._has_photo else 0
        # Landscape has width to give: there the photo stays beside even the longest price.
        longest = usual if frame.tall else frame.width - 2 * pad
        price = self._row.price
        if price.width <= longest - beside:
            return self._beside(beside, max(usual - beside, price.width))
        self._row = replace(self._row, price=price.within(longest))
        return self._stacked(longest)

    def _beside(self, beside: int, room: float) -> Plan:
        """The photo at the beginning, all text after it, in at most `room` pixels."""
        pad, gap = self._pad, self._gap
        row, texts = self._share(room)
        name = self._name(room)
        wish = max(min(self._quiet_wish(texts), room), min(_LEAST_TEXT * self._frame.unit, room))
        width = self._stepped(max(name.width, row.width, wish) + beside + 2 * pad, room + beside + 2 * pad)
        quiet = self._quiet(texts, width - 2 * pad - beside, row)
        text_height = name.height + 0.55 * gap + row.price.height + sum(quiet.heights)
        height = _even_up(max(text_height, self._photo_side if beside else 0) + 2 * pad)
        photo = Box(pad, pad, self._photo_side, height - 2 * pad) if beside else None
        x, y = pad + beside, (height - text_height) / 2
        return self._placed(Placed(name, x, y), row, quiet, x, y + name.height + 0.55 * gap, (width, height), photo)

    def _stacked(self, room: float) -> Plan:
        """Photo and name above, the price below over the whole width."""
        pad, gap = self._pad, self._gap
        width = _even_up(room + 2 * pad)
        row, texts = self._share(room)
        side = round(0.72 * self._photo_side) if self._has_photo else 0
        x = pad + (side + gap if side else 0)
        name = self._name(width - pad - x)
        quiet = self._quiet(texts, room, row)
        head = max(name.height, side)
        y = pad + head + 0.7 * gap
        height = _even_up(y + row.price.height + sum(quiet.heights) + pad)
        photo = Box(pad, pad, side, side) if side else None
        placed_name = Placed(name, x, pad + (head - name.height) / 2)
        return self._placed(placed_name, row, quiet, pad, y, (width, height), photo)

    def _placed(
        self,
        name: Placed[Laid],
        row: _Row,
        quiet: _Quiet,
        x: float,
        y: float,
        size: tuple[int, int],
        photo: Box | None,
    ) -> Plan:
        """The plan with the price's row at (x, y) and the quiet lines below it."""
        baseline = y + row.price.top
        was = badge = None
        after = x + row.price.width + self._gap
        if row.was is not None:
            was = Placed(row.was, after, baseline - row.was.top)
            after += row.was.width + self._gap
        if row.badge is not None:
            badge = Placed(row.badge, after, baseline - row.price.digits / 2 - row.badge.height / 2)
        bottom = y + row.price.height
        lines = []
        for line, height in zip(quiet.lines, quiet.heights, strict=True):
            bottom += height
            lines.append(Placed(line, x, bottom - line.height))
        if quiet.badge is not None:
            line, _, top = lines[0]
            middle = top + line.top - 0.365 * line.px  # of its figures
            top -= max(0.0, middle + quiet.badge.height / 2 - (top + line.height))
            middle = top + line.top - 0.365 * line.px
            badge = Placed(quiet.badge, x, middle - quiet.badge.height / 2)
            lines[0] = Placed(line, x + quiet.badge.width + 0.7 * self._gap, top)
        return Plan(*size, photo, name, Placed(row.price, x, y), was, badge, tuple(lines))

    def _share(self, room: float) -> tuple[_Row, list[str]]:
        """What stands beside the price within `room`, and the quiet texts, with the was-price if it had to go."""
        content, row = self._content, self._row
        texts = [content.quiet_line] if content.quiet_line else []
        if row.was is not None and (row.width > room or self._frame.tall):
            row = replace(row, was=None)
            texts.insert(0, was_words(content.was_text, content.language))
        if row.badge is not None and row.width > room:
            row = replace(row, badge=None)
        return row, texts

    def _quiet(self, texts: list[str], width: float, row: _Row) -> _Quiet:
        """The quiet texts: on one line if they fit, else each on its own."""
        weight, language = self._frame.theme.fonts.quiet_weight, self._content.language
        badge = self._row.badge if row.badge is None and texts else None
        first = width - (badge.width + 0.7 * self._gap if badge is not None else 0)
        joined = " · ".join(texts)
        lines = [lay_out(joined, self._quiet_px, weight, language)] if texts else []
        if lines and lines[0].width > first:
            rooms = [first] + [width] * (len(texts) - 1)
            lines = [
                fit(text, self._quiet_px, weight, language, room, _QUIET_LINES, 0.85)
                for text, room in zip(texts, rooms, strict=True)
            ]
        return _Quiet(tuple(lines), badge, 0.5 * self._gap)

    def _quiet_wish(self, texts: list[str]) -> float:
        weight = self._frame.theme.fonts.quiet_weight
        return lay_out(" · ".join(texts), self._quiet_px, weight, self._content.language).width if texts else 0.0

    def _name(self, width: float) -> Laid:
        weight, language = self._frame.theme.fonts.name_weight, self._content.language
        return fit(self._content.name, self._name_px, weight, language, width, _NAME_LINES)

    def _stepped(self, width: float, most: float) -> int:
        step = _STEP * self._frame.size.width
        return _even_up(min(width // step * step + step, max(most, width)))


def _even_up(value: float) -> int:
    return int(-(-value // 2) * 2)
