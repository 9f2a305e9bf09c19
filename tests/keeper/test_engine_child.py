"""The engine's process, as the keeper watches it."""

from __future__ import annotations

import json
from queue import Queue

import pytest

from studio.keeper.children import EngineChild
from studio.system.locks import WorkspaceLock
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
