"""The engine's process, as the keeper watches it."""

from __future__ import annotations

import json
from queue import Queue

import pytest

from studio.keeper.children import LAST_WORDS_NS, EngineChild
from studio.keeper.deaths import REPORTED_NS
from studio.keeper.heartbeat import STARTING_NS
from studio.system.locks import WorkspaceLock
from studio.workspace.crashes import crash_files
from studio.workspace.link import Link, Message
from studio.workspace.paths import Workspace
from tests.keeper.launched import Launched
from tests.media.manual_clock import ManualClock
from tests.services.waiting import wait_for


class TestTheEngine:
    @pytest.fixture
    def heard(self) -> Queue[tuple[Message, Link]]:
        return Queue()

    @pytest.fixture
    def engine(
        self, workspace: Workspace, clock: ManualClock, launched: Launched, heard: Queue[tuple[Message, Link]]
    ) -> EngineChild:
        return EngineChild(workspace, clock, lambda message, link: heard.put((message, link)))

    def test_it_is_told_its_workspace_by_its_pipe(
        self, workspace: Workspace, engine: EngineChild, launched: Launched
    ) -> None:
        engine.start()
        assert engine.running
        told = wait_for((workspace.logs / "engine.err").read_bytes, 20)
        assert json.loads(told) == {"home": str(workspace.home)}

    def test_one_that_dies_is_started_again_at_once_then_later(
        self, engine: EngineChild, launched: Launched, clock: ManualClock
    ) -> None:
        for wanted in (1, 2):
            engine.start()
            assert len(launched.roles) == wanted
            launched.end_last()
            engine.reap()
            assert not engine.running
        engine.start()
        assert len(launched.roles) == 2
        clock.pass_s(0.25)
        engine.start()
        assert len(launched.roles) == 3
        launched.end_last()
        engine.reap()

    def test_one_that_ran_for_a_while_has_earned_a_start_at_once(
        self, engine: EngineChild, launched: Launched, clock: ManualClock
    ) -> None:
        for _ in range(4):
            clock.pass_s(1)
            engine.start()
            launched.end_last()
            engine.reap()
        clock.pass_s(1)
        engine.start()
        clock.pass_s(10.1)
        assert engine.running
        launched.end_last()
        engine.reap()
        engine.start()
        launched.end_last()
        engine.reap()
        engine.start()
        assert len(launched.roles) == 7
        launched.end_last()
        engine.reap()

    def test_one_that_somebody_else_started_runs(self, workspace: Workspace, engine: EngineChild) -> None:
        lock = WorkspaceLock(workspace.lock("engine"))
        assert lock.acquire()
        seen = [engine.running]
        lock.release()
        assert [*seen, engine.running] == [True, False]

    def test_one_that_cannot_be_started_is_no_end_of_the_keeper(
        self, engine: EngineChild, launched: Launched, clock: ManualClock
    ) -> None:
        launched.fails = True
        engine.start()
        assert not engine.running

    def test_questions_come_and_answers_go_by_its_pipes(
        self,
        monkeypatch: pytest.MonkeyPatch,
        engine: EngineChild,
        heard: Queue[tuple[Message, Link]],
        workspace: Workspace,
        launched: Launched,
    ) -> None:
        program = (
            "import sys; sys.stdin.readline(); print('{\"ask\": 1}', flush=True);"
            "sys.stderr.write(sys.stdin.readline()); sys.stderr.flush(); sys.stdin.read()"
        )
        monkeypatch.setattr("tests.keeper.launched._CHILD", program)
        engine.start()
        message, link = heard.get(timeout=20)
        assert message == {"ask": 1}
        assert link.send({"answer": 1, "key": "canary"})
        told = wait_for((workspace.logs / "engine.err").read_bytes, 20)
        assert json.loads(told) == {"answer": 1, "key": "canary"}
        launched.end_last()
        engine.reap()
        assert launched.last.stdin is not None
        assert launched.last.stdin.closed
        assert launched.last.stdout is not None
        wait_for(lambda: launched.last.stdout and launched.last.stdout.closed, 20)

    def test_one_that_hangs_may_say_where_before_it_is_killed(
        self, monkeypatch: pytest.MonkeyPatch, engine: EngineChild, launched: Launched, clock: ManualClock
    ) -> None:
        stubborn = "import signal, sys, time; signal.signal(signal.SIGABRT, lambda *_: sys.stderr.write('here\\n'));"
        monkeypatch.setattr(
            "tests.keeper.launched._CHILD",
            stubborn + "sys.stderr.write('on\\n'); sys.stderr.flush()\nwhile True: time.sleep(1); sys.stderr.flush()",
        )
        engine.start()
        words = engine._workspace.logs / "engine.err"
        wait_for(lambda: words.read_bytes() == b"on\n", 60)
        clock.pass_s(STARTING_NS / 1e9 + 1)
        engine.tend()
        wait_for(lambda: b"here" in words.read_bytes(), 60)
        engine.tend()
        assert launched.last.poll() is None
        clock.pass_s(LAST_WORDS_NS / 1e9 + 0.01)
        engine.tend()
        launched.last.wait(20)
        engine.reap()
        assert not engine.running

    def test_one_of_a_keeper_before_us_is_reported_too_and_ours_once(
        self, workspace: Workspace, engine: EngineChild, launched: Launched, clock: ManualClock
    ) -> None:
        (workspace.logs / "engine.err").write_bytes(b"Fatal Python error: Aborted\n")
        for pid in (41, 42):
            (workspace.runtime / f"alive-engine-{pid}.json").write_text(f'{{"pid": {pid}, "said_from": 0}}')
        alive = WorkspaceLock(workspace.runtime / "alive-engine-41.lock")
        assert alive.acquire()
        engine.start()
        alive.release()
        ours = launched.last.pid
        mark = workspace.runtime / f"alive-engine-{ours}.json"
        mark.write_text(f'{{"pid": {ours}, "said_from": 0}}')
        launched.end_last()
        engine.reap()
        (workspace.runtime / "alive-engine-41.json").unlink()
        clock.pass_s(1)
        engine.start()
        assert not mark.exists()
        clock.pass_s(REPORTED_NS / 1e9)
        engine.reap()
        wait_for(lambda: len(crash_files(workspace)) == 2, 20)
        reports = crash_files(workspace)
        told = {path.stem.split()[-1]: path.read_text(encoding="utf-8") for path in reports}
        assert set(told) == {"42", str(ours)}
        assert "its exit status is not known" in told["42"]
        assert "Fatal Python error: Aborted" in told["42"]
        assert "by SIGKILL" in told[str(ours)]
        launched.end_last()
        engine.reap()
