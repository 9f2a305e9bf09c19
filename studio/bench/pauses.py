"""How long the host took processors away meanwhile: on a virtual machine, no program can tick through that."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from studio.media.clock import Clock
from studio.system import processors, stay_on

_EVERY_NS = 5_000_000


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken: pauses longer than a bound, and the longest. `processors` 0: it could not be watched."""

    processors: int
    pauses: int
    longest_ms: float

    @property
    def words(self) -> str:
        if not self.processors:
            return "pauses of the host unknown: watching them needs Linux and the right to real-time priority"
        return f"the host paused a processor {self.pauses} times for over 33 ms, longest {self.longest_ms:.0f} ms"


class Pauses:
    """Watches each processor from a real-time thread of its own, between entering and leaving.

    Such a thread runs within microseconds of its time, whatever the programs do; later than that, its processor
    was not there.
    """

    def __init__(self, clock: Clock, *, longer_than_ms: float = 1000 / 30) -> None:
        self._clock, self._bound_ns = clock, round(longer_than_ms * 1e6)
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._watched: set[int] = set()
        self._pauses_ns: list[int] = []
        self._threads = [
            threading.Thread(target=self._watch, args=(processor,), name=f"pauses:{processor}", daemon=True)
            for processor in processors()
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(5)

    @property
    def taken(self) -> Taken:
        with self._lock:
            return Taken(len(self._watched), len(self._pauses_ns), max(self._pauses_ns, default=0) / 1e6)

    def _watch(self, processor: int) -> None:
        if not stay_on(processor):
            return
        with self._lock:
            self._watched.add(processor)
        due_ns = self._clock.now_ns() + _EVERY_NS
        while not self._clock.wait_until(due_ns, self._stop):
            now_ns = self._clock.now_ns()
            if now_ns - due_ns > self._bound_ns:
                with self._lock:
                    self._pauses_ns.append(now_ns - due_ns)
            due_ns = now_ns + _EVERY_NS
