"""Sources at their places on the canvas."""

from __future__ import annotations

import numpy as np
import pytest

from studio.engine.compose import CONVERSION_NS, PlacedScene, blacken, compose, place
from studio.engine.inlets import SourceInlet
from studio.media.picture import Picture, Rect, Size
from studio.show.model import Feed, Fit, Layer, Scene
from studio.workspace.paths import Workspace
from tests.engine.source_bench import SourceBench
from tests.media.manual_clock import ManualClock

FEED = Feed(name="wide", size=(64, 32))
WHOLE = (0.0, 0.0, 1.0, 1.0)
CORNER = (0.5, 0.5, 0.5, 0.5)


@pytest.fixture
def canvas() -> Picture:
    """Dirty, as the last tick left it."""
    canvas = Picture.black(Size(64, 32))
    canvas.y.fill(99)
    canvas.u.fill(98)
    canvas.v.fill(97)
    return canvas


class Sources:
    """Sources by name, each of one grey, on a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.clock = workspace, ManualClock()
        self.inlets: dict[str, SourceInlet] = {}
        self.benches: dict[str, SourceBench[ManualClock]] = {}

    def add(self, name: str, grey: int, layers: list[Layer]) -> SourceBench[ManualClock]:
        bench = SourceBench(self.workspace, self.clock, layers, FEED.size, name=name)
        bench.report()
        bench.picture(grey)
        self.benches[name], self.inlets[name] = bench, bench.inlet
        bench.inlet.refresh()
        return bench

    @property
    def due_ns(self) -> int:
        """A tick that shows what is there by now."""
        return self.clock.now_ns() + CONVERSION_NS

    def place(self, *layers: Layer) -> PlacedScene:
        return place(Scene(name="Bench", layers=layers), FEED, self.inlets)


@pytest.fixture
def sources(workspace: Workspace) -> Sources:
    return Sources(workspace)


def test_one_whole_layer_covers_the_canvas(sources: Sources, canvas: Picture) -> None:
    layer = Layer(source="a")
    sources.add("a", 50, [layer])
    scene = sources.place(layer)
    assert scene.covered
    assert compose(canvas, scene, {}, sources.due_ns) == []
    assert (canvas.y == 50).all()
    assert (canvas.u == 128).all()


def test_layers_lie_on_each_other_from_bottom_to_top(sources: Sources, canvas: Picture) -> None:
    bottom, top = Layer(source="a"), Layer(source="b", rect=CORNER)
    sources.add("a", 50, [bottom])
    sources.add("b", 200, [top])
    compose(canvas, sources.place(bottom, top), {}, sources.due_ns)
    assert (canvas.part(Rect(32, 16, 32, 16)).y == 200).all()
    assert (canvas.y == 50).sum() == 64 * 32 * 3 // 4
    compose(canvas, sources.place(top, bottom), {}, sources.due_ns)
    assert (canvas.y == 50).all()


@pytest.mark.parametrize(
    ("rect", "fit"), [(CORNER, "cover"), (WHOLE, "contain")], ids=["a part", "with bars at the sides"]
)
def test_what_no_source_covers_is_black(
    sources: Sources, canvas: Picture, rect: tuple[float, float, float, float], fit: Fit
) -> None:
    layer = Layer(source="a", rect=rect, fit=fit)
    bench = sources.add("a", 50, [layer])
    bench.picture(50, content=Rect(8, 0, 16, 16))
    scene = sources.place(layer)
    assert not scene.covered
    compose(canvas, scene, {}, sources.due_ns)
    assert (canvas.y == 50).sum() == 16 * 16
    assert (canvas.y == 16).sum() == 64 * 32 - 16 * 16
    assert (canvas.u == 128).all()
    assert (canvas.v == 128).all()


def test_beside_a_contained_picture_the_layer_below_is_seen(sources: Sources, canvas: Picture) -> None:
    bottom, top = Layer(source="a"), Layer(source="b", rect=CORNER, fit="contain")
    sources.add("a", 50, [bottom])
    sources.add("b", 200, [top]).picture(200, content=Rect(8, 0, 16, 16))
    compose(canvas, sources.place(bottom, top), {}, sources.due_ns)
    assert (canvas.y == 200).sum() == 16 * 16
    assert (canvas.y == 50).sum() == 64 * 32 - 16 * 16


def test_a_source_without_pictures_shows_its_slate(sources: Sources, canvas: Picture) -> None:
    bottom, top = Layer(source="a"), Layer(source="b", rect=CORNER)
    sources.add("a", 50, [bottom])
    sources.add("b", 200, [top])
    sources.clock.pass_s(0.9)
    sources.benches["a"].picture(50)
    sources.benches["a"].report()
    sources.clock.pass_s(0.9)
    for inlet in sources.inlets.values():
        inlet.refresh()
    slate = Picture.black(Size(32, 16))
    slate.y.fill(222)
    scene = sources.place(bottom, top)
    assert compose(canvas, scene, {slate.size: slate}, sources.due_ns) == ["b"]
    assert (canvas.y == 222).sum() == 32 * 16
    assert compose(canvas, scene, {}, sources.due_ns) == ["b"]
    assert (canvas.part(Rect(32, 16, 32, 16)).y == 16).all(), "black until its slate is drawn"
    assert (canvas.y == 50).sum() == 64 * 32 * 3 // 4


def test_a_source_that_is_not_there_at_all_shows_its_slate(sources: Sources, canvas: Picture) -> None:
    assert compose(canvas, sources.place(Layer(source="ghost")), {}, sources.due_ns) == [""]
    assert (canvas.y == 16).all()


def test_an_empty_scene_is_black(sources: Sources, canvas: Picture) -> None:
    scene = sources.place()
    assert compose(canvas, scene, {}, sources.due_ns) == []
    assert (canvas.y == 16).all()
    assert scene.newest_stamp_ns == 0


def test_the_newest_stamp_is_that_of_the_newest_picture(sources: Sources, canvas: Picture) -> None:
    bottom, top = Layer(source="a"), Layer(source="b", rect=CORNER)
    sources.add("a", 50, [bottom])
    sources.clock.pass_s(0.1)
    sources.add("b", 200, [top])
    scene = sources.place(bottom, top, Layer(source="ghost"))
    compose(canvas, scene, {}, sources.due_ns)
    assert scene.newest_stamp_ns == sources.clock.now_ns()


def test_blacken_is_limited_range(canvas: Picture) -> None:
    blacken(canvas)
    assert np.unique(canvas.y).tolist() == [16]
    assert np.unique(canvas.u).tolist() == np.unique(canvas.v).tolist() == [128]
