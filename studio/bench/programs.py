"""Programs that a benchmark starts beside the studio: each ends with its `with` block, whatever happens."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from studio.errors import StudioError

_POLITE_S = 5.0


def free_port() -> int:
    """A port of the loopback that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def find(name: str) -> str:
    """The program's path. Raises StudioError when it is not installed."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin")
    if found is None:
        raise StudioError(f"{name} is not installed", do="make bench installs what it needs, or says what is missing")
    return found


def output_of(*args: str) -> str:
    """What a program prints, both streams. Raises StudioError when it fails."""
    done = subprocess.run(
        [find(args[0]), *args[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        last = text.strip().splitlines()[-1:] or ["no reason given"]
        raise StudioError(f"{args[0]} failed: {last[0]}", do="see docs/bench.md")
    return text


class Program:
    """One run of a program without children of its own; what it says lies in a log file."""

    def __init__(self, args: Sequence[str], log: Path, *, stdout: int | IO[bytes] | None = None) -> None:
        """Start it. Raises StudioError when it is not installed."""
        program = find(args[0])
        self._log = log
        with log.open("ab") as words:
            # A session of its own: a Ctrl-C at the terminal is ours to pass on, in order.
            self.process = subprocess.Popen(
                [program, *args[1:]],
                stdin=subprocess.DEVNULL,
                stdout=stdout or words,
                stderr=words,
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    @property
    def last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return lines[-1] if lines else "it said nothing"

    def stop(self) -> None:
        """End it, politely where it listens."""
        if self.running:
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_POLITE_S)
        if self.running:
            self.process.kill()
        self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
