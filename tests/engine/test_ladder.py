"""When a feed moves to a cheaper preset, and when back."""

from __future__ import annotations

import pytest

from studio.engine.ladder import Ladder

S = 1_000_000_000
INTERVAL_MS = 1000 / 30
RUNGS = ("veryfast", "superfast", "ultrafast")


class Run:
    """A feed that is looked at twenty times a second, and whose encoder follows at once."""

    def __init__(self, rungs: tuple[str, ...] = RUNGS) -> None:
        self.ladder = Ladder(rungs, INTERVAL_MS)
        self.now_ns = 10**15
        self.skipped = 0
        self.actual = rungs[0]
        self.look(4, 10.0)  # on air for a while

    def look(self, seconds: float, p95_ms: float, *, follows: bool = True) -> str:
        for _ in range(round(seconds * 20)):
            self.now_ns += S // 20
            rung = self.ladder.judge(self.now_ns, skipped=self.skipped, tick_ms_p95=p95_ms, actual=self.actual)
            if follows:
                self.actual = rung
        return self.ladder.rung

    def skip(self, after_s: float = 0.0, p95_ms: float = 10.0) -> str:
        self.look(after_s, p95_ms)
        self.skipped += 1
        return self.look(0.05, p95_ms)


def test_ticks_that_fill_their_interval_move_it_one_rung_down() -> None:
    run = Run()
    assert run.look(0.05, INTERVAL_MS * 0.96) == "superfast"
    assert run.look(2.5, INTERVAL_MS * 0.96) == "superfast", "the numbers still tell of the old preset"
    assert run.look(1, INTERVAL_MS * 0.96) == "ultrafast"
    assert run.look(60, INTERVAL_MS * 0.96) == "ultrafast", "there is none below"
    assert run.ladder.stuck(run.now_ns)


def test_ticks_that_nearly_fill_it_do_not() -> None:
    assert Run().look(60, INTERVAL_MS * 0.94) == "veryfast"


def test_one_skip_is_no_overload() -> None:
    run = Run()
    run.skipped += 9
    assert run.look(1, 10.0) == "veryfast"
    assert run.skip(after_s=5) == "veryfast", "the next one long after"


def test_skips_at_two_moments_are() -> None:
    run = Run()
    assert run.skip() == "veryfast"
    assert run.skip() == "veryfast", "the same moment"
    assert run.skip(after_s=0.6) == "superfast"
    assert not run.ladder.stuck(run.now_ns)


def test_skips_while_the_encoder_has_not_followed_count_for_nothing() -> None:
    run = Run()
    run.look(0.05, 99.0, follows=False)
    for _ in range(10):
        run.skipped += 1
        run.look(0.5, 99.0, follows=False)
    assert run.ladder.rung == "superfast"


def test_it_climbs_when_there_has_been_room_for_half_a_minute() -> None:
    run = Run()
    run.look(0.05, 40.0)
    assert run.look(30, 10.0) == "superfast"
    assert run.look(5, 10.0) == "veryfast"
    assert run.look(600, 10.0) == "veryfast", "never above the chosen one"


def test_room_means_room_for_the_rung_above() -> None:
    run = Run()
    run.look(0.05, 40.0)
    assert run.look(600, INTERVAL_MS * 0.55) == "superfast", "1.65 times that would fill the interval"
    assert run.look(40, INTERVAL_MS * 0.45) == "veryfast"


def test_a_skip_begins_the_wait_anew() -> None:
    run = Run()
    run.look(0.05, 40.0)
    run.look(25, 10.0)
    run.skip()
    assert run.look(25, 10.0) == "superfast"
    assert run.look(10, 10.0) == "veryfast"


def test_who_falls_soon_after_a_climb_waits_longer_each_time() -> None:
    run = Run()
    run.look(0.05, 40.0)
    waits: list[int] = []
    for _ in range(6):
        before = run.now_ns
        while run.ladder.rung != "veryfast":
            run.look(1, 10.0)
        waits.append((run.now_ns - before) // S)
        while run.ladder.rung != "superfast":
            run.look(1, 40.0)
    assert waits[0] < 40
    assert all(60 <= b <= 500 for b in waits[1:])
    assert waits == sorted(waits)
    run.look(33 + 480, 10.0)
    assert run.ladder.rung == "veryfast"
    run.look(120, 10.0)
    run.look(0.05, 40.0)
    assert run.look(35, 10.0) == "veryfast", "a climb that has lasted is forgotten"


def test_a_named_preset_is_kept_and_its_overload_told() -> None:
    run = Run(("faster",))
    assert run.look(10, 99.0) == "faster"
    assert run.ladder.stuck(run.now_ns)
    run.look(11, 10.0)
    assert not run.ladder.stuck(run.now_ns)


@pytest.mark.parametrize("rung", ["superfast", "ultrafast"])
def test_a_rung_that_cannot_be_used_is_left_out(rung: str) -> None:
    run = Run()
    while run.ladder.rung != rung:
        run.look(0.05, 40.0)
    run.ladder.leave_out(rung)
    assert run.ladder.rung == RUNGS[RUNGS.index(rung) - 1]
    assert rung not in {run.look(5, 40.0) for _ in range(5)}
