"""Time that jumps from one thing to do to the next: a clock, and an event loop that lives by it.

Every thread that waits for the clock says until when; the loop says until when it has nothing to do. A driver sees
that all of them wait, and sets the clock to the first of those moments. So hours take as long as the work in them,
and the order of the work is always the same.
"""

from __future__ import annotations

import asyncio
import math
import selectors
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import TypeVarTuple

_Given = TypeVarTuple("_Given")
_BEGIN_NS = 10**15  # a stamp of the real clock that gets in by mistake stands out
_LOOK_S = 0.1  # a thread that waits looks as often whether it is to stop
_WATCHDOG_S = 120.0  # long, for a computer that is busy with more important things


class Stuck(Exception):
    """Somebody does not come to rest, in real time. The message holds every thread's stack."""


@dataclass(slots=True)
class _Waiter:
    due_ns: int
    wake: threading.Condition
    released: bool = False


class JumpClock:
    """A clock that stands still between jumps. One thread, the driver, calls `jump`, `release` and `rest`."""

    def __init__(self, watchdog_s: float = _WATCHDOG_S) -> None:
        self.lock = threading.Lock()
        self._changed = threading.Condition(self.lock)
        self._now_ns = _BEGIN_NS
        self._waiters: dict[str, _Waiter] = {}
        self._watchdog_s = watchdog_s

    def now_ns(self) -> int:
        return self._now_ns

    def wait_until(self, due_ns: int, stop: threading.Event) -> bool:
        """Enrol under the thread's name, and wait to be released; True as soon as `stop` is set."""
        with self.lock:
            if due_ns <= self._now_ns:
                return stop.is_set()
            name = threading.current_thread().name
            waiter = self._waiters[name] = _Waiter(due_ns, threading.Condition(self.lock))
            self._changed.notify()
            while not waiter.released and not stop.is_set():
                waiter.wake.wait(_LOOK_S)
            if not waiter.released:
                del self._waiters[name]
        return stop.is_set()

    def changed(self) -> None:
        """Somebody came to rest: the driver looks again. Called with `lock` held."""
        self._changed.notify()

    def due_ns(self, name: str) -> int | None:
        """Until when the thread of that name waits; None: it does not. Called with `lock` held, or by the driver."""
        waiter = self._waiters.get(name)
        return waiter.due_ns if waiter is not None else None

    def jump(self, to_ns: int) -> None:
        assert to_ns >= self._now_ns, "time does not go back"
        self._now_ns = to_ns

    def release(self, name: str) -> bool:
        """Let the thread of that name go on if its time has come. False: it has not."""
        with self.lock:
            waiter = self._waiters.get(name)
            if waiter is None or waiter.due_ns > self._now_ns:
                return False
            del self._waiters[name]
            waiter.released = True
            waiter.wake.notify()
            return True

    def rest(self, resting: Callable[[], bool]) -> None:
        """Wait, in real time, until all is at rest; `resting` is asked with `lock` held. Raises Stuck."""
        with self._changed:
            if self._changed.wait_for(resting, self._watchdog_s):
                return
        raise Stuck(f"not at rest for {self._watchdog_s:g} s\n{stacks()}")


class _JumpSelector(selectors.DefaultSelector):
    """Asks the sockets, but waits for no time of the computer's."""

    def __init__(self, clock: JumpClock) -> None:
        super().__init__()
        self._clock = clock
        self.is_parked = False
        self.until_ns: int | None = None  # while parked; None: no timer

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        with self._clock.lock:
            # A nanosecond more: the timer must be due when the loop looks, whatever a float has rounded.
            self.until_ns = None if timeout is None else self._clock.now_ns() + math.ceil(timeout * 1e9) + 1
            self.is_parked = True
            self._clock.changed()
        events = super().select(None)
        self.unpark()
        return events

    def unpark(self) -> None:
        with self._clock.lock:
            self.is_parked = False


class JumpLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is the clock's. Its sockets are real."""

    _ready: deque[asyncio.Handle]

    def __init__(self, clock: JumpClock) -> None:
        self._clock = clock
        self._parking = _JumpSelector(clock)
        super().__init__(self._parking)

    def time(self) -> float:
        return self._clock.now_ns() / 1e9

    def call_soon_threadsafe(
        self, callback: Callable[[*_Given], object], *args: *_Given, context: Context | None = None
    ) -> asyncio.Handle:
        self._parking.unpark()  # before it is woken: nobody may take it to be at rest meanwhile
        return super().call_soon_threadsafe(callback, *args, context=context)

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is to be done before `until_ns`, or before a socket has something."""
        return self._parking.is_parked and not self._ready

    @property
    def until_ns(self) -> int | None:
        """When its next timer is due; None: it has none. Of a loop at rest."""
        return self._parking.until_ns

    def poke(self) -> None:
        """Have it look at its timers, after a jump."""
        self.call_soon_threadsafe(_nothing)


def _nothing() -> None:
    pass


def stacks() -> str:
    """What every thread is doing, by name."""
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    parts = []
    for ident, frame in sys._current_frames().items():
        parts.append(f"{names.get(ident, '?')}:\n{''.join(traceback.format_stack(frame))}")
    return "\n".join(parts)
