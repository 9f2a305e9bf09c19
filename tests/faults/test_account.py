from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.faults.account import Account, Kept, Missing, reckon
from tests.faults.arrivals import Picture

_BEGAN_NS = 5_000_000_000  # tick 0
_LATE_NS = 400_000_000


def _due_ns(tick: float) -> int:
    return _BEGAN_NS + round(tick * 1e9 / 30)


def _recorded(ticks: Iterable[int]) -> list[Kept]:
    """A file's own time may begin later than at 0."""
    return [Kept(0.067 + tick / 30, 1000 + tick) for tick in ticks]


def _received(ticks: Iterable[int], *, connection: int = 0, late_ns: int = _LATE_NS) -> list[Picture]:
    """A connection's time begins anew, rounded to milliseconds."""
    found = list(ticks)
    return [
        Picture(
            connection, _due_ns(tick) + late_ns, round((tick - found[0]) * 1000 / 30) + 67, False, 1000, 1000 + tick
        )
        for tick in found
    ]


def _account(recorded: Iterable[int], *servers: list[Picture]) -> Account:
    return reckon(_BEGAN_NS, _recorded(recorded), servers)


def test_a_tick_that_nobody_has_is_missing_everywhere() -> None:
    there = [tick for tick in range(300) if tick not in {100, 101, 102}]
    account = _account(there, _received(there), _received(there[7:]))
    assert account.missing(_due_ns(60), _due_ns(240)) == Missing((3, 3), 3, 3)
    assert account.missing(_due_ns(140), _due_ns(240)) == Missing((0, 0), 0, 0)


def test_the_second_before_a_fault_counts_too() -> None:
    there = [tick for tick in range(300) if tick != 100]
    account = _account(range(300), _received(there), _received(range(300)))
    assert account.missing(_due_ns(120), _due_ns(240)).servers == (1, 0)
    assert account.missing(_due_ns(120), _due_ns(240), 0).servers == (0, 0)


def test_each_connection_of_a_server_counts_at_its_own_place() -> None:
    anew = [*_received(range(100)), *_received(range(160, 300), connection=1)]
    account = _account(range(300), anew, _received(range(300)))
    assert account.missing(_due_ns(60), _due_ns(240)).servers == (60, 0)


def test_what_the_recording_lacks_is_placed_by_the_other_server() -> None:
    later = [*_received(range(5, 100)), *_received(range(150, 300), connection=1)]
    account = _account(range(120), later, _received(range(2, 300)))
    assert account.missing(_due_ns(180), _due_ns(300)) == Missing((0, 0), 150, 0)
    assert account.ages(0, 0, account.ended_ns) == pytest.approx([0.4] * 245, abs=0.002)


def test_what_has_nothing_in_common_with_anything_is_missing() -> None:
    strange = [Picture(1, _due_ns(tick), tick, False, 1000, -tick) for tick in range(150, 300)]
    account = _account(range(300), [*_received(range(150)), *strange], _received(range(300)))
    assert account.missing(_due_ns(60), _due_ns(300)).servers == (150, 0)


def test_pictures_that_look_the_same_do_not_mislead() -> None:
    """As those of a slate: a whole second of them, again and again."""
    kept = [Kept(tick / 30, 7 + tick % 30 if 60 <= tick < 240 else 1000 + tick) for tick in range(300)]
    server = [
        Picture(0, _due_ns(tick), round(tick * 1000 / 30), False, 1000, kept[tick].digest) for tick in range(90, 300)
    ]
    account = reckon(_BEGAN_NS, kept, [server, server])
    assert account.missing(_due_ns(130), _due_ns(300)) == Missing((0, 0), 0, 0)


def test_a_new_connection_on_which_all_is_old_is_not_fresh() -> None:
    steady = _received(range(90))
    old = _received(range(90, 150), connection=1, late_ns=3_000_000_000)
    late = _received(range(150, 200), connection=1, late_ns=1_200_000_000)
    again = [
        Picture(1, one.arrived_ns, 67 + round(at * 1000 / 30), False, 1000, one.digest)
        for at, one in enumerate([*old, *late])
    ]
    account = _account(range(300), [*steady, *again], _received(range(300)))
    at_ns, fault_ns = _due_ns(105), _due_ns(88)
    fresh_s = account.fresh_after(0, at_ns, fault_ns)
    assert fresh_s == pytest.approx((late[0].arrived_ns - at_ns) / 1e9)
    assert account.fresh_after(0, at_ns, fault_ns, most_s=0.5) is None
    assert account.usual_age_s(0, 0, fault_ns) == pytest.approx(0.4, abs=0.002)


def test_what_a_server_got_and_the_recording_did_not_is_told() -> None:
    again = [*_received(range(100)), *_received(range(160, 200), connection=1)]
    account = _account([*range(90), *range(165, 200)], again, again)
    assert account.unrecorded([1, 1]) == 5
    assert account.unrecorded([0, 0]) == 15


def test_after_a_gap_the_last_place_to_begin_counts() -> None:
    one = [*_received(range(60)), *_received(range(100, 200), connection=1)]
    two = [*_received(range(60)), *_received(range(104, 200), connection=1)]
    account = _account([*range(60), *range(100, 200)], one, two)
    assert account.resumed_ns(_due_ns(60.5)) == pytest.approx(_due_ns(104), abs=2_000_000)
    with pytest.raises(AssertionError, match="no picture of afterwards"):
        account.resumed_ns(_due_ns(200))
