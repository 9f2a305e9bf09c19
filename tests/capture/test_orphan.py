from __future__ import annotations

import threading

import pytest

from studio.capture.orphan import OrphanWatch
from studio.system.locks import WorkspaceLock
from studio.workspace.paths import Workspace
from tests.capture.manual_clock import ManualClock

SECOND = 10**9


class Ended(Exception):
    """Instead of the process's end."""


def run_until(workspace: Workspace, clock: ManualClock, seconds: float) -> bool:
    """Whether the watch has ended the process by then."""
    limit, wait, start = clock.now + int(seconds * SECOND), clock.wait_until, clock.now

    class Limited(ManualClock):
        def wait_until(self, due_ns: int, stop: threading.Event) -> bool:
            wait(due_ns, stop)
            self.now = clock.now
            return clock.now > limit

    limited = Limited()
    limited.now = start

    def end(status: int) -> None:
        assert status == 0
        raise Ended

    try:
        OrphanWatch(workspace, limited, end).run(threading.Event())
    except Ended:
        return True
    return False


@pytest.mark.parametrize("who", ["keeper", "engine"])
def test_a_source_stays_while_keeper_or_engine_lives(workspace: Workspace, who: str) -> None:
    lock = WorkspaceLock(workspace.lock(who))
    assert lock.acquire()
    assert not run_until(workspace, ManualClock(), 120)
    lock.release()


def test_a_source_that_nobody_wants_ends_after_a_while(workspace: Workspace) -> None:
    assert not run_until(workspace, ManualClock(), 14)
    assert run_until(workspace, ManualClock(), 20)
