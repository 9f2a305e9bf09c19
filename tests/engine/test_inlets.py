"""What arrives from a source's process, and how it is judged."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from studio.engine.inlets import SourceInlet
from studio.media.picture import Picture, Rect, Size
from studio.show.model import Layer
from studio.workspace.paths import Workspace
from tests.engine.source_bench import SourceBench
from tests.media.manual_clock import ManualClock

Bench = SourceBench[ManualClock]
LAYER = Layer(source="bench")
SIZE = (64, 32)


@pytest.fixture
def bench(workspace: Workspace) -> Bench:
    return SourceBench(workspace, ManualClock(), [LAYER], SIZE)


def _shown(bench: Bench) -> int | None:
    """The grey that a feed would show; None: the slate."""
    canvas = Picture.black(Size(*SIZE))
    return int(canvas.y[0, 0]) if bench.inlet.paste(bench.plan.pictures[0], canvas, bench.clock.now_ns()) else None


def _state(bench: Bench) -> str:
    bench.inlet.refresh()
    return bench.inlet.state


def test_a_source_opens_then_gives_pictures(bench: Bench) -> None:
    assert _state(bench) == "opening"
    assert bench.inlet.rings is None
    bench.report(state="opening")
    assert _state(bench) == "opening"
    bench.report()
    bench.picture(50)
    assert _state(bench) == "ok"
    assert _shown(bench) == 50
    bench.picture(60)
    assert _shown(bench) == 60
    status = bench.inlet.status()
    assert (status.name, status.state, status.fps, status.reason, status.got) == (
        "bench", "ok", 30.0, "", "64x32 drawn",
    )  # fmt: skip


def test_a_ring_without_any_picture_shows_the_slate(bench: Bench) -> None:
    bench.report()
    assert _state(bench) == "ok"
    assert _shown(bench) is None


def test_without_a_new_picture_for_a_second_it_is_frozen_and_comes_back(bench: Bench) -> None:
    bench.report()
    bench.picture(50)
    bench.clock.pass_s(0.9)
    bench.report()
    assert _state(bench) == "ok"
    assert _shown(bench) == 50, "the last picture repeats"
    bench.clock.pass_s(0.2)
    bench.report()
    assert _state(bench) == "frozen"
    assert _shown(bench) is None
    assert "no new picture" in bench.inlet.status().reason
    assert bench.inlet.status().fps == 0.0
    bench.picture(60)
    bench.report()
    assert _state(bench) == "ok"
    assert _shown(bench) == 60


@pytest.mark.parametrize(
    ("kind", "options"), [("image", {}), ("file", {"loop": False})], ids=["a still picture", "a clip that ended"]
)
def test_some_pictures_may_stay(workspace: Workspace, kind: str, options: dict[str, Any]) -> None:
    bench = SourceBench(workspace, ManualClock(), [LAYER], SIZE, kind=kind, **options)
    bench.report()
    bench.picture(50)
    bench.clock.pass_s(3600)
    bench.report()
    assert _state(bench) == "ok"
    assert _shown(bench) == 50


def test_a_looped_clip_may_not(workspace: Workspace) -> None:
    bench = SourceBench(workspace, ManualClock(), [LAYER], SIZE, kind="file")
    bench.report()
    bench.picture(50)
    bench.clock.pass_s(2)
    bench.report()
    assert _state(bench) == "frozen"


def test_a_picture_too_old_is_not_shown_even_if_nobody_has_judged_it_yet(bench: Bench) -> None:
    """The control thread may be busy: each tick looks at the picture's own age."""
    bench.report()
    bench.picture(50)
    assert _state(bench) == "ok"
    bench.clock.pass_s(0.95)
    assert bench.inlet.state == "ok"
    assert _shown(bench) is None


def test_one_that_repeats_itself_is_frozen_and_shows_the_slate(bench: Bench) -> None:
    bench.report(state="frozen", reason="the same picture again and again")
    bench.picture(50)
    assert _state(bench) == "frozen"
    assert _shown(bench) is None
    assert bench.inlet.status().reason == "the same picture again and again"


def test_a_warning_is_told_and_the_picture_stays(bench: Bench) -> None:
    bench.report(warning="its picture is black")
    bench.picture(16)
    assert _state(bench) == "ok"
    assert _shown(bench) == 16
    assert bench.inlet.status().reason == "its picture is black"


def test_sound_alone_is_ok_without_pictures(workspace: Workspace) -> None:
    bench = SourceBench(workspace, ManualClock(), [], SIZE, kind="microphone")
    bench.report()
    bench.clock.pass_s(0.5)
    assert _state(bench) == "ok"
    assert bench.inlet.rings is not None
    assert bench.inlet.rings.pictures is None
    assert bench.inlet.rings.sound is not None


def test_a_process_without_a_sign_of_life_is_lost_and_found_again(bench: Bench) -> None:
    bench.report()
    bench.picture(50)
    assert _state(bench) == "ok"
    bench.clock.pass_s(1.1)
    assert _state(bench) == "lost"
    assert _shown(bench) is None
    assert "started again" in bench.inlet.status().reason
    bench.start()
    bench.report()
    bench.picture(70)
    assert _state(bench) == "ok"
    assert _shown(bench) == 70


def test_what_the_source_says_is_wrong_is_told(bench: Bench) -> None:
    bench.report(state="lost", reason="no camera 3 is connected")
    assert _state(bench) == "lost"
    assert bench.inlet.status().reason == "no camera 3 is connected"
    assert bench.inlet.failed_to_open


def test_a_source_that_is_lost_stays_so_while_its_next_process_tries(bench: Bench) -> None:
    """A process that crashes each time would look as if it were opening for ever."""
    bench.report(state="lost", reason="its process crashed")
    assert _state(bench) == "lost"
    bench.start()
    bench.report(state="opening")
    assert _state(bench) == "lost"
    assert bench.inlet.status().reason == "its process crashed"
    assert bench.inlet.failed_to_open
    bench.report()
    bench.picture(50)
    assert _state(bench) == "ok"
    assert not bench.inlet.failed_to_open


def test_but_not_for_what_was_lost_by_another_plan(bench: Bench) -> None:
    bench.start(replace(bench.plan, fps=60.0))
    bench.report(state="lost", reason="no camera 3 is connected")
    bench.inlet.refresh()
    bench.start()
    bench.report(state="opening")
    assert _state(bench) == "opening"


def test_a_source_that_gave_pictures_once_has_not_failed_to_open(bench: Bench) -> None:
    bench.report()
    bench.picture(50)
    assert _state(bench) == "ok"
    bench.report(state="lost", reason="unplugged")
    assert _state(bench) == "lost"
    assert not bench.inlet.failed_to_open


def test_opening_may_take_ten_seconds_and_a_first_report_five(bench: Bench) -> None:
    bench.clock.pass_s(4.9)
    assert _state(bench) == "opening"
    bench.clock.pass_s(0.2)
    assert _state(bench) == "lost"
    assert "started again" in bench.inlet.status().reason
    assert not bench.inlet.failed_to_open, "it was not even tried"
    bench.report(state="opening")
    bench.clock.pass_s(9.9)
    assert _state(bench) == "opening"
    bench.clock.pass_s(0.2)
    assert _state(bench) == "lost"


def test_pictures_of_an_earlier_show_are_never_shown(bench: Bench) -> None:
    """The engine of the next show begins before the source's new process says anything."""
    bench.report()
    bench.picture(50)
    bench.clock.pass_s(5)
    bench.inlet = SourceInlet(bench.plan, bench.workspace, bench.clock)
    assert _state(bench) == "opening"
    assert bench.inlet.rings is None
    assert _shown(bench) is None


def test_an_earlier_failure_is_not_taken_for_this_one(bench: Bench) -> None:
    bench.report(state="lost", reason="no camera")
    bench.clock.pass_s(5)
    bench.inlet = SourceInlet(bench.plan, bench.workspace, bench.clock)
    assert _state(bench) == "opening"
    assert not bench.inlet.failed_to_open


@pytest.mark.parametrize("state", ["ok", "lost"])
def test_what_an_earlier_show_said_moments_ago_is_not_taken_for_a_failure(bench: Bench, state: str) -> None:
    """A show that follows another at once: its processes are still starting."""
    bench.report(state=state)
    bench.clock.pass_s(0.3)
    bench.inlet = SourceInlet(bench.plan, bench.workspace, bench.clock)
    for _ in range(9):
        bench.clock.pass_s(0.5)
        _state(bench)
        assert not bench.inlet.failed_to_open
    assert _state(bench) == "opening"
    bench.clock.pass_s(1)
    assert _state(bench) == "lost"
    assert not bench.inlet.failed_to_open, "it was not even tried"
    bench.report(state="lost", reason="no camera")
    assert _state(bench) == "lost"
    assert bench.inlet.failed_to_open


def test_a_process_that_runs_already_is_taken_over(bench: Bench) -> None:
    """A window's preview, or an engine that died."""
    bench.clock.pass_s(60)
    bench.report()
    bench.picture(50)
    bench.clock.pass_s(0.05)
    bench.inlet = SourceInlet(bench.plan, bench.workspace, bench.clock)
    assert _state(bench) == "ok"
    assert _shown(bench) == 50


def test_rings_of_another_plan_are_not_opened(bench: Bench) -> None:
    bench.start(replace(bench.plan, fps=60.0))
    bench.report()
    bench.picture(50)
    bench.inlet.refresh()
    assert bench.inlet.rings is None
    assert bench.inlet.state == "opening"
    assert _shown(bench) is None
    bench.start()
    bench.report()
    bench.picture(60)
    assert _state(bench) == "ok"
    assert _shown(bench) == 60


def test_a_new_process_is_followed_to_its_rings_and_the_old_ones_are_left(bench: Bench) -> None:
    bench.report()
    bench.picture(50)
    bench.inlet.refresh()
    before = bench.inlet.rings
    old = bench.pictures
    bench.start()
    bench.report()
    bench.picture(60)
    bench.inlet.refresh()
    assert bench.inlet.rings is not None
    assert bench.inlet.rings != before
    slots = old.next_slots()
    slots[0].y.fill(99)
    assert _shown(bench) == 60


def test_rings_that_are_not_there_yet_are_opened_later(bench: Bench) -> None:
    bench.report(pictures=str(bench.workspace.runtime / "later"))
    assert _state(bench) == "opening"
    bench.start()
    bench.report()
    bench.picture(50)
    assert _state(bench) == "ok"


def test_a_report_that_makes_no_sense_leaves_the_last_one(bench: Bench) -> None:
    bench.report()
    bench.picture(50)
    assert _state(bench) == "ok"
    for words in (b"{", b"[]", b'{"pid": "x"}'):
        bench.scribble(words)
        assert _state(bench) == "ok"
    assert _shown(bench) == 50


def test_each_size_is_taken_from_its_own_variant(workspace: Workspace) -> None:
    corner = Layer(source="bench", rect=(0.5, 0.5, 0.5, 0.5), fit="contain")
    bench = SourceBench(workspace, ManualClock(), [LAYER, corner], SIZE)
    bench.report()
    for number, slot in enumerate(bench.pictures.next_slots()):
        slot.y.fill(100 + number)
    bench.pictures.announce(bench.clock.now_ns(), [Rect(0, 0, one.width, one.height) for one in bench.plan.pictures])
    bench.inlet.refresh()
    for number, request in enumerate(bench.plan.pictures):
        canvas = Picture.black(Size(request.width, request.height))
        assert bench.inlet.paste(request, canvas, bench.clock.now_ns())
        assert (canvas.y == 100 + number).all()


def test_the_stamp_is_that_of_the_picture(bench: Bench) -> None:
    bench.report()
    bench.clock.pass_s(0.01)
    bench.picture(50)
    bench.inlet.refresh()
    _shown(bench)
    assert bench.inlet.newest_stamp_ns == bench.clock.now_ns()
