"""The processes that the keeper watches: started, restarted, adopted, ended."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import msgspec
import psutil
import pytest
from msgspec.structs import replace

from studio.keeper.children import CRASHES, HUNG_NS, OPENING_NS, REOPENING_NS, SourceChild
from studio.keeper.deaths import REPORTED_NS
from studio.media.clock import SystemClock
from studio.show.plan import REPORT_BYTES, SourceOrder, SourcePlan, SourceReport, plan_sources
from studio.system.locks import WorkspaceLock
from studio.workspace.crashes import crash_files
from studio.workspace.paths import Workspace
from studio.workspace.slots import SlotReader, SlotWriter
from tests.keeper.launched import Launched
from tests.media.manual_clock import START_NS, ManualClock
from tests.services.waiting import wait_for
from tests.show.samples import SHOW

PLAN = plan_sources(SHOW)[0]


class Source:
    """What a source's process leaves for others to see: its lock and its report."""

    def __init__(self, workspace: Workspace, clock: ManualClock) -> None:
        self.lock = WorkspaceLock(workspace.source_lock("bench"))
        self._clock = clock
        self._slots = SlotWriter(workspace.source_status("bench"), [REPORT_BYTES])

    def hold(self) -> None:
        assert self.lock.acquire()

    def report(self, pid: int, plan: SourcePlan = PLAN, **changes: Any) -> None:
        given = {"state": "ok", "beat_ns": self._clock.now_ns(), **changes}
        self._slots.write(0, msgspec.json.encode(replace(SourceReport(pid, plan.digest, 1), **given)))


@pytest.fixture
def source(workspace: Workspace, clock: ManualClock) -> Iterator[Source]:
    source = Source(workspace, clock)
    yield source
    source.lock.release()


@pytest.fixture
def child(workspace: Workspace, clock: ManualClock, launched: Launched) -> SourceChild:
    return SourceChild(PLAN, workspace, clock)


class TestSources:
    def test_one_that_is_not_there_is_started_with_its_order(
        self, workspace: Workspace, child: SourceChild, launched: Launched
    ) -> None:
        child.tend()
        assert launched.roles == ["_source"]
        told = wait_for((workspace.logs / "source.err").read_bytes, 20)
        assert msgspec.json.decode(told, type=SourceOrder) == SourceOrder(str(workspace.home), PLAN)

    def test_one_that_starts_is_left_in_peace(
        self, child: SourceChild, launched: Launched, clock: ManualClock
    ) -> None:
        for _ in range(20):
            child.tend()
            clock.pass_s(0.1)
        assert len(launched.roles) == 1

    def test_one_that_dies_is_started_again_at_once_then_later(
        self, child: SourceChild, launched: Launched, clock: ManualClock
    ) -> None:
        for wanted in (1, 2):
            child.tend()
            assert len(launched.roles) == wanted
            launched.end_last()
        child.tend()
        assert len(launched.roles) == 2
        clock.pass_s(0.25)
        child.tend()
        assert len(launched.roles) == 3

    def test_one_that_cannot_be_started_is_tried_again(
        self, child: SourceChild, launched: Launched, clock: ManualClock
    ) -> None:
        launched.fails = True
        child.tend()
        launched.fails = False
        clock.pass_s(1)
        child.tend()
        assert launched.roles == ["_source"]

    def test_one_that_crashes_whenever_it_is_opened_is_said_to_be_lost(
        self, workspace: Workspace, child: SourceChild, launched: Launched, clock: ManualClock
    ) -> None:
        for crash in range(CRASHES):
            assert _told(workspace) is None, f"after {crash} crashes"
            _crash(child, launched, clock)
        told = _told(workspace)
        assert told is not None
        assert (told.state, told.plan_hash, told.beat_ns) == ("lost", PLAN.digest, clock.now_ns())
        assert "crashed each time" in told.reason
        assert f"exit status {launched.processes[CRASHES - 1].returncode}" in told.reason

    def test_one_that_gave_something_in_between_is_not(
        self, workspace: Workspace, child: SourceChild, launched: Launched, clock: ManualClock, source: Source
    ) -> None:
        for _ in range(CRASHES - 1):
            _crash(child, launched, clock)
        clock.pass_s(1)
        child.tend()
        source.hold()
        source.report(launched.last.pid)
        launched.end_last()
        source.lock.release()
        child.tend()
        for _ in range(CRASHES - 1):
            _crash(child, launched, clock)
        told = _told(workspace)
        assert told is not None
        assert told.state == "ok"
        _crash(child, launched, clock)
        assert (told := _told(workspace)) is not None
        assert told.state == "lost"

    def test_one_that_worked_and_lost_its_camera_keeps_its_own_words(
        self, workspace: Workspace, child: SourceChild, launched: Launched, clock: ManualClock, source: Source
    ) -> None:
        for _ in range(CRASHES + 1):
            clock.pass_s(1)
            child.tend()
            source.hold()
            source.report(launched.last.pid)
            child.tend()
            source.report(launched.last.pid, state="lost", reason="the camera is gone")
            launched.end_last()
            source.lock.release()
            child.tend()
        told = _told(workspace)
        assert told is not None
        assert told.reason == "the camera is gone"

    def test_what_another_process_of_it_says_is_not_written_over(
        self, workspace: Workspace, child: SourceChild, launched: Launched, clock: ManualClock, source: Source
    ) -> None:
        for _ in range(CRASHES - 1):
            _crash(child, launched, clock)
        clock.pass_s(1)
        child.tend()
        source.hold()
        source.report(4242, state="opening")
        launched.end_last()
        child.tend()
        told = _told(workspace)
        assert told is not None
        assert (told.pid, told.state) == (4242, "opening")

    def test_that_it_cannot_be_told_is_no_end_of_the_keeper(
        self, workspace: Workspace, child: SourceChild, launched: Launched, clock: ManualClock
    ) -> None:
        workspace.source_status("bench").mkdir()
        for _ in range(CRASHES):
            _crash(child, launched, clock)
        clock.pass_s(1)
        child.tend()
        assert len(launched.roles) == CRASHES + 1

    def test_one_that_works_is_left_alone(
        self, child: SourceChild, launched: Launched, clock: ManualClock, source: Source
    ) -> None:
        child.tend()
        source.hold()
        for _ in range(100):
            source.report(launched.last.pid)
            child.tend()
            clock.pass_s(0.1)
        assert len(launched.roles) == 1
        assert launched.last.poll() is None

    def test_one_met_while_it_writes_its_report_is_left_alone(
        self, workspace: Workspace, child: SourceChild, source: Source, launched: Launched, clock: ManualClock
    ) -> None:
        child.tend()
        source.hold()
        for turn in range(40):  # far beyond the time that opening may take
            clock.pass_s(1)
            source.report(launched.last.pid)
            child.tend()
            path = workspace.source_status("bench")
            whole = path.read_bytes()
            if turn % 2:
                with path.open("r+b") as file:  # half written: the sum is of something else
                    file.seek(len(whole) // 2 if len(whole) < 200 else 100)
                    file.write(b"#")
                child.tend()
        assert launched.last.poll() is None
        assert launched.roles == ["_source"]

    def test_one_that_hangs_is_killed_and_started_again(
        self, child: SourceChild, launched: Launched, clock: ManualClock, source: Source
    ) -> None:
        child.tend()
        source.hold()
        source.report(launched.last.pid)
        clock.pass_s(HUNG_NS / 1e9)
        child.tend()
        assert launched.last.poll() is None
        clock.pass_s(0.1)
        child.tend()
        assert launched.last.wait(20) != 0
        source.lock.release()
        child.tend()
        assert len(launched.roles) == 2

    def test_one_that_hangs_is_killed_soon_enough_for_a_picture_within_three_seconds(self) -> None:
        assert HUNG_NS <= 1_500_000_000, "its next process takes a second for its libraries"

    @pytest.mark.parametrize(
        "asks", [{"state": "opening"}, {"state": "lost", "opening": True}], ids=["first", "again"]
    )
    def test_opening_a_driver_may_take_longer(
        self, child: SourceChild, launched: Launched, clock: ManualClock, source: Source, asks: dict[str, Any]
    ) -> None:
        child.tend()
        source.hold()
        source.report(launched.last.pid, **asks)
        clock.pass_s(OPENING_NS / 1e9)
        child.tend()
        assert launched.last.poll() is None
        clock.pass_s(0.1)
        child.tend()
        assert launched.last.wait(20) != 0

    def test_one_that_worked_is_given_little_time_to_open_again_and_more_each_time(
        self, child: SourceChild, launched: Launched, clock: ManualClock, source: Source
    ) -> None:
        """Its driver hangs; but some devices are slow, and would never open if they were always killed so soon."""
        child.tend()
        source.hold()
        source.report(launched.last.pid)
        child.tend()
        asks: dict[str, Any] = {"state": "lost", "opening": True}
        for patience_ns in (REOPENING_NS, 2 * REOPENING_NS, 4 * REOPENING_NS, OPENING_NS, OPENING_NS):
            source.report(launched.last.pid, **asks)
            clock.pass_s(patience_ns / 1e9)
            child.tend()
            assert launched.last.poll() is None
            clock.pass_s(0.1)
            child.tend()
            assert launched.last.wait(20) != 0
            source.lock.release()
            clock.pass_s(1)
            child.tend()
            source.hold()
            asks = {"state": "opening"}
        source.report(launched.last.pid)
        child.tend()
        source.report(launched.last.pid, state="lost", opening=True)
        clock.pass_s(REOPENING_NS / 1e9 + 0.1)
        child.tend()
        assert launched.last.wait(20) != 0, "it works again, and hangs again"

    def test_what_one_died_of_is_written_once_the_next_has_started(
        self, workspace: Workspace, child: SourceChild, launched: Launched, clock: ManualClock
    ) -> None:
        child.tend()
        dead = launched.last.pid
        launched.end_last()
        child.tend()
        assert len(launched.roles) == 2
        clock.pass_s(REPORTED_NS / 1e9 - 1)
        child.tend()
        assert [one for one in threading.enumerate() if one.name == "crash"] == []
        assert crash_files(workspace) == []
        clock.pass_s(1)
        child.tend()
        (report,) = wait_for(lambda: crash_files(workspace), 20)
        assert f"process:  source bench, number {dead}" in report.read_text(encoding="utf-8")

    def test_one_that_is_retired_is_reported_at_once(
        self, workspace: Workspace, child: SourceChild, launched: Launched
    ) -> None:
        child.tend()
        launched.end_last()
        child.tend()
        child.retire()
        wait_for(lambda: crash_files(workspace), 20)

    def test_one_that_never_says_anything_is_ended(
        self, child: SourceChild, launched: Launched, clock: ManualClock, source: Source
    ) -> None:
        child.tend()
        source.hold()
        clock.pass_s(OPENING_NS / 1e9 + 0.1)
        child.tend()
        assert launched.last.wait(20) != 0

    def test_one_that_never_even_takes_its_lock_is_started_anew(
        self, child: SourceChild, launched: Launched, clock: ManualClock
    ) -> None:
        child.tend()
        clock.pass_s(OPENING_NS / 1e9 + 0.1)
        child.tend()
        assert launched.processes[0].wait(20) != 0
        assert len(launched.roles) == 2

    def test_the_number_in_an_old_report_is_never_killed(
        self,
        child: SourceChild,
        launched: Launched,
        clock: ManualClock,
        source: Source,
        stranger: subprocess.Popen[bytes],
    ) -> None:
        """Left by an earlier show: by now the number is somebody else's. On a busy computer the first report of the
        new process takes its time.
        """
        source.report(stranger.pid, replace(PLAN, fps=60.0))
        clock.pass_s(100)
        child.tend()
        source.hold()
        for _ in range(100):
            clock.pass_s(0.1)
            child.tend()
        assert stranger.poll() is None
        assert launched.last.poll() is None
        source.report(launched.last.pid)
        child.tend()
        assert launched.last.poll() is None

    def test_one_that_an_earlier_keeper_started_is_adopted(
        self, child: SourceChild, launched: Launched, source: Source, stranger: subprocess.Popen[bytes]
    ) -> None:
        source.hold()
        source.report(stranger.pid)
        child.tend()
        assert launched.roles == []
        child.stop()
        assert stranger.wait(20) != 0

    def test_one_that_is_there_and_has_not_spoken_yet_is_not_taken_for_the_one_before_it(
        self,
        child: SourceChild,
        launched: Launched,
        clock: ManualClock,
        workspace: Workspace,
        source: Source,
        stranger: subprocess.Popen[bytes],
    ) -> None:
        """Started just before its keeper died. What is told is of a dead one, whose number may be anybody's."""
        source.report(stranger.pid)
        clock.pass_s(100)
        child = SourceChild(PLAN, workspace, clock)
        source.hold()
        while clock.now_ns() - START_NS < 114 * 10**9:
            child.tend()
            clock.pass_s(0.1)
        child.retire()
        assert stranger.poll() is None
        assert launched.roles == []

    def test_but_one_that_hangs_since_before_us_is_killed_in_the_end(
        self,
        launched: Launched,
        clock: ManualClock,
        workspace: Workspace,
        source: Source,
        stranger: subprocess.Popen[bytes],
    ) -> None:
        source.report(stranger.pid)
        source.hold()
        clock.pass_s(1)
        child = SourceChild(PLAN, workspace, clock)
        clock.pass_s(OPENING_NS / 1e9 + 0.1)
        child.tend()
        assert stranger.wait(20) != 0

    def test_one_that_follows_another_plan_is_ended(
        self, child: SourceChild, launched: Launched, source: Source, stranger: subprocess.Popen[bytes]
    ) -> None:
        source.hold()
        source.report(stranger.pid, replace(PLAN, fps=60.0))
        child.tend()
        assert stranger.wait(20) != 0
        source.lock.release()
        child.tend()
        assert launched.roles == ["_source"]

    def test_ending_one_that_is_not_there_ends_nobody(
        self, child: SourceChild, source: Source, stranger: subprocess.Popen[bytes]
    ) -> None:
        source.report(stranger.pid)
        child.stop()
        assert stranger.poll() is None

    def test_one_that_is_retired_leaves_no_memory_behind(
        self, workspace: Workspace, child: SourceChild, launched: Launched
    ) -> None:
        ring = workspace.runtime / "source-bench.5.pictures.ring"
        other = workspace.runtime / "source-bench-2.5.pictures.ring"
        ring.touch()
        other.touch()
        child.tend()
        child.retire()
        assert launched.last.poll() is not None
        assert not ring.exists()
        assert other.exists()

    def test_a_real_one_works_and_comes_back_after_a_kill(self, workspace: Workspace) -> None:
        child = SourceChild(PLAN, workspace, SystemClock())

        def report() -> SourceReport | None:
            child.tend()
            try:
                reader = SlotReader(workspace.source_status("bench"))
            except (OSError, ValueError):
                return None
            payload = reader.read(0)
            reader.close()
            found = msgspec.json.decode(payload, type=SourceReport) if payload else None
            return found if found and found.state == "ok" else None

        first = wait_for(report, 30, "the first process")
        psutil.Process(first.pid).kill()

        def another() -> bool:
            found = report()
            return found is not None and found.pid != first.pid

        wait_for(another, 30, "the next process")
        child.retire()


def _told(workspace: Workspace) -> SourceReport | None:
    try:
        with closing(SlotReader(workspace.source_status("bench"))) as reader:
            payload = reader.read(0)
    except (OSError, ValueError):
        return None
    return msgspec.json.decode(payload, type=SourceReport) if payload else None


def _crash(child: SourceChild, launched: Launched, clock: ManualClock) -> None:
    """Have it started, and end it before it says anything."""
    clock.pass_s(1)
    child.tend()
    launched.end_last()
    child.tend()
