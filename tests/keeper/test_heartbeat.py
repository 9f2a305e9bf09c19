from __future__ import annotations

from studio.keeper.heartbeat import DEAD_NS, STARTING_NS, Pulse
from studio.show.beat import Beat

S = 1_000_000_000


def test_one_that_ticks_is_alive() -> None:
    pulse = Pulse(0)
    assert not any(pulse.is_dead(Beat(7, now - DEAD_NS), 7, now) for now in range(0, 100 * S, S))


def test_one_that_ticks_no_more_is_dead_after_three_seconds() -> None:
    pulse, last = Pulse(0), Beat(7, 10 * S)
    assert not pulse.is_dead(last, 7, 13 * S)
    assert pulse.is_dead(last, 7, 13 * S + 1)
    assert pulse.is_dead(last, 0, 13 * S + 1), "also one that somebody else started"


def test_a_beat_that_is_half_written_says_nothing() -> None:
    pulse = Pulse(0)
    assert not pulse.is_dead(Beat(7, 500 * S), 7, 500 * S)
    assert not pulse.is_dead(None, 7, 503 * S)
    assert pulse.is_dead(None, 7, 503 * S + 1), "but only for as long as one may be silent"


def test_one_that_is_still_starting_has_its_time() -> None:
    pulse = Pulse(0)
    assert not pulse.is_dead(None, 7, STARTING_NS)
    assert not pulse.is_dead(Beat(6, 0), 7, STARTING_NS), "what is there is from the one before it"
    assert pulse.is_dead(None, 7, STARTING_NS + 1)


def test_after_a_sleep_the_count_begins_anew() -> None:
    pulse, last = Pulse(0), Beat(7, 10 * S)
    pulse.anew(40 * S)
    assert not pulse.is_dead(last, 7, 43 * S)
    assert pulse.is_dead(last, 7, 43 * S + 1)
