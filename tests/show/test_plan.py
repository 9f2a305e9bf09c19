"""What each source has to deliver, and where it stands on a feed."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from studio.media.picture import Rect
from studio.show.model import Feed, Layer, Scene, Source
from studio.show.plan import PictureRequest, layer_rect, plan_sources, request_for
from tests.show.samples import SHOW, a_show

sizes = st.tuples(*[st.integers(32, 2048).map(lambda half: 2 * half)] * 2)
share = st.floats(0, 1)


@st.composite
def rects(draw: st.DrawFn) -> tuple[float, float, float, float]:
    """Whatever a show file may hold: inside the picture but for rounding, and not empty."""
    x, y = draw(st.floats(0, 0.9999)), draw(st.floats(0, 0.9999))
    width = draw(st.floats(1e-6, 1.000001 - x))
    height = draw(st.floats(1e-6, 1.000001 - y))
    return x, y, width, height


@given(rects(), sizes)
@example((0.9999, 0.9999, 0.0001, 0.0001), (1920, 1080))
@example((0.0, 0.0, 1e-6, 1e-6), (64, 64))
def test_a_layer_is_even_not_empty_and_inside_the_feed(
    rect: tuple[float, float, float, float], size: tuple[int, int]
) -> None:
    x, y, width, height = layer_rect(Layer(source="a", rect=rect), size)
    assert x % 2 == y % 2 == width % 2 == height % 2 == 0
    assert width >= 2
    assert height >= 2
    assert 0 <= x <= x + width <= size[0]
    assert 0 <= y <= y + height <= size[1]


@given(rects(), sizes)
def test_a_layer_is_where_it_was_put(rect: tuple[float, float, float, float], size: tuple[int, int]) -> None:
    found = layer_rect(Layer(source="a", rect=rect), size)
    edges = (found.x, found.y, found.x + found.width, found.y + found.height)
    wanted = (rect[0] * size[0], rect[1] * size[1], (rect[0] + rect[2]) * size[0], (rect[1] + rect[3]) * size[1])
    # One by rounding, and two more for what would be empty.
    assert all(abs(edge - at) <= 3.001 for edge, at in zip(edges, wanted, strict=True))


@given(sizes)
def test_a_whole_layer_covers_the_feed(size: tuple[int, int]) -> None:
    assert layer_rect(Layer(source="a"), size) == Rect(0, 0, *size)


@given(share.filter(lambda at: 0.1 < at < 0.9), sizes)
def test_two_halves_leave_no_gap(at: float, size: tuple[int, int]) -> None:
    left = layer_rect(Layer(source="a", rect=(0, 0, at, 1)), size)
    right = layer_rect(Layer(source="a", rect=(at, 0, 1 - at, 1)), size)
    assert left.x + left.width == right.x
    assert right.x + right.width == size[0]


def test_a_source_gives_each_size_that_any_feed_needs_once() -> None:
    tall = Feed(name="tall", size=(360, 640), fps=25)
    again = Feed(name="again", size=(640, 360), fps=60)
    plan = plan_sources(a_show(feeds=(*SHOW.feeds, tall, again)))[0]
    assert plan.source.name == "bench"
    assert plan.pictures == (
        PictureRequest(180, 320, "contain"),
        PictureRequest(320, 180, "contain"),
        PictureRequest(360, 640, "cover"),
        PictureRequest(640, 360, "cover"),
    )
    assert plan.fps == 60
    assert plan.sound
    for number, request in enumerate(plan.pictures):
        assert plan.variant(request) == number


def test_what_a_layer_asks_for_is_what_the_plan_gives() -> None:
    layer = SHOW.scene("Corner").layers[0]
    assert request_for(layer, (640, 360)) in plan_sources(SHOW)[0].pictures


@pytest.mark.parametrize(
    ("source", "needed"),
    [
        (Source(name="new", kind="microphone", audio="always"), True),
        (Source(name="new", kind="microphone", audio="with_scene"), False),
        (Source(name="new", kind="microphone", audio="off"), False),
        (Source(name="new", kind="tone"), True),
        (Source(name="new", kind="camera"), False),
        (Source(name="new", kind="demo", audio="off"), False),
        (Source(name="new", kind="file"), True),
    ],
    ids=lambda value: f"{value.kind}, {value.audio}" if isinstance(value, Source) else str(value),
)
def test_a_source_on_no_scene_runs_only_if_it_is_heard(source: Source, needed: bool) -> None:
    plans = {plan.source.name: plan for plan in plan_sources(a_show(sources=(*SHOW.sources, source)))}
    assert ("new" in plans) is needed
    if needed:
        assert plans["new"].pictures == ()
        assert plans["new"].sound


def test_a_source_whose_sound_is_off_gives_only_pictures() -> None:
    plan = plan_sources(a_show(sources=(Source(name="bench", kind="demo", audio="off"),)))[0]
    assert not plan.sound
    assert plan.pictures


def test_a_sound_may_belong_to_a_scene() -> None:
    scenes = (Scene(name="A", layers=(Layer(source="mic"),)),)
    sources = (Source(name="mic", kind="microphone", audio="with_scene"),)
    plan = plan_sources(a_show(sources=sources, scenes=scenes))[0]
    assert plan.sound
    assert plan.pictures == ()


def test_a_digest_names_one_plan() -> None:
    plan = plan_sources(SHOW)[0]
    assert plan.digest == plan_sources(SHOW)[0].digest
    for changes in ({"fps": 31.0}, {"sound": False}, {"pictures": ()}, {"source": Source(name="other", kind="demo")}):
        assert replace(plan, **changes).digest != plan.digest
