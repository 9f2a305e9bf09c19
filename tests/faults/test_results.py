from __future__ import annotations

from studio.bench.result import judged, unmeasured
from tests.faults.results import back, holds, is_amiss, lost, timed


def test_what_took_too_long_is_missed_and_yet_nothing_is_amiss() -> None:
    late = back("a", "again", [2.0, 9.0], 3, 30)
    assert (late.value, late.ok, is_amiss(late)) == (9.0, False, False)
    assert timed("a", "stale", 9.0, 1).ok is False


def test_what_never_came_is_missed_and_amiss() -> None:
    never = back("a", "again", [2.0, None], 60, 30)
    assert (never.value, never.ok, is_amiss(never)) == (30.0, False, True)
    assert "never" in never.detail


def test_words_of_what_is_wrong_make_a_row_missed_and_amiss() -> None:
    for one in (
        back("a", "again", [1.0], 3, 30, failures=["no keeper"]),
        timed("a", "stale", 0.5, 1, failures=["no slate"]),
        lost("a", "frames", [0], failures=["another engine"]),
        holds("a", "rest", ["it is off"]),
    ):
        assert one.ok is False
        assert is_amiss(one)
        assert one.detail


def test_what_was_never_made_is_lost_but_not_amiss() -> None:
    counts = lost("a", "frames", [3, 3], skipped=3)
    assert (counts.value, counts.ok, is_amiss(counts)) == (6.0, False, False)
    assert is_amiss(lost("a", "frames", [3, 4], skipped=3))
    assert lost("a", "frames", [0, 0]).ok


def test_what_was_not_measured_or_exceeds_a_bar_that_is_no_time_is_amiss() -> None:
    assert is_amiss(unmeasured("a", "frames", "needs root"))
    assert is_amiss(judged("a", "gap", 30, "ms", bound=25))
    assert not is_amiss(judged("a", "gap", 22, "ms", bound=25))
