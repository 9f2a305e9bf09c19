"""What each source has to deliver for a show: which sizes, whether sound. Pure."""

from __future__ import annotations

from msgspec import Struct

from studio.media.picture import Rect
from studio.show.model import Fit, Layer, Show, Source


class PictureRequest(Struct, frozen=True, order=True):
    """A size in which a feed wants a source's pictures, in even pixels.

    cover: scaled and cropped to fill it. contain: scaled to fit inside, centred; the rest is not part of it.
    """

    width: int
    height: int
    fit: Fit


class SourcePlan(Struct, frozen=True):
    """All that a source's process is told. `pictures` is in the order of the ring's variants."""

    source: Source
    pictures: tuple[PictureRequest, ...]
    sound: bool
    fps: float  # the fastest feed's rate: no need to convert more pictures than that

    def variant(self, request: PictureRequest) -> int:
        return self.pictures.index(request)


def layer_rect(layer: Layer, size: tuple[int, int]) -> Rect:
    """A layer's place on a feed of `size`, clipped to it, on even pixels (4:2:0)."""
    width, height = size
    x, y, w, h = layer.rect
    left, top = (max(0, min(side, round(at * side / 2) * 2)) for at, side in ((x, width), (y, height)))
    right = max(left + 2, min(width, round((x + w) * width / 2) * 2))
    bottom = max(top + 2, min(height, round((y + h) * height / 2) * 2))
    return Rect(left, top, right - left, bottom - top)


def request_for(layer: Layer, size: tuple[int, int]) -> PictureRequest:
    rect = layer_rect(layer, size)
    return PictureRequest(rect.width, rect.height, layer.fit)


def plan_sources(show: Show) -> tuple[SourcePlan, ...]:
    """A plan for each source that a scene shows or that is heard."""
    fps = max((feed.fps for feed in show.feeds), default=30.0)
    plans = []
    for source in show.sources:
        layers = [layer for scene in show.scenes for layer in scene.layers if layer.source == source.name]
        requests = (
            {request_for(layer, feed.size) for layer in layers for feed in show.feeds}
            if source.has_pictures
            else set()
        )
        sound = source.may_have_sound and (source.audio == "always" or bool(layers))
        if requests or sound:
            plans.append(SourcePlan(source, tuple(sorted(requests)), sound, fps))
    return tuple(plans)
