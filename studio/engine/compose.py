"""Places the sources of a scene on a feed's canvas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from studio.engine.inlets import SourceInlet
from studio.media.picture import Picture, Rect, Size
from studio.show.model import Feed, Scene
from studio.show.plan import PictureRequest, layer_rect

# How long a source's process takes for a picture: decoding and conversion. A tick shows what was taken by so long
# before: then a quick process's picture is as old as that of a slow one, and sound can be held back to meet both.
CONVERSION_NS = 8_000_000


@dataclass(frozen=True, slots=True)
class PlacedLayer:
    """One source at its place. `inlet` None: the source is not there, so its slate is."""

    inlet: SourceInlet | None
    request: PictureRequest
    rect: Rect


@dataclass(frozen=True, slots=True)
class PlacedScene:
    """A scene worked out for one feed; immutable, swapped between two ticks."""

    name: str
    layers: tuple[PlacedLayer, ...]
    covered: bool  # the bottom layer hides the whole canvas when it has a picture

    @property
    def newest_stamp_ns(self) -> int:
        """When the newest picture on it was taken."""
        return max((one.inlet.newest_stamp_ns for one in self.layers if one.inlet is not None), default=0)


def place(scene: Scene, feed: Feed, inlets: Mapping[str, SourceInlet]) -> PlacedScene:
    """Work out a scene's rectangles once; bottom layer first."""
    layers = []
    for layer in scene.layers:
        rect = layer_rect(layer, feed.size)
        layers.append(PlacedLayer(inlets.get(layer.source), PictureRequest(rect.width, rect.height, layer.fit), rect))
    bottom = layers[0] if layers else None
    covered = bottom is not None and bottom.rect == Rect(0, 0, *feed.size) and bottom.request.fit == "cover"
    return PlacedScene(scene.name, tuple(layers), covered)


def compose(canvas: Picture, scene: PlacedScene, slates: Mapping[Size, Picture], due_ns: int) -> Sequence[str]:
    """Draw the scene of the tick that was due then; the names of sources whose slate is shown."""
    missing = []
    if not scene.covered:
        blacken(canvas)
    for layer in scene.layers:
        place_on = canvas.part(layer.rect)
        if layer.inlet is not None and layer.inlet.paste(layer.request, place_on, due_ns - CONVERSION_NS):
            continue
        slate = slates.get(place_on.size)
        if slate is not None:
            place_on.paste(slate)
        else:
            blacken(place_on)
        missing.append(layer.inlet.plan.source.name if layer.inlet is not None else "")
    return missing


def blacken(picture: Picture) -> None:
    """BT.709 limited-range black."""
    picture.y.fill(16)
    picture.u.fill(128)
    picture.v.fill(128)
