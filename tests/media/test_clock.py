"""The clock: the real one, and the one that tests move."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from studio.media.clock import Clock, SystemClock, utc_now
from tests.media.manual_clock import START_NS, ManualClock


@pytest.mark.parametrize("make", [SystemClock, ManualClock])
class TestEveryClock:
    def test_waiting_ends_at_the_time_or_later(self, make: Callable[[], Clock]) -> None:
        clock = make()
        due_ns = clock.now_ns() + 30_000_000
        assert clock.wait_until(due_ns, threading.Event()) is False
        assert clock.now_ns() >= due_ns

    def test_a_time_that_has_passed_is_not_waited_for(self, make: Callable[[], Clock]) -> None:
        clock = make()
        assert clock.wait_until(clock.now_ns() - 1, threading.Event()) is False

    def test_whoever_is_told_to_stop_does_not_wait(self, make: Callable[[], Clock]) -> None:
        clock, stop = make(), threading.Event()
        stop.set()
        began_ns = clock.now_ns()
        assert clock.wait_until(began_ns + 3_600_000_000_000, stop) is True
        assert clock.now_ns() - began_ns < 60_000_000_000


def test_a_wait_is_cut_short_from_another_thread() -> None:
    clock, stop, said = SystemClock(), threading.Event(), []
    waiter = threading.Thread(
        target=lambda: said.append(clock.wait_until(clock.now_ns() + 3_600_000_000_000, stop)), daemon=True
    )
    waiter.start()
    stop.set()
    waiter.join(20)
    assert said == [True]


def test_the_manual_clock_starts_far_from_a_real_one_and_moves_when_told() -> None:
    clock = ManualClock()
    assert clock.now_ns() == START_NS == 10**15
    clock.pass_s(1.5)
    assert clock.now_ns() == START_NS + 1_500_000_000


def test_wall_time_is_utc() -> None:
    assert utc_now().utcoffset() is not None
    assert utc_now().tzname() == "UTC"
