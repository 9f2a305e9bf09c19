"""A show prepared: scene, overlays, sound and previews as wanted, on air or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest
from msgspec.structs import replace

from studio.engine.admission import SourceView
from studio.engine.compose import PlacedScene, place
from studio.engine.crew import Crew
from studio.engine.feed import OverlayUpdate
from studio.engine.floor import Floor
from studio.engine.inlets import SourceInlet
from studio.engine.onair import FeedContents, contents
from studio.engine.overlay_worker import OverlayRequest
from studio.shop.catalogue import Catalogue
from studio.show.model import Feed, Layer, Scene, Show, SoundUse, Source
from studio.show.status_map import StatusMapWriter
from studio.show.theme import load_theme
from studio.show.wanted import Wanted, opened, with_scene
from studio.workspace.paths import Workspace
from tests.engine.engine_bench import CLOCK, SHOW, Room
from tests.engine.source_bench import SourceBench
from tests.services.waiting import wait_for

TWO_FEEDS = replace(SHOW, feeds=(SHOW.feeds[0], replace(SHOW.feeds[0], name="second")))
WANTED = opened(SHOW)
NOTHING_SOLD = Catalogue.empty()


def test_a_card_that_cannot_be_made_costs_its_feed_no_frame_and_other_feeds_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(wanted: Wanted, catalogue: Catalogue, feed: Feed) -> FeedContents:
        if feed.name == "wide" and wanted.scene == "Back soon":
            raise KeyError("XAU")
        return contents(wanted, catalogue, feed)

    monkeypatch.setattr("studio.engine.floor.contents", broken)
    room.give_pictures()
    room.begin("a", TWO_FEEDS)
    room.start()
    room.wait_live("a")
    room.store.change(lambda wanted: with_scene(wanted, "Back soon"))
    assert room.engine is not None
    floor = room.engine._floor
    assert floor is not None
    threads = floor.threads
    wait_for(lambda: threads["second"].revision == 2, 20)
    frames = room.status.feeds[0].frames
    room.wait_live("a", frames + 10)
    assert floor.faults["wide"].count >= 1
    assert threads["wide"].revision == 1, "what is not on air is not said to be"


def test_a_bad_theme_is_said_and_the_usual_one_is_on_air(room: Room, tmp_path: Path) -> None:
    bad = tmp_path / "mine.toml"
    bad.write_text('name = "mine"\n')
    room.give_pictures()
    room.begin("a", replace(SHOW, theme=str(bad)))
    room.start()
    (problem,) = room.wait_live("a").problems
    assert str(bad) in problem
    assert room.engine is not None
    assert room.engine._floor is not None
    assert room.engine._floor.theme == load_theme("ink")


class Prepared(Floor):
    """A floor of its own, with a crew that has not begun: what it asks of them can be looked at."""

    def __init__(self, workspace: Workspace, show: Show) -> None:
        self.crew = Crew(CLOCK, CLOCK.now_ns())
        self.requests: list[OverlayRequest] = []
        super().__init__(show, self.crew, StatusMapWriter(workspace.status), workspace, CLOCK, CLOCK.now_ns())


@pytest.fixture
def prepare(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Show], Prepared]]:
    with ExitStack() as stack:

        def prepared(show: Show) -> Prepared:
            floor = Prepared(workspace, show)
            stack.callback(floor.stop)
            monkeypatch.setattr(floor.crew.overlays, "request", floor.requests.append)
            return floor

        yield prepared


def _scenes(floor: Floor) -> set[str]:
    return {thread.scene.name for thread in floor.threads.values() if thread.scene is not None}


def test_every_feed_gets_the_scene_that_is_wanted(prepare: Callable[[Show], Prepared]) -> None:
    floor = prepare(TWO_FEEDS)
    floor.arrange(WANTED, 1, NOTHING_SOLD)
    assert _scenes(floor) == {"Bench"}
    placed = [thread.scene for thread in floor.threads.values()]
    floor.arrange(WANTED, 2, NOTHING_SOLD)
    assert all(thread.scene is one for thread, one in zip(floor.threads.values(), placed, strict=True))
    floor.arrange(with_scene(WANTED, "Back soon"), 3, NOTHING_SOLD)
    assert _scenes(floor) == {"Back soon"}


def test_a_scene_that_is_gone_is_the_first(prepare: Callable[[Show], Prepared]) -> None:
    floor = prepare(SHOW)
    floor.arrange(replace(WANTED, scene="of another show"), 1, NOTHING_SOLD)
    assert _scenes(floor) == {"Bench"}


def test_a_scene_that_cannot_be_placed_on_one_feed_is_on_the_others(
    prepare: Callable[[Show], Prepared], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(scene: Scene, feed: Feed, inlets: Mapping[str, SourceInlet]) -> PlacedScene:
        if feed.name == "wide":
            raise RuntimeError("a bug")
        return place(scene, feed, inlets)

    monkeypatch.setattr("studio.engine.floor.place", broken)
    floor = prepare(TWO_FEEDS)
    floor.arrange(WANTED, 1, NOTHING_SOLD)
    assert floor.threads["wide"].scene is None
    assert floor.threads["second"].scene is not None
    assert floor.faults["wide"].count == 1


def test_overlays_are_asked_for_once_for_each_change(prepare: Callable[[Show], Prepared]) -> None:
    floor = prepare(TWO_FEEDS)
    floor.arrange(WANTED, 1, NOTHING_SOLD)
    floor.arrange(WANTED, 1, NOTHING_SOLD)
    floor.arrange(WANTED, 2, NOTHING_SOLD)
    floor.arrange(WANTED, 2, Catalogue())
    assert [one.revision for one in floor.requests] == [1, 1, 2, 2, 2, 2]
    assert {one.feed.feed.name for one in floor.requests} == {"wide", "second"}


def test_what_cannot_be_drawn_is_a_problem_of_the_show(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(*_: object) -> object:
        raise RuntimeError("a bug")

    monkeypatch.setattr("studio.engine.overlay_worker.draw_title_bar", draw)
    room.give_pictures()
    room.begin("a")
    room.start()
    (problem,) = room.wait_live("a").problems
    assert "title bar of feed wide" in problem
    assert room.status.revision == 1


def test_it_shows_a_revision_when_all_its_feeds_do(prepare: Callable[[Show], Prepared]) -> None:
    floor = prepare(TWO_FEEDS)
    floor.threads["wide"].update(OverlayUpdate(7, {}))
    wait_for(lambda: floor.threads["wide"].revision == 7, 20)
    assert floor.revision == 0
    floor.threads["second"].update(OverlayUpdate(8, {}))
    wait_for(lambda: floor.revision == 7, 20)


def test_the_sources_of_the_scene_on_air_are_told(workspace: Workspace, prepare: Callable[[Show], Prepared]) -> None:
    floor = prepare(SHOW)
    floor.refresh()
    assert floor.on_scene(WANTED) == [SourceView("opening", failed_to_open=False)]
    assert floor.on_scene(with_scene(WANTED, "Back soon")) == []
    source = SourceBench(workspace, CLOCK, [Layer(source="bench")], (64, 64))
    source.start(floor.inlets["bench"].plan)
    source.report(state="lost", reason="no such picture")
    floor.refresh()
    assert floor.on_scene(WANTED) == [SourceView("lost", failed_to_open=True)]


@pytest.mark.parametrize(
    ("audio", "scene", "heard"),
    [
        ("always", "Bench", True),
        ("always", "Back soon", True),
        ("with_scene", "Bench", True),
        ("with_scene", "Back soon", False),
        ("off", "Bench", False),
    ],
)
def test_a_source_is_heard_as_its_show_says(
    workspace: Workspace, prepare: Callable[[Show], Prepared], audio: SoundUse, scene: str, *, heard: bool
) -> None:
    bench = Source(name="bench", kind="file", path="clip.mp4", audio=audio, gain_db=-3.0, delay_ms=10)
    floor = prepare(replace(SHOW, sources=(bench,)))
    floor.sound(WANTED, ())
    assert floor.crew.mix._plan.sources == {}, "it has not opened yet"
    source = SourceBench(workspace, CLOCK, [Layer(source="bench")], (64, 64))
    source.start(floor.inlets["bench"].plan)
    source.report()
    floor.refresh()
    floor.sound(with_scene(replace(WANTED, muted=True), scene), ())
    plan = floor.crew.mix._plan
    settings = plan.sources["bench"].settings
    assert (settings.on, settings.gain_db) == (heard, -3.0)
    assert settings.delay_ms > 10.0, "the picture's own delay comes on top"
    assert plan.muted


def test_previews_come_and_go_with_the_window(prepare: Callable[[Show], Prepared]) -> None:
    floor = prepare(TWO_FEEDS)
    floor.preview(wanted=True)
    previews = [thread.preview for thread in floor.threads.values()]
    assert None not in previews
    floor.preview(wanted=True)
    assert [thread.preview for thread in floor.threads.values()] == previews
    floor.preview(wanted=False)
    assert [thread.preview for thread in floor.threads.values()] == [None, None]
