"""How soon a process that died is started again."""

from __future__ import annotations

from studio.system.restarts import Restarts
from tests.media.manual_clock import ManualClock


def test_the_first_is_at_once_then_a_little_later_and_never_over_a_second() -> None:
    clock, restarts, waits = ManualClock(), Restarts(), []
    for _ in range(7):
        waited = 0
        while not restarts.may_start(clock.now_ns()):
            clock.pass_s(0.01)
            waited += 10
        waits.append(waited)
        restarts.started(clock.now_ns())
    assert waits == [0, 0, 250, 500, 1000, 1000, 1000]


def test_one_that_ran_well_is_started_at_once_again() -> None:
    restarts = Restarts()
    for _ in range(5):
        restarts.started(0)
    restarts.fine()
    restarts.started(10**10)
    assert restarts.may_start(10**10)
