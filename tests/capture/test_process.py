from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from studio.capture.process import EXIT_TAKEN
from studio.media.clock import SystemClock
from studio.media.picture import Rect
from studio.media.ring import PictureRingReader
from studio.show.model import Source
from studio.show.plan import PictureRequest, SourcePlan
from tests.capture.conftest import SourceProcess, make_plan
from tests.services.waiting import wait_for

pytestmark = pytest.mark.long

Start = Callable[[SourcePlan], SourceProcess]
DEMO = Source(name="bench", kind="demo")


def test_a_source_in_a_process_of_its_own_is_seen_and_heard_here(start_source: Start) -> None:
    plan = make_plan(DEMO, PictureRequest(640, 360, "cover"), PictureRequest(180, 320, "contain"), sound=True)
    source = start_source(plan)
    report = source.wait("ok", frames=5)
    assert report.plan_hash == plan.digest
    assert report.got == "1920x1080 drawn 30"
    ring = source.pictures()
    wide, tall = ring.latest(0), ring.latest(1)
    assert wide is not None
    assert tall is not None
    assert wide.picture.size == (640, 360)
    assert wide.picture.y.std() > 20
    assert tall.content == Rect(0, 110, 180, 100) or tall.content.height in {100, 102}
    blocks = wait_for(lambda: source.sound().read_from(0))
    now_ns = SystemClock().now_ns()
    assert 0 <= now_ns - blocks[-1].stamp_ns < 10**10
    assert 0 <= now_ns - wide.stamp_ns < 10**10


def test_real_moving_pictures_come_with_stamps_that_rise_by_their_rate(start_source: Start, clips: Path) -> None:
    source = start_source(make_plan(Source(name="clip", kind="file", path=str(clips / "bikes.mp4"))))
    ring, stamps = source.pictures(), dict[int, int]()

    def enough() -> bool:
        seen = ring.latest(0)
        if seen is not None:
            stamps[seen.number] = seen.stamp_ns
        return len(stamps) >= 15

    wait_for(enough)
    for (first, at), (second, later) in pairwise(sorted(stamps.items())):
        assert (later - at) % 40_000_000 == 0
        assert later - at >= 40_000_000 * (second - first)


def test_a_killed_source_is_started_again_with_rings_of_its_own(start_source: Start) -> None:
    plan = make_plan(DEMO)
    first = start_source(plan)
    before = first.wait("ok", frames=1)
    ring = first.pictures()
    first.kill()
    seen = ring.latest(0)  # what was read stays readable
    assert seen is not None
    second = start_source(plan)
    after = second.wait("ok", frames=1)
    assert after.generation > before.generation
    assert after.pictures != before.pictures
    assert not Path(before.pictures).exists()
    assert second.newest().picture.y.std() > 20


def test_only_one_process_holds_a_source(start_source: Start) -> None:
    first = start_source(make_plan(DEMO))
    first.wait("ok")
    second = start_source(make_plan(DEMO))
    assert second.process.wait(20) == EXIT_TAKEN == 3
    other = start_source(make_plan(Source(name="bench 2", kind="demo")))
    other.wait("ok")
    assert first.process.poll() is None


def test_the_end_of_its_input_is_not_its_end_and_sigterm_is(start_source: Start) -> None:
    source = start_source(make_plan(DEMO))  # whose input the helper has closed
    frames = source.wait("ok", frames=2).frames
    source.wait("ok", frames=frames + 5)
    source.process.terminate()
    source.process.wait(5)


def test_a_source_whose_clip_is_gone_says_so_and_comes_by_itself(
    start_source: Start, tmp_path: Path, clips: Path
) -> None:
    path = tmp_path / "later.mp4"
    source = start_source(make_plan(Source(name="clip", kind="file", path=str(path))))
    report = source.wait("lost")
    assert (
        report.reason
        == "The clip later.mp4 cannot be opened (No such file or directory): check its path, or choose another"
    )
    path.write_bytes((clips / "bikes.mp4").read_bytes())
    assert source.wait("ok", frames=1).reason == ""


def test_a_camera_that_is_not_there_is_said_in_words(start_source: Start) -> None:
    source = start_source(make_plan(Source(name="bench", kind="camera", device=77)))
    reason = source.wait("lost").reason
    # With one that has a camera, the same is said of its number.
    assert re.match("No camera (77 )?is connected.*plug (it|one) in, or choose another", reason)


def test_it_shows_that_it_lives_all_the_while(start_source: Start) -> None:
    source = start_source(make_plan(Source(name="gone", kind="file", path="/nowhere.mp4")))
    beats = {source.wait("lost").beat_ns}

    def ten_beats() -> bool:
        report = source.report()
        beats.update([report.beat_ns] if report else [])
        return len(beats) > 10

    wait_for(ten_beats)


@pytest.mark.parametrize("order", [b"", b"{}\n", b"nonsense\n", b'{"home": "/x", "plan": 3}\n'])
def test_an_order_that_cannot_be_read_is_refused_in_one_line(order: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "studio", "_source"], input=order, capture_output=True, check=False, timeout=60
    )
    assert done.returncode == 2
    assert done.stderr.startswith(b"source: ")
    assert done.stderr.count(b"\n") == 1


def test_a_ring_is_readable_as_soon_as_the_report_names_it(start_source: Start) -> None:
    source = start_source(make_plan(DEMO))
    report = wait_for(source.report)
    assert PictureRingReader(Path(report.pictures)).sizes == [(320, 180)]
