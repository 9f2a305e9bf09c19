from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from studio.capture.orphan import OrphanWatch
from studio.system.locks import WorkspaceLock
from studio.workspace.paths import Workspace
from tests.capture.manual_clock import ManualClock

SECOND = 10**9


class Ended(Exception):
    """Instead of the process's end."""


class Until(ManualClock):
    """Ends the watch after so many seconds; calls back on the way."""

    def __init__(self, seconds: float, at: dict[int, Callable[[], None]]) -> None:
        super().__init__()
        self._began, self._limit, self._at = self.now, self.now + int(seconds * SECOND), at

    def wait_until(self, due_ns: int, stop: threading.Event) -> bool:
        super().wait_until(due_ns, stop)
        for second in [one for one in self._at if one * SECOND <= self.now - self._began]:
            self._at.pop(second)()
        return self.now > self._limit


def ended(workspace: Workspace, seconds: float, at: dict[int, Callable[[], None]] | None = None) -> bool:
    """Whether the watch has ended the process by then."""

    def end(status: int) -> None:
        assert status == 0
        raise Ended

    try:
        OrphanWatch(workspace, Until(seconds, at or {}), end).run(threading.Event())
    except Ended:
        return True
    return False


@pytest.mark.parametrize("who", ["keeper", "engine"])
def test_a_source_stays_while_keeper_or_engine_lives(workspace: Workspace, who: str) -> None:
    lock = WorkspaceLock(workspace.lock(who))
    assert lock.acquire()
    assert not ended(workspace, 120)
    lock.release()


def test_it_waits_for_a_new_keeper_from_when_the_last_one_went(workspace: Workspace) -> None:
    lock = WorkspaceLock(workspace.lock("keeper"))
    assert lock.acquire()
    assert not ended(workspace, 72, {60: lock.release})
    assert lock.acquire()
    assert ended(workspace, 90, {60: lock.release})


def test_a_source_that_nobody_wants_ends_after_a_while(workspace: Workspace) -> None:
    assert not ended(workspace, 14)
    assert ended(workspace, 20)
