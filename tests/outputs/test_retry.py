from __future__ import annotations

from studio.outputs.retry import Retry, RetryTimes
from studio.outputs.statuses import Busy, HungUp, Lost, Refused, Returned, Unreachable

LOST = Lost("the server hung up", do="")
UNREACHABLE = Unreachable("no way there", do="")
RETURNED = Returned("it was away", do="")
BUSY = Busy("in use", do="")
REFUSED = Refused("no", do="")


def _retry(random: float = 0.5, live_until_s: float | None = None) -> Retry:
    return Retry(RetryTimes(), lambda: random, live_until_s)


def _lived(retry: Retry, since_s: float, until_s: float) -> float | None:
    retry.went_live(since_s)
    return retry.ended(LOST, until_s)


def test_a_lost_connection_is_tried_at_once_then_after_1_2_4_and_8_seconds() -> None:
    retry = _retry()
    delays = [_lived(retry, 0, 100), *(retry.ended(LOST, 100 + n) for n in range(6))]
    assert delays == [0, 1, 2, 4, 8, 8, 8]


def test_a_delay_varies_by_a_fifth_either_way() -> None:
    early, late = _retry(0.0), _retry(1.0)
    for retry in (early, late):
        retry.ended(LOST, 0)
    assert early.ended(LOST, 1) == 0.8
    assert late.ended(LOST, 1) == 1.2


def test_a_connection_that_held_earns_the_steps_from_the_start() -> None:
    retry = _retry()
    for now_s in range(5):
        retry.ended(LOST, now_s)
    assert _lived(retry, 10, 21) == 0


def test_a_server_that_takes_us_and_hangs_up_each_time_is_not_hammered() -> None:
    retry = _retry()
    assert [_lived(retry, now_s, now_s + 1) for now_s in (0, 10, 20, 30, 40)] == [0, 1, 2, 4, 8]


def test_what_is_refused_is_not_tried_again() -> None:
    retry = _retry()
    assert retry.ended(REFUSED, 0) is None
    assert _lived(retry, 0, 50) is not None
    assert retry.ended(REFUSED, 51) is None


def test_in_use_right_after_a_drop_is_tried_soon_and_then_each_second_for_two_minutes() -> None:
    retry = _retry()
    _lived(retry, 0, 100)
    assert [retry.ended(BUSY, now_s) for now_s in (101, 102, 103, 219, 220)] == [0.25, 0.5, 1, 1, 1]
    assert retry.ended(BUSY, 221) is None
    _lived(retry, 230, 240)
    assert retry.ended(BUSY, 240) == 0.25


def test_in_use_takes_no_step() -> None:
    retry = _retry()
    _lived(retry, 0, 100)
    retry.ended(BUSY, 101)
    assert retry.ended(LOST, 102) == 1


def test_in_use_from_the_start_is_somebody_else() -> None:
    assert _retry().ended(BUSY, 0) is None


def test_in_use_after_the_engine_was_restarted_is_its_ghost() -> None:
    assert _retry(live_until_s=1000).ended(BUSY, 1001) is not None


def test_a_server_that_comes_back_is_published_to_at_once_and_the_steps_begin_again() -> None:
    retry = _retry()
    for now_s in range(5):
        retry.ended(UNREACHABLE, now_s)
    assert [retry.unreachable, retry.returned(9), retry.unreachable] == [True, True, False]
    assert retry.ended(LOST, 10) == 1


def test_a_knock_that_fails_tells_that_it_is_unreachable() -> None:
    retry = _retry()
    retry.ended(LOST, 0)
    found = []
    for reached in (True, False):
        retry.probed(reached=reached)
        found.append(retry.unreachable)
    assert found == [False, True]


def test_a_network_that_comes_and_goes_earns_no_try_at_once_each_time() -> None:
    retry = _retry()
    assert [_comes_and_goes(retry, now_s) for now_s in (0, 2, 9, 11)] == [True, False, False, True]


def _comes_and_goes(retry: Retry, now_s: float) -> bool:
    retry.ended(UNREACHABLE, now_s)
    return retry.returned(now_s)


def test_a_connection_lost_by_an_outage_that_is_over_is_made_anew_at_once_however_young_it_was() -> None:
    retry = _retry()
    for now_s in range(3):
        retry.ended(LOST, now_s)
    retry.went_live(5)
    assert retry.ended(RETURNED, 9) == 0
    retry.went_live(10)
    assert retry.ended(RETURNED, 14) == 1, "but not each time"


def test_a_person_who_asks_gets_the_first_step_again() -> None:
    retry = _retry()
    for now_s in range(5):
        retry.ended(LOST, now_s)
    retry.start_over(9)
    assert retry.ended(LOST, 10) == 1


def test_a_person_who_gives_a_connection_up_leaves_a_ghost_that_is_waited_for() -> None:
    retry = _retry()
    retry.went_live(0)
    retry.start_over(100)
    assert retry.ended(BUSY, 101) is not None


HUNG_UP = HungUp("hung up on the key", do="")


def test_a_server_that_hangs_up_three_times_on_a_key_that_never_worked_refuses_it() -> None:
    retry = _retry()
    assert [retry.ended(HUNG_UP, now_s) for now_s in (0, 1, 2)] == [0, 1, None]


def test_hanging_up_three_times_counts_only_in_a_row() -> None:
    retry = _retry()
    assert None not in [retry.ended(why, n) for n, why in enumerate([HUNG_UP, HUNG_UP, LOST, HUNG_UP, HUNG_UP])]
    assert retry.ended(HUNG_UP, 6) is None


def test_a_server_that_says_yes_and_hangs_up_at_once_has_not_taken_the_key() -> None:
    retry = _retry()
    delays = []
    for now_s in range(3):
        retry.went_live(now_s)
        assert not retry.has_worked(now_s + 0.9)
        delays.append(retry.ended(HUNG_UP, now_s + 0.9))
    assert delays == [0, 1, None]


def test_a_key_has_worked_once_a_connection_has_held_for_a_second() -> None:
    retry = _retry()
    retry.went_live(0)
    assert retry.has_worked(1)
    assert None not in [retry.ended(HUNG_UP, 1 + n) for n in range(6)]


def test_a_key_that_worked_in_an_engine_that_died_is_not_given_up() -> None:
    retry = _retry(live_until_s=1000)
    assert None not in [retry.ended(HUNG_UP, 1001 + n) for n in range(6)]


def test_a_person_may_have_a_hung_up_key_tried_again() -> None:
    retry = _retry()
    for now_s in range(3):
        retry.ended(HUNG_UP, now_s)
    retry.start_over(9)
    assert retry.ended(HUNG_UP, 10) is not None


def test_a_key_that_worked_before_is_not_given_up_when_the_server_hangs_up() -> None:
    retry = _retry()
    _lived(retry, 0, 100)
    assert None not in [retry.ended(HUNG_UP, 100 + n) for n in range(6)]


def test_a_waiting_destination_knocks_each_second_and_four_times_where_nobody_answers() -> None:
    assert (RetryTimes().probe, RetryTimes().knock) == (1.0, 0.25)
