from __future__ import annotations

import pytest

from studio.media.sleep import SLEEP_NS, SleepWatch
from studio.system import asleep_ns

S = 1_000_000_000


def test_who_looks_often_has_not_slept() -> None:
    watch = SleepWatch(0, 0)
    assert [watch.look(now * S // 5, 0) for now in range(1, 50)] == [0] * 49


def test_a_slow_look_is_no_sleep() -> None:
    assert SleepWatch(0, 0).look(SLEEP_NS, 0) == 0


@pytest.mark.parametrize(("now_ns", "asleep"), [(30 * S, 0), (0, 30 * S), (S, 29 * S)])
def test_sleep_is_seen_whichever_clock_stood_still(now_ns: int, asleep: int) -> None:
    watch = SleepWatch(0, 0)
    assert watch.look(now_ns, asleep) == 30 * S
    assert watch.look(now_ns + S, asleep) == 0, "and told once"


def test_the_system_counts_its_own_sleep() -> None:
    before = asleep_ns()
    assert 0 <= asleep_ns() - before < S
