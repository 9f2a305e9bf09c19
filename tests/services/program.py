"""A program beside the tests: started in a group of its own, its words kept, nothing of it left."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import psutil

from tests.services.waiting import wait_for


def free_port() -> int:
    """A TCP port of the loopback that nobody listens at, below those that outgoing connections take."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def find(name: str) -> str:
    """The program's path. A missing part fails the test: it must not look as if it had passed."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    assert found, f"{name} is not installed; `make setup` names the packages"
    return found


class Program:
    """One run of a program and all its children."""

    def __init__(
        self,
        args: Sequence[str],
        folder: Path,
        *,
        env: Mapping[str, str] | None = None,
        stdin: bytes | None = None,
        stdout: int | IO[bytes] | None = None,
    ) -> None:
        """Start it in `folder`; what it says lies in `<name>.log` there."""
        name = Path(args[0]).name
        self._log = folder / f"{name}.log"
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(
                [find(args[0]), *args[1:]],
                cwd=folder,
                env={**os.environ, **(env or {})},
                stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
                stdout=stdout or log,
                stderr=log,
                start_new_session=True,
            )
        if stdin is not None:
            assert self.process.stdin
            self.process.stdin.write(stdin)
            self.process.stdin.close()

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def wait_listening(self, port: int) -> None:
        """Until it listens at the port. Looked up, not tried: a connection might be the only one it takes."""

        def listens() -> bool:
            assert self.running, f"{self.process.args!r} ended:\n{self.log}"
            found = psutil.Process(self.process.pid).net_connections("tcp")
            return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in found)

        wait_for(listens, what=f"{self.process.args!r} to listen")

    def wait_logged(self, words: str) -> None:
        def said() -> bool:
            assert self.running, f"{self.process.args!r} ended:\n{self.log}"
            return words in self.log

        wait_for(said, what=f"{words!r} in {self._log.name}")

    def wait_ended(self, timeout: float = 20.0) -> int:
        return self.process.wait(timeout)

    def signal(self, number: signal.Signals) -> None:
        """To the whole group."""
        if self.running:
            os.killpg(self.process.pid, number)

    def pause(self) -> None:
        self.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.signal(signal.SIGCONT)

    def kill(self) -> None:
        """As if its computer had lost power."""
        self.signal(signal.SIGKILL)
        self._reap()

    def stop(self) -> None:
        """End it and whatever it started, politely where it listens."""
        self.resume()
        self.signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
        self._reap()

    def _reap(self) -> None:
        self.process.wait(10)
        wait_for(lambda: not _group_lives(self.process.pid), what=f"the children of {self.process.args!r} to end")
        if self.process.stdout:
            self.process.stdout.close()


def _group_lives(group: int) -> bool:
    """Whether a process of the group runs, dead ones that nobody has reaped aside."""
    for process in psutil.process_iter(["status"]):
        try:
            if os.getpgid(process.pid) == group and process.info["status"] != psutil.STATUS_ZOMBIE:
                return True
        except ProcessLookupError:
            continue
    return False
