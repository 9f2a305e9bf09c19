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
_NARROWEST = 0.72  # a price narrowed further than this makes the card wider than the safe area
_EDGE = 0.02  # of the frame's width: the margin that even such a card keeps

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


def plan_card(content: CardContent, frame: Frame, has_photo: bool) -> Plan:
    """The plan of a card; a sold-out one keeps the photo's place for the stamp even without a photo."""
    return _Planner(content, frame, has_photo or content.sold_out).plan()


class _Planner:
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
        usual = min(frame.width, int(frame.area.card_width * frame.size.width)) - 2 * pad
        beside = self._photo_side + self._gap if self._has_photo else 0
        price = self._row.price
        longest = frame.width - 2 * pad
        if price.width <= max(usual, 0 if frame.tall else longest) - beside:
            room = max(usual - beside, price.width)
            return self._beside(beside, room)
        room = usual if frame.tall else longest
        if price.width * _NARROWEST > room:
            room = int(frame.size.width * (1 - 2 * _EDGE)) - 2 * pad
        self._row = replace(self._row, price=price.within(room))
        return self._stacked(room)

    def _beside(self, beside: int, room: float) -> Plan:
        """The photo at the beginning, all text after it, in at most `room` pixels."""
        row, quiet = self._share(room)
        name = self._name(room)
        wish = max(
            name.width, row.width, min(room, self._quiet_wish(quiet)), min(room, _LEAST_TEXT * self._frame.unit)
        )
        width = self._stepped(wish + beside + 2 * self._pad, room + beside + 2 * self._pad)
        return self._column(width, row, quiet, beside, name)

    def _column(self, width: int, row: _Row, quiet: list[str], beside: int, name: Laid) -> Plan:
        pad = self._pad
        x = pad + beside
        lines = self._quiet(quiet, width - pad - x, row)
        text_height = name.height + 0.55 * self._gap + row.price.height + self._quiet_height(lines)
        inner = max(text_height, self._photo_side if beside else 0)
        height = _even_up(inner + 2 * pad)
        y = (height - text_height) / 2
        placed_name = Placed(name, x, y)
        y += name.height + 0.55 * self._gap
        photo = Box(pad, pad, self._photo_side, height - 2 * pad) if beside else None
        return self._finish(width, height, photo, placed_name, row, x, y, lines)

    def _stacked(self, room: float) -> Plan:
        """Photo and name above, the price below over the whole width."""
        pad = self._pad
        width = _even_up(room + 2 * pad)
        row, quiet = self._share(room)
        side = round(0.72 * self._photo_side) if self._has_photo else 0
        x = pad + (side + self._gap if side else 0)
        name = self._name(width - pad - x)
        head = max(name.height, side)
        lines = self._quiet(quiet, room, row)
        y = pad + head + 0.7 * self._gap
        height = _even_up(y + row.price.height + self._quiet_height(lines) + pad)
        photo = Box(pad, pad, side, side) if side else None
        return self._finish(width, height, photo, Placed(name, x, pad + (head - name.height) / 2), row, pad, y, lines)

    def _finish(
        self,
        width: int,
        height: int,
        photo: Box | None,
        name: Placed[Laid],
        row: _Row,
        x: float,
        y: float,
        lines: list[Laid],
    ) -> Plan:
        """Place the price's row at (x, y) and the quiet lines below it."""
        price = Placed(row.price, x, y)
        baseline = y + row.price.top
        was = badge = None
        after = x + row.price.width + self._gap
        if row.was is not None:
            was = Placed(row.was, after, baseline - row.was.top)
            after += row.was.width + self._gap
        if row.badge is not None:
            badge = Placed(row.badge, after, baseline - row.price.digits / 2 - row.badge.height / 2)
        y += row.price.height
        quiet = []
        for number, line in enumerate(lines):
            y += 0.5 * self._gap if number == 0 else 0.3 * self._gap
            start = x
            if number == 0 and row.badge is None and self._row.badge is not None:
                badge = Placed(self._row.badge, x, y + line.top - 0.365 * line.px - self._row.badge.height / 2)
                start += self._row.badge.width + 0.7 * self._gap
            quiet.append(Placed(line, start, y))
            y += line.height
        return Plan(width, height, photo, name, price, was, badge, tuple(quiet))

    def _share(self, room: float) -> tuple[_Row, list[str]]:
        """What stands beside the price within `room`, and the quiet texts, with the was-price if it had to go."""
        content, row = self._content, self._row
        quiet = [content.quiet_line] if content.quiet_line else []
        if row.was is not None and (row.width > room or self._frame.tall):
            row = replace(row, was=None)
            quiet.insert(0, was_words(content.was_text, content.language))
        if row.badge is not None and row.width > room and quiet:
            row = replace(row, badge=None)
        return row, quiet

    def _quiet(self, texts: list[str], width: float, row: _Row) -> list[Laid]:
        """The quiet texts: on one line if they fit, else each on its own, the was-price never cut."""
        if not texts:
            return []
        first = width
        if row.badge is None and self._row.badge is not None:
            first -= self._row.badge.width + 0.7 * self._gap
        joined = self._lay(" · ".join(texts))
        if joined.width <= first:
            return [joined]
        weight, language = self._frame.theme.fonts.quiet_weight, self._content.language
        rooms = [first] + [width] * (len(texts) - 1)
        return [
            fit(text, self._quiet_px, weight, language, room, _QUIET_LINES, 0.85)
            for text, room in zip(texts, rooms, strict=True)
        ]

    def _quiet_wish(self, texts: list[str]) -> float:
        return self._lay(" · ".join(texts)).width if texts else 0.0

    def _quiet_height(self, lines: list[Laid]) -> float:
        return sum(line.height + (0.3 if number else 0.5) * self._gap for number, line in enumerate(lines))

    def _name(self, width: float) -> Laid:
        weight, language = self._frame.theme.fonts.name_weight, self._content.language
        return fit(self._content.name, self._name_px, weight, language, width, _NAME_LINES)

    def _lay(self, text: str) -> Laid:
        return lay_out(text, self._quiet_px, self._frame.theme.fonts.quiet_weight, self._content.language)

    def _stepped(self, width: float, most: float) -> int:
        step = _STEP * self._frame.size.width
        return _even_up(min(max(width, 0) // step * step + step, max(most, width)))


def _even_up(value: float) -> int:
    return int(-(-value // 2) * 2)
