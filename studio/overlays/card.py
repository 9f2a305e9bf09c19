"""The product card, painted: photo, name, price, was-price, per cent and quiet lines, where `card_plan` puts them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from studio.media.picture import Size
from studio.overlays.card_plan import Plan, plan_card
from studio.overlays.content import CardContent
from studio.overlays.frame import Frame, even
from studio.overlays.marks import draw_stamp
from studio.overlays.photo import PhotoShelf, cover
from studio.overlays.raster import Box, Canvas, Raster
from studio.overlays.text import is_right_to_left
from studio.show.theme import Theme

_SHADOW = 0.013  # of the unit
_STRIKE_UP, _STRIKE_LINE = 0.33, 0.075  # of the em: where the line through a was-price runs, and how thick


def draw_card(content: CardContent, theme: Theme, size: Size, photos: PhotoShelf | None = None) -> Raster:
    """The card for one feed, at its place on the frame.

    Args:
        content: what it says.
        theme: how it looks.
        size: of the feed.
        photos: where the photo's pixels are; without them, or with one that cannot be read, the card has none.
    """
    frame = Frame(size, theme)
    photo = photos.get(content.photo).pixels if photos is not None and content.photo else None
    return _Painting(content, frame, plan_card(content, frame, photo is not None)).paint(photo)


class _Painting:
    """One card being painted; every place of the plan is mirrored here for right-to-left languages."""

    def __init__(self, content: CardContent, frame: Frame, plan: Plan) -> None:
        self._content, self._frame, self._plan = content, frame, plan
        self._mirrored = is_right_to_left(content.language)
        self._margin = frame.px(_SHADOW)
        self._canvas = Canvas(plan.width + 2 * self._margin, plan.height + 2 * self._margin)
        self._canvas.painter.translate(self._margin, self._margin)

    def paint(self, photo: NDArray[np.uint8] | None) -> Raster:
        frame, plan, canvas = self._frame, self._plan, self._canvas
        colours, painter = frame.theme.colours, canvas.painter
        corner = frame.px(frame.theme.sizes.corner)
        whole = Box(0, 0, plan.width, plan.height)
        canvas.panel(whole, corner, colours.panel, colours.panel_opacity, colours.edge, max(1, frame.px(0.0018)))
        if plan.photo is not None:
            self._paint_photo(plan.photo, photo, corner)
        plan.name.item.draw(painter, self._x(plan.name.x, plan.name.item.width), plan.name.y, colours.name)
        price = plan.price
        price.item.draw(painter, self._x(price.x, price.item.width), price.y, colours.price)
        if plan.was is not None:
            was, x, y = plan.was
            x = self._x(x, was.width)
            was.draw(painter, x, y, colours.quiet)
            line = max(2.0, _STRIKE_LINE * was.px)
            over = y + was.top - _STRIKE_UP * was.px - line / 2
            canvas.panel(Box(x - 0.1 * was.px, over, was.width + 0.2 * was.px, line), line / 2, colours.quiet)
        if plan.badge is not None:
            plan.badge.item.draw(canvas, self._x(plan.badge.x, plan.badge.item.width), plan.badge.y, frame)
        for quiet, x, y in plan.quiet:
            quiet.draw(painter, self._x(x, quiet.width), y, colours.quiet)
        if self._content.sold_out and plan.photo is not None:
            draw_stamp(canvas, self._box(plan.photo), self._content.language, frame, self._mirrored)
        return canvas.finish(*self._place(), shadow=self._margin)

    def _paint_photo(self, box: Box, photo: NDArray[np.uint8] | None, corner: float) -> None:
        colours = self._frame.theme.colours
        box, radius = self._box(box), max(2.0, corner * 0.62)
        if photo is not None:
            self._canvas.picture(box, radius, cover(photo, round(box.width), round(box.height)))
        if self._content.sold_out:
            self._canvas.panel(box, radius, colours.panel, 0.55 if photo is not None else 1.0, colours.edge, 1)

    def _place(self) -> tuple[int, int]:
        frame, plan = self._frame, self._plan
        y = frame.size.height * (1 - frame.area.bottom) - plan.height
        return (
            even(frame.start(plan.width, self._mirrored) - self._margin),
            even(max(0, y) - self._margin),
        )

    def _x(self, x: float, width: float) -> float:
        return self._plan.width - x - width if self._mirrored else x

    def _box(self, box: Box) -> Box:
        return box.mirrored(self._plan.width) if self._mirrored else box
