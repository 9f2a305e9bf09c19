"""The keeper as the process that it is."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress

import pytest

from studio.system.locks import WorkspaceLock, is_held
from studio.system.processes import command
from studio.workspace.door import ask_at_door
from studio.workspace.paths import Workspace
from tests.services.waiting import wait_for

pytestmark = pytest.mark.long

QUESTION = {"ask": 1, "name": "youtube", "from": "session", "show": "show"}


@pytest.fixture
def keepers() -> Iterator[list[subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for one in started:
        with suppress(OSError):
            one.terminate()
        one.wait(20)
        for stream in (one.stdin, one.stdout):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


@pytest.fixture
def engine_lock(workspace: Workspace) -> Iterator[WorkspaceLock]:
    """Held: so the keeper starts no engine."""
    lock = WorkspaceLock(workspace.lock("engine"))
    assert lock.acquire()
    yield lock
    lock.release()


def _keeper(workspace: Workspace, keepers: list[subprocess.Popen[bytes]], **hello: object) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(command("_keeper"), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    keepers.append(process)
    assert process.stdin is not None
    process.stdin.write(json.dumps({"home": str(workspace.home), **hello}).encode() + b"\n")
    process.stdin.flush()
    return process


def test_there_is_only_ever_one(
    workspace: Workspace, keepers: list[subprocess.Popen[bytes]], engine_lock: WorkspaceLock
) -> None:
    _keeper(workspace, keepers, session={"show/youtube": "canary"})
    wait_for(lambda: is_held(workspace.lock("keeper")), 20)
    assert _keeper(workspace, keepers).wait(20) == 3
    answer = wait_for(lambda: ask_at_door(workspace, QUESTION), 20)
    assert answer == {"answer": 1, "key": "canary"}


def test_it_leaves_when_it_is_told_to_and_logs_no_key(
    workspace: Workspace, keepers: list[subprocess.Popen[bytes]], engine_lock: WorkspaceLock
) -> None:
    process = _keeper(workspace, keepers, session={"show/youtube": "canary"})
    wait_for(lambda: ask_at_door(workspace, QUESTION), 20)
    process.terminate()
    assert process.wait(20) == 0
    assert not is_held(workspace.lock("keeper"))
    for log in workspace.logs.iterdir():
        assert "canary" not in log.read_text()


def test_an_engine_that_started_it_asks_by_its_pipes(
    workspace: Workspace, keepers: list[subprocess.Popen[bytes]], engine_lock: WorkspaceLock
) -> None:
    process = _keeper(workspace, keepers, session={"show/youtube": "canary"}, linked=True)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(QUESTION).encode() + b"\n")
    process.stdin.flush()
    assert json.loads(process.stdout.readline()) == {"answer": 1, "key": "canary"}
    process.terminate()
    assert process.wait(20) == 0
