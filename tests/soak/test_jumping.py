from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from studio.outputs.network import NetworkLoop
from tests.services.waiting import wait_for
from tests.soak.jumping import JumpClock, JumpLoop, Stuck

_HOUR_NS = 3600 * 10**9


@pytest.fixture
def clock() -> JumpClock:
    return JumpClock()


@pytest.fixture
def loop(clock: JumpClock) -> Iterator[tuple[JumpLoop, NetworkLoop]]:
    made = JumpLoop(clock)
    network = NetworkLoop(lambda: made)
    network.start()
    yield made, network
    assert network.stop(10)


def _waiting(clock: JumpClock, due_ns: int, stop: threading.Event, answers: list[bool]) -> threading.Thread:
    thread = threading.Thread(target=lambda: answers.append(clock.wait_until(due_ns, stop)), name="feed")
    thread.start()
    return thread


def test_a_thread_goes_on_when_its_time_has_come_and_it_is_released(clock: JumpClock) -> None:
    answers: list[bool] = []
    due_ns = clock.now_ns() + _HOUR_NS
    thread = _waiting(clock, due_ns, threading.Event(), answers)
    clock.rest(lambda: clock.due_ns("feed") == due_ns)
    assert not clock.release("feed")
    clock.jump(due_ns)
    assert clock.release("feed")
    thread.join(10)
    assert answers == [False]
    assert clock.due_ns("feed") is None


def test_a_thread_that_is_to_stop_does_not_wait_for_its_time(clock: JumpClock) -> None:
    answers: list[bool] = []
    stop = threading.Event()
    thread = _waiting(clock, clock.now_ns() + _HOUR_NS, stop, answers)
    clock.rest(lambda: clock.due_ns("feed") is not None)
    stop.set()
    thread.join(10)
    assert answers == [True]


def test_what_is_due_already_is_not_waited_for(clock: JumpClock) -> None:
    assert not clock.wait_until(clock.now_ns(), threading.Event())


def test_who_does_not_come_to_rest_is_shown_at_work() -> None:
    clock = JumpClock(watchdog_s=0)
    with pytest.raises(Stuck, match="test_who_does_not_come_to_rest"):
        clock.rest(lambda: False)


def test_an_hour_of_the_loop_passes_in_a_jump(clock: JumpClock, loop: tuple[JumpLoop, NetworkLoop]) -> None:
    made, network = loop
    began_ns = clock.now_ns()

    async def sleep() -> float:
        await asyncio.sleep(3600)
        return made.time()

    sleeping = network.submit(sleep())
    clock.rest(lambda: made.is_at_rest and made.until_ns is not None)
    assert made.until_ns is not None
    assert began_ns + _HOUR_NS <= made.until_ns <= began_ns + _HOUR_NS + 10_000
    assert not sleeping.done()
    clock.jump(made.until_ns)
    made.poke()
    assert sleeping.result(10) == pytest.approx((began_ns + _HOUR_NS) / 1e9)


def test_a_loop_that_was_called_is_not_at_rest_before_it_has_done_it(
    clock: JumpClock, loop: tuple[JumpLoop, NetworkLoop]
) -> None:
    made, network = loop
    go, done = threading.Event(), threading.Event()
    for _ in range(200):
        clock.rest(lambda: made.is_at_rest)
        done.clear()
        network.call(done.set)
        clock.rest(lambda: made.is_at_rest)
        assert done.is_set()
    network.call(lambda: go.wait(10))
    assert not made.is_at_rest
    go.set()
    wait_for(lambda: made.is_at_rest)
