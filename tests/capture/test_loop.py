from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest

from studio.capture.colour import WANTED
from studio.capture.loop import Pace, SourceLoop
from studio.capture.planes import Planes
from studio.capture.report import Reporter
from studio.capture.rings import make_rings
from studio.capture.source import DamagedPicture, Opening, Shot
from studio.errors import StudioError
from studio.media.ring import PictureRingReader
from studio.show.model import Source
from studio.show.plan import REPORT_BYTES, SourceReport
from studio.workspace.paths import Workspace
from studio.workspace.slots import SlotReader, SlotWriter
from tests.capture.conftest import make_plan
from tests.capture.manual_clock import ManualClock

MS = 1_000_000
SHAPES = ((180, 320), (90, 160), (90, 160))


def passed(pace: Pace, stamps: Iterator[int]) -> int:
    return sum(pace.is_due(stamp) for stamp in stamps)


@pytest.mark.parametrize(
    ("rate", "expected"), [(5, 50), (24, 240), (25, 250), (30, 300), (60, 300), (120, 300), (50, 300)]
)
def test_at_most_so_many_pictures_a_second_are_used(rate: int, expected: int) -> None:
    found = passed(Pace(30.0), (number * 10**9 // rate for number in range(rate * 10)))
    assert found == pytest.approx(expected, abs=2)


def test_a_camera_that_jitters_loses_no_picture() -> None:
    jitter = np.random.default_rng(1).normal(0, 3 * MS, 300)
    stamps = (int(number * 1e9 / 30 + off) for number, off in enumerate(jitter))
    assert passed(Pace(30.0), stamps) >= 296


def test_after_a_pause_the_next_picture_is_used_at_once_and_no_burst_follows() -> None:
    pace = Pace(30.0)
    assert pace.is_due(0)
    assert pace.is_due(10**10)
    assert not pace.is_due(10**10 + 5 * MS)
    assert pace.is_due(10**10 + 34 * MS)


def test_time_that_steps_back_does_not_stop_the_pictures() -> None:
    pace = Pace(30.0)
    assert pace.is_due(10**12)
    assert pace.is_due(0)


class Scripted:
    """A source that does what the test says, a step each read."""

    got = "320x180 drawn"

    def __init__(self, steps: list[Callable[[], Shot | None]]) -> None:
        self._steps = steps
        self.closed = False

    def read(self) -> Shot | None:
        return self._steps.pop(0)()

    def close(self) -> None:
        self.closed = True


class Stage:
    """A loop with scripted sources, and what it says outside."""

    def __init__(self, workspace: Workspace) -> None:
        self.clock, self.stop = ManualClock(), threading.Event()
        self.plan = make_plan(Source(name="bench", kind="camera"))
        self.rings = make_rings(workspace, self.plan, 1)
        status = workspace.source_status("bench")
        first = SourceReport(1, self.plan.digest, 1, self.rings.pictures_path)
        self.reporter = Reporter(SlotWriter(status, [REPORT_BYTES]), first, self.clock)
        self._status = SlotReader(status)
        self.openings: list[tuple[int, SourceReport]] = []
        self.sources: list[Scripted] = []
        self._given = 0

    def report(self) -> SourceReport:
        payload = self._status.read(0)
        assert payload
        return msgspec.json.decode(payload, type=SourceReport)

    def run(self, *scripts: list[Callable[[], Shot | None]] | Exception) -> None:
        left = list(scripts)

        def open_source(_: Opening) -> Scripted:
            self.openings.append((self.clock.now, self.report()))
            script = left.pop(0)
            if isinstance(script, Exception):
                raise script
            self.sources.append(Scripted(script))
            return self.sources[-1]

        SourceLoop(self.plan, self.rings, self.reporter, self.clock, open_source).run(self.stop)

    def shot(self, luma: int = 100) -> Shot:
        """A picture of one grey, as no camera gives it twice: a corner differs each time."""
        shot = self.same_shot(luma)
        planes = shot.planes()
        planes.y[:9, :9] = 16 + self._given % 200
        self._given += 1
        return shot

    def same_shot(self, luma: int = 100) -> Shot:
        self.clock.now += 40 * MS
        grey = [np.full(shape, value, np.uint8) for shape, value in zip(SHAPES, (luma, 128, 128), strict=True)]
        planes = Planes(grey[0], grey[1], grey[2], WANTED)
        return Shot(self.clock.now, lambda: planes)

    def damaged(self) -> Shot:
        def planes() -> Planes:
            raise DamagedPicture("torn")

        return Shot(self.shot().stamp_ns, planes)

    def end(self) -> None:
        self.stop.set()

    def unplug(self) -> None:
        raise StudioError("The camera bench gives no pictures any more", do="check its cable")


@pytest.fixture
def stage(workspace: Workspace) -> Stage:
    return Stage(workspace)


def test_pictures_go_into_the_ring_and_the_report_says_so(stage: Stage) -> None:
    stage.run([*[stage.shot] * 50, stage.end])
    report = stage.report()
    assert (report.state, report.reason, report.got, report.frames) == ("ok", "", "320x180 drawn", 50)
    assert report.fps == 25.0
    ring = PictureRingReader(Path(report.pictures))
    assert ring.newest() == 50
    seen = ring.latest(0)
    assert seen is not None
    assert (seen.picture.y[10:] == 100).all()


def test_a_lost_source_says_why_is_closed_and_opened_again_and_again(stage: Stage) -> None:
    gone = StudioError("No camera 0 is connected", do="plug it in")
    stage.run([stage.shot, stage.unplug], gone, gone, gone, [stage.shot, stage.unplug], [stage.end])
    times = [at for at, _ in stage.openings]
    pauses = [round((later - earlier) / MS) for earlier, later in pairwise(times)]
    assert pauses == [250 + 40, 500, 1000, 1000, 250 + 40]
    states = [(report.state, report.reason) for _, report in stage.openings]
    assert states[0] == ("opening", "")
    assert states[1] == ("lost", "The camera bench gives no pictures any more: check its cable")
    assert states[2] == states[4] == ("lost", "No camera 0 is connected: plug it in")
    assert all(source.closed for source in stage.sources)
    assert stage.report().frames == 2


def test_while_it_waits_to_try_again_it_shows_that_it_lives(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[int] = []
    beat = stage.reporter.beat

    def seen() -> None:
        beat()
        beats.append(stage.report().beat_ns)

    monkeypatch.setattr(stage.reporter, "beat", seen)
    stage.run(*[StudioError("gone", do="")] * 4, [stage.end])
    assert np.diff(beats).max() <= 100 * MS


def test_whatever_a_driver_throws_is_a_loss_and_no_end(stage: Stage) -> None:
    stage.run(ZeroDivisionError("driver"), [stage.shot, stage.end])
    assert "bench failed (ZeroDivisionError)" in stage.openings[1][1].reason
    assert stage.report().state == "ok"


def test_a_damaged_picture_is_left_out(stage: Stage) -> None:
    stage.run([stage.shot, stage.damaged, stage.shot, stage.end])
    assert stage.report().frames == 2
    assert stage.report().state == "ok"


def test_a_reason_of_any_length_fits_the_report(stage: Stage) -> None:
    stage.run(StudioError("ö" * 50_000, do=""), [stage.end])
    assert stage.openings[1][1].state == "lost"


def test_a_camera_that_repeats_itself_is_opened_again_once_then_said_to_be_frozen(stage: Stage) -> None:
    stage.run([stage.shot, *[stage.same_shot] * 130], [*[stage.same_shot] * 30, stage.end])
    assert len(stage.openings) == 2
    lost = stage.openings[1][1]
    assert (lost.state, lost.reason) == (
        "lost", "bench gives the same picture again and again: it is opened again",
    )  # fmt: skip
    report = stage.report()
    assert (report.state, report.reason) == (
        "frozen", "bench gives the same picture again and again: switch it off and on",
    )  # fmt: skip


def test_a_camera_that_moves_again_works_again(stage: Stage) -> None:
    stage.run([stage.shot, *[stage.same_shot] * 130], [stage.same_shot, stage.shot, stage.end])
    assert (stage.report().state, stage.report().reason) == ("ok", "")


def test_a_black_picture_stays_on_air_with_a_warning(stage: Stage) -> None:
    black = partial(stage.same_shot, 16)
    stage.run([stage.shot, *[black] * 400, stage.end])
    assert len(stage.openings) == 1
    report = stage.report()
    assert (report.state, report.reason) == ("ok", "")
    assert "black" in report.warning


def test_while_a_device_is_asked_the_report_says_so(stage: Stage) -> None:
    stage.run([stage.shot, stage.unplug], StudioError("gone", do=""), [stage.shot, stage.end])
    assert [report.opening for _, report in stage.openings] == [True, True, True]
    assert not stage.report().opening


def test_rings_of_earlier_processes_are_removed_and_those_of_others_are_not(workspace: Workspace) -> None:
    for name in ("bench", "bench-2"):
        make_rings(workspace, make_plan(Source(name=name, kind="demo"), sound=True), 1)
    rings = make_rings(workspace, make_plan(Source(name="bench", kind="demo")), 2)
    names = sorted(path.name for path in workspace.runtime.glob("*.ring"))
    assert names == [
        "source-bench-2.1.pictures.ring",
        "source-bench-2.1.sound.ring",
        "source-bench.2.pictures.ring",
    ]
    assert rings.sound is None
    assert rings.sound_path == ""
