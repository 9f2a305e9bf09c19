"""What each source has to deliver for a show: which sizes, whether sound. Pure."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec
from msgspec import Struct

from studio.media.geometry import Rect
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

    @property
    def digest(self) -> str:
        """Names this very plan: a source whose report carries another one has to be started anew."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


class SourceOrder(Struct, frozen=True):
    """What a source's process reads on its standard input: one line of JSON."""

    home: str  # the workspace folder
    plan: SourcePlan


class SourceReport(Struct, frozen=True):
    """What a source's process says about itself, as JSON in slot 0 of `Workspace.source_status`.

    Attributes:
        pid: the process that holds the source.
        plan_hash: `SourcePlan.digest` of the plan it works by.
        generation: grows with each process of the source.
        pictures: path of its picture ring, with the plan's variants in order; empty: it has none.
        sound: path of its sound ring; empty: it has none.
        state: opening (nothing came yet), ok, frozen (the same picture again and again), lost (it tries again by
            itself).
        reason: in words, while frozen or lost.
        warning: in words, what should be looked at although it works.
        opening: it is asking its device just now, which may take a driver long.
        fps: pictures a second that went into the ring lately.
        got: what the device really gives, such as "1920x1080 MJPEG 30".
        beat_ns: monotonic stamp of the last sign of life of the thread that does the work.
        frames: pictures that went into the ring.
    """

    pid: int
    plan_hash: str
    generation: int
    pictures: str = ""
    sound: str = ""
    state: Literal["opening", "ok", "frozen", "lost"] = "opening"
    reason: str = ""
    warning: str = ""
    opening: bool = False
    fps: float = 0.0
    got: str = ""
    beat_ns: int = 0
    frames: int = 0


REPORT_BYTES = 16384


def layer_rect(layer: Layer, size: tuple[int, int]) -> Rect:
    """A layer's place on a feed of `size`, clipped to it, on even pixels (4:2:0)."""
    width, height = size
    x, y, w, h = layer.rect
    left, top = (max(0, min(side - 2, round(at * side / 2) * 2)) for at, side in ((x, width), (y, height)))
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
