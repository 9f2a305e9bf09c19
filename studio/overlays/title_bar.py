"""The show's title, as a bar at the upper beginning of the frame."""

from __future__ import annotations

from studio.media.picture import Size
from studio.overlays.content import TitleContent
from studio.overlays.frame import Frame, even
from studio.overlays.raster import Box, Canvas, Raster
from studio.overlays.text import fit, is_right_to_left
from studio.show.theme import Theme

_SHADOW = 0.011
_WIDEST = 0.5  # of the width between the margins, in landscape
_HIGH = 2.15  # of the text's size
_MARK = 0.16  # of the text's size: the width of the coloured mark at the bar's beginning


def title_room(frame: Frame) -> tuple[int, int]:
    """The greatest width and the height of a title bar."""
    width = frame.width if frame.tall else int(frame.width * _WIDEST)
    return even(width), even(_HIGH * frame.px(frame.theme.sizes.title))


def draw_title_bar(content: TitleContent, theme: Theme, size: Size) -> Raster:
    """The bar for one feed: one line, smaller and then shortened where the title is long."""
    frame = Frame(size, theme)
    mirrored = is_right_to_left(content.language)
    widest, height = title_room(frame)
    px, pad = frame.px(theme.sizes.title), frame.px(theme.sizes.padding)
    mark = max(3, round(_MARK * px))
    room = widest - 2 * pad - mark - 0.5 * px
    text = fit(content.text, px, theme.fonts.name_weight, content.language, room, lines=1)
    width = even(text.width + 2 * pad + mark + 0.5 * px)
    margin = frame.px(_SHADOW)
    canvas = Canvas(width + 2 * margin, height + 2 * margin)
    canvas.painter.translate(margin, margin)
    colours = theme.colours
    corner = min(frame.px(theme.sizes.corner), height / 2)
    canvas.panel(
        Box(0, 0, width, height), corner, colours.panel, colours.panel_opacity, colours.edge, max(1, frame.px(0.0018))
    )
    sign = Box(pad, height * 0.27, mark, height * 0.46)
    canvas.panel(sign.mirrored(width) if mirrored else sign, mark / 2, colours.price)
    x = pad + mark + 0.5 * px
    y = (height - 0.74 * text.px) / 2 - (text.top - 0.74 * text.px)
    text.draw(canvas.painter, width - x - text.width if mirrored else x, y, colours.name)
    top = frame.area.top * size.height
    return canvas.finish(even(frame.start(width, mirrored) - margin), even(top - margin), shadow=margin)
