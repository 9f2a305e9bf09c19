"""How long the host took processors away meanwhile: on a virtual machine, no program can tick through that."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from studio.media.clock import Clock, SystemClock
from studio.system import processors, stay_on
from studio.system.processes import command

BOUND_NS = 33_333_333  # a frame at 30 a second
_EVERY_NS = 5_000_000
_END_S = 5.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken: pauses longer than a frame, and the longest. `processors` 0: it could not be watched."""

    processors: int
    pauses: int
    longest_ms: float

    @property
    def words(self) -> str:
        if not self.processors:
            return "pauses of the host unknown: watching them needs Linux and the right to real-time priority"
        return f"the host paused a processor {self.pauses} times for over 33 ms, longest {self.longest_ms:.0f} ms"


class Pauses:
    """Watches each processor from a process of its own at real-time priority, between entering and leaving.

    Such a process runs within a fraction of a millisecond of its time; later than that, its processor was not there.
    A thread would not do: it waits for the interpreter lock of the others in its process.
    """

    def __init__(self) -> None:
        self.taken = Taken(0, 0, 0.0)
        self._watchers: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        for processor in processors():
            self._watchers.append(
                subprocess.Popen(command("_pauses", str(processor)), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> Taken:
        """Watch no longer; what was taken until now."""
        for watcher in self._watchers:
            try:
                said, _ = watcher.communicate(timeout=_END_S)
            except subprocess.TimeoutExpired:
                watcher.kill()
                watcher.communicate()
                continue
            if watcher.returncode == 0:
                found = json.loads(said)
                self.taken = Taken(
                    self.taken.processors + 1,
                    self.taken.pauses + int(found["pauses"]),
                    max(self.taken.longest_ms, float(found["longest_ms"])),
                )
        self._watchers.clear()
        return self.taken


def late_ns(clock: Clock, stop: threading.Event) -> list[int]:
    """How late each wait ended that was more than a frame late, until `stop`; nanoseconds."""
    late: list[int] = []
    due_ns = clock.now_ns() + _EVERY_NS
    while not clock.wait_until(due_ns, stop):
        now_ns = clock.now_ns()
        if now_ns - due_ns > BOUND_NS:
            late.append(now_ns - due_ns)
        due_ns = now_ns + _EVERY_NS
    return late


def main(args: Sequence[str]) -> int:
    """Watch the processor that the argument names until standard input ends; 1: it is not allowed."""
    if not stay_on(int(args[0])):
        return 1
    stop = threading.Event()

    def until_end() -> None:
        sys.stdin.buffer.read()
        stop.set()

    threading.Thread(target=until_end, name="end", daemon=True).start()
    late = late_ns(SystemClock(), stop)
    sys.stdout.write(json.dumps({"pauses": len(late), "longest_ms": max(late, default=0) / 1e6}))
    return 0
