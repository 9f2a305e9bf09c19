"""The engine's process."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sys
import threading
from pathlib import Path
from subprocess import PIPE
from typing import IO

from studio.engine.engine import Engine
from studio.engine.keys import KeyAsker
from studio.media.clock import Clock, SystemClock
from studio.system import on_hangup, on_stop_signals, run_ahead, use_utf8
from studio.system.locks import WorkspaceLock, is_held
from studio.system.processes import launch
from studio.system.restarts import Restarts
from studio.workspace.crashes import Presence
from studio.workspace.door import ask_at_door
from studio.workspace.link import Link, Message
from studio.workspace.logs import error_file, start_log
from studio.workspace.paths import Workspace, open_workspace

log = logging.getLogger(__name__)

_WELL_NS = 10_000_000_000  # a keeper that ran for so long is replaced at once


class KeeperSide:
    """The engine's link with its keeper. When the keeper dies, it starts the next one."""

    def __init__(self, workspace: Workspace, clock: Clock, reader: IO[bytes], writer: IO[bytes]) -> None:
        self._workspace, self._clock = workspace, clock
        self._ending = threading.Event()
        self._pipes: tuple[IO[bytes], ...] = ()  # to a keeper that we started
        self._restarts = Restarts()
        self._replaced_ns = clock.now_ns()
        self.keys = KeyAsker(lambda _: False)
        self._connect(reader, writer)

    def end(self) -> None:
        """The keeper may go now."""
        self._ending.set()

    def _connect(self, reader: IO[bytes], writer: IO[bytes]) -> None:
        self._link = Link(reader, writer, self._on_message, self._on_end)
        self.keys.send = self._link.send
        self._link.start()

    def _on_message(self, message: Message) -> None:
        if "answer" in message:
            self.keys.on_answer(message)

    def _on_end(self) -> None:
        self.keys.send = self._ask_at_door
        for pipe in self._pipes:
            with contextlib.suppress(OSError):  # nobody takes what was still to be written
                pipe.close()
        self._pipes = ()
        if self._clock.now_ns() - self._replaced_ns > _WELL_NS:
            self._restarts.fine()
        while not self._ending.is_set():
            now_ns = self._clock.now_ns()
            if self._restarts.may_start(now_ns) and not is_held(self._workspace.lock("keeper")):
                log.warning("the keeper has gone; starting another")
                self._restarts.started(now_ns)
                self._replaced_ns = now_ns
                try:
                    self._replace()
                except OSError as error:
                    log.error("the keeper cannot be started: %s", error)
                else:
                    return
            self._clock.wait_until(self._clock.now_ns() + 200_000_000, self._ending)

    def _ask_at_door(self, question: Message) -> bool:
        """Ask a keeper that somebody else started: there is no pipe to it."""
        answer = ask_at_door(self._workspace, question)
        if answer is not None and "answer" in answer:
            self.keys.on_answer(answer)
            return True
        return False

    def _replace(self) -> None:
        errors = error_file(self._workspace, "keeper")
        try:
            process = launch("_keeper", stdin=PIPE, stdout=PIPE, stderr=errors)
        finally:
            if errors is not None:
                errors.close()
        assert process.stdin is not None
        assert process.stdout is not None
        self._pipes = (process.stdout, process.stdin)
        hello = {
            "home": str(self._workspace.home),
            "linked": True,
            "session": {name: key.reveal() for name, key in dict(self.keys.session).items()},
        }
        process.stdin.write(json.dumps(hello).encode() + b"\n")
        process.stdin.flush()
        threading.Thread(target=process.wait, name="keeper:wait", daemon=True).start()
        self._connect(process.stdout, process.stdin)


def main(_argv: list[str]) -> int:
    """Read where to work from one line of standard input, then run until nothing is wanted."""
    use_utf8()
    hello = json.loads(sys.stdin.buffer.readline())
    workspace = open_workspace(Path(hello["home"]))
    start_log(workspace, "engine")
    lock = WorkspaceLock(workspace.lock("engine"))
    if not lock.acquire(timeout=1.0):
        log.info("another engine is at work")
        return 3
    run_ahead()  # before the first thread is started: each has its own priority from the one that starts it
    clock = SystemClock()
    side = KeeperSide(workspace, clock, sys.stdin.buffer, sys.stdout.buffer)
    on_hangup(lambda: None)
    try:
        with Presence(workspace, "engine", watched=True):
            engine = Engine(workspace, clock, side.keys)
            on_stop_signals(engine.stop)
            engine.run()
        status = 0
    except Exception:
        log.exception("the engine ends")
        status = 1
    side.end()
    lock.release()
    logging.shutdown()
    # Everything is closed by now, but the link's thread still waits for standard input, whose lock the
    # interpreter's own clean-up would want ("could not acquire lock"): so that is left out.
    os._exit(status)
