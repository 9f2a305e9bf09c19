"""Stands in for the studio's own processes: small real ones, that a test can talk to and end."""

from __future__ import annotations

import subprocess
import sys
from typing import IO

import pytest

# Tells the test what it was told, then does nothing until it is ended.
_CHILD = "import sys, time; sys.stderr.write(sys.stdin.readline()); sys.stderr.flush(); time.sleep(600)"


class Launched:
    """Replaces `launch` in the keeper's room."""

    def __init__(self) -> None:
        self.roles: list[str] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self.fails = False

    def __call__(
        self,
        role: str,
        *_args: str,
        stdin: int | None = None,
        stdout: int | None = subprocess.DEVNULL,
        stderr: int | IO[bytes] | None = None,
    ) -> subprocess.Popen[bytes]:
        if self.fails:
            raise OSError("no more processes")
        self.roles.append(role)
        process = subprocess.Popen([sys.executable, "-S", "-c", _CHILD], stdin=stdin, stdout=stdout, stderr=stderr)
        self.processes.append(process)
        return process

    @property
    def last(self) -> subprocess.Popen[bytes]:
        return self.processes[-1]

    def end_last(self) -> None:
        """The newest dies."""
        self.last.kill()
        self.last.wait(20)

    def count(self, role: str) -> int:
        return self.roles.count(role)

    def of(self, role: str) -> list[subprocess.Popen[bytes]]:
        return [one for name, one in zip(self.roles, self.processes, strict=True) if name == role]

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait(20)
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    try:
                        stream.close()
                    except OSError:
                        continue


def install(monkeypatch: pytest.MonkeyPatch) -> Launched:
    launched = Launched()
    monkeypatch.setattr("studio.keeper.children.launch", launched)
    return launched
