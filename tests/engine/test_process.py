"""The engine's side of the link: whoever the keeper is, its questions are answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import pairwise
from subprocess import PIPE
from typing import IO, Any

import psutil
import pytest

from studio.engine.process import KeeperSide
from studio.media.clock import SystemClock
from studio.show.model import Destination
from studio.system.locks import WorkspaceLock, is_held
from studio.system.secret import Secret
from studio.workspace.door import Door
from studio.workspace.paths import Workspace
from tests.media.manual_clock import START_NS, ManualClock
from tests.services.waiting import wait_for


class Pipes:
    """A keeper's end of the inherited pipes, and the engine's side on the other."""

    def __init__(self, workspace: Workspace) -> None:
        (to_engine, from_keeper), (to_keeper, from_engine) = os.pipe(), os.pipe()
        self.reader: IO[bytes] = os.fdopen(to_keeper, "rb")
        self.writer: IO[bytes] = os.fdopen(from_keeper, "wb")
        self._engines: list[IO[bytes]] = [os.fdopen(to_engine, "rb"), os.fdopen(from_engine, "wb")]
        self.lock = WorkspaceLock(workspace.lock("keeper"))
        assert self.lock.acquire()
        self.side = KeeperSide(workspace, SystemClock(), *self._engines)

    def answer(self, key: str) -> None:
        asked = json.loads(self.reader.readline())
        self.writer.write(json.dumps({"answer": asked["ask"], "key": key}).encode() + b"\n")
        self.writer.flush()

    def die(self) -> None:
        self.writer.close()
        self.reader.close()

    def close(self) -> None:
        self.side.end()
        if not self.writer.closed:
            self.die()
        wait_for(lambda: not {"link"}.intersection(thread.name for thread in threading.enumerate()), 20)
        for file in self._engines:
            with contextlib.suppress(OSError):  # a question that nobody took
                file.close()
        self.lock.release()


@pytest.fixture
def pipes(workspace: Workspace) -> Iterator[Pipes]:
    pipes = Pipes(workspace)
    yield pipes
    pipes.close()


@pytest.fixture
def engine_lock(workspace: Workspace) -> Iterator[None]:
    """Held: so a keeper that is started here starts no engine."""
    lock = WorkspaceLock(workspace.lock("engine"))
    assert lock.acquire()
    yield
    lock.release()


def _ask(side: KeeperSide, name: str = "youtube") -> Secret:
    destination = Destination(name=name, feed="wide", url="rtmp://127.0.0.1/live", key_from="keyring")

    async def ask() -> Secret:
        return await side.keys.provider(destination, "show")()

    return asyncio.run(ask())


def test_its_questions_go_to_the_keeper_that_started_it(pipes: Pipes) -> None:
    keeper = threading.Thread(target=pipes.answer, args=("canary",))
    keeper.start()
    assert _ask(pipes.side) == Secret("canary")
    keeper.join()


def test_a_keeper_that_somebody_else_started_is_asked_by_its_door(workspace: Workspace, pipes: Pipes) -> None:
    """Its pipe is gone, and there is another keeper already: a window may have been quicker."""
    asked: list[object] = []

    def answer(question: dict[str, object]) -> dict[str, object]:
        asked.append(question["name"])
        return {"answer": question["ask"], "key": "by the door"}

    door = Door(workspace, lambda _: None, answer)
    pipes.die()
    assert _ask(pipes.side) == Secret("by the door")
    assert asked == ["youtube"]
    door.close()


def test_a_question_that_the_keeper_took_along_is_put_to_the_next(workspace: Workspace, pipes: Pipes) -> None:
    def read_and_die() -> None:
        pipes.reader.readline()
        pipes.die()

    door = Door(workspace, lambda _: None, lambda question: {"answer": question["ask"], "key": "second"})
    keeper = threading.Thread(target=read_and_die)
    keeper.start()
    assert _ask(pipes.side) == Secret("second")
    keeper.join()
    door.close()


def test_when_there_is_none_it_starts_one_that_knows_the_session(
    workspace: Workspace, pipes: Pipes, engine_lock: None
) -> None:
    pipes.side.keys.session["show/youtube"] = Secret("canary")
    pipes.die()
    pipes.lock.release()
    wait_for(lambda: is_held(workspace.lock("keeper")), 20)
    destination = Destination(name="other", feed="wide", url="rtmp://127.0.0.1/live", key_from="session")

    async def ask(one: Destination) -> Secret:
        return await pipes.side.keys.provider(one, "show")()

    with pytest.raises(Exception, match="session that has ended"):
        asyncio.run(ask(destination))
    pipes.side.keys.forget()
    youtube = Destination(name="youtube", feed="wide", url="rtmp://127.0.0.1/live", key_from="session")
    assert asyncio.run(ask(youtube)) == Secret("canary"), "from the keeper's memory"
    pipes.side.end()
    for child in psutil.Process().children():
        child.terminate()
    wait_for(lambda: not is_held(workspace.lock("keeper")), 20)


def test_a_keeper_that_dies_at_its_start_is_replaced_less_and_less_often(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, at_s, enough = ManualClock(), [], threading.Event()

    def launch(_role: str, **streams: Any) -> subprocess.Popen[bytes]:
        at_s.append((clock.now_ns() - START_NS) / 1e9)
        if len(at_s) >= 7:
            side.end()
            enough.set()
            raise OSError("enough")
        return subprocess.Popen([sys.executable, "-S", "-c", "input()"], **streams)

    monkeypatch.setattr("studio.engine.process.launch", launch)
    (reads, writes), (unread, unwritten) = os.pipe(), os.pipe()
    files: list[IO[bytes]] = [os.fdopen(reads, "rb"), os.fdopen(unwritten, "wb")]
    side = KeeperSide(workspace, clock, *files)
    for end in (writes, unread):
        os.close(end)
    assert enough.wait(20)
    gaps = [later - before for before, later in pairwise(at_s)]
    assert [gap >= least for gap, least in zip(gaps, (0, 0.25, 0.5, 1, 1, 1), strict=True)] == [True] * 6
    for file in files:
        with contextlib.suppress(OSError):
            file.close()


def test_an_engine_that_cannot_be_made_is_logged_and_ends(workspace: Workspace) -> None:
    workspace.status.mkdir()
    (workspace.status / "in the way").touch()
    hello = json.dumps({"home": str(workspace.home)}) + "\n"
    engine = subprocess.Popen(
        [sys.executable, "-m", "studio", "_engine"], stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True
    )
    with engine:
        assert engine.stdin is not None
        assert engine.stderr is not None
        engine.stdin.write(hello)
        engine.stdin.flush()  # and it stays open: the link's thread is waiting for more
        said = engine.stderr.read()
    assert (engine.returncode, said) == (1, "")
    assert "the engine failed" in (workspace.logs / "engine.log").read_text()
