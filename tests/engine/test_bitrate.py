"""How the rate of a feed follows what its network takes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest

from studio.engine.bitrate import Bitrate, Link, Low
from studio.outputs.meters import RateMeter

S = 1_000_000_000
START_NS = 10**15
CEILING, AUDIO = 4500, 128
KERNEL = 32 * 8.192  # kilobits: 32 KiB wait there unseen


class Line:
    """A model of a feed, its encoder and the links of its destinations, in steps of 50 ms.

    The encoder gives its pictures 0.5 s after they were taken; a fall is encoded at once, a climb from the next key
    frame on. A kernel takes at once what it has room for. `ages` are those of the oldest that waits, of the best
    destination.
    """

    def __init__(self, *takes: Callable[[float], float], ceiling: int = CEILING) -> None:
        self.plan = Bitrate(ceiling, AUDIO)
        self.t = 0.0
        self.rates: list[tuple[float, int]] = []
        self.ages: list[tuple[float, float]] = []
        self.afresh: list[float] = []
        self._takes = takes
        self._queues: list[deque[tuple[float, float]]] = [deque() for _ in takes]
        self._lows = [Low() for _ in takes]
        self._meters = [RateMeter() for _ in takes]
        self._kernels = [0.0 for _ in takes]  # kilobits
        self._last = [0.0 for _ in takes]  # when it last took something
        self._left_out = 0  # steps of the old encoder that wait for no key frame
        self._held = deque([float(ceiling)] * 10)  # in the encoder
        self._actual = ceiling

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 20)):
            self._step()

    def rate_at(self, t: float) -> int:
        return next(rate for at, rate in reversed(self.rates) if at <= t)

    def mean_rate(self, begin: float, end: float) -> float:
        rates = [rate for at, rate in self.rates if begin <= at < end]
        return sum(rates) / len(rates)

    def worst_age(self, since: float = 0.0) -> float:
        return max(age for at, age in self.ages if at >= since)

    def _step(self) -> None:
        self.t = round(self.t + 0.05, 2)
        self._held.append(float(self._actual))
        kilobits = (self._held.popleft() + AUDIO) * 0.05
        now_ns = START_NS + round(self.t * S)
        links, oldest = [], []
        for number, (queue, take, low) in enumerate(zip(self._queues, self._takes, self._lows, strict=True)):
            if not self._left_out:
                queue.append((self.t, kilobits))
            left = max(0.0, self._kernels[number] - take(self.t) * 0.05)
            taken = _send(queue, KERNEL - left)
            self._kernels[number] = left + taken
            if taken:
                self._meters[number].add(round(taken * 125), now_ns)
            age = self.t - queue[0][0] if queue else 0.0
            oldest.append(age)
            if self.t - self._last[number] < 2 or taken:  # else it is stalled
                links.append(Link(low.add(now_ns, round(age * 1000)), self._meters[number].taking_kbps(now_ns)))
            if taken:
                self._last[number] = self.t
        self.ages.append((self.t, min(oldest)))
        self._left_out = max(0, self._left_out - 1)
        verdict = self.plan.judge(START_NS + round(self.t * S), links, self._actual)
        self.rates.append((self.t, verdict.kbps))
        if verdict.kbps < self._actual or self.t % 2 < 0.01:
            self._actual = verdict.kbps
        if verdict.afresh:
            self.afresh.append(self.t)
            self._left_out = len(self._held)
            for queue in self._queues:
                queue.clear()


def _send(queue: deque[tuple[float, float]], most: float) -> float:
    left = most
    while queue and left > 0:
        at, kilobits = queue.popleft()
        if kilobits > left:
            queue.appendleft((at, kilobits - left))
        left -= min(kilobits, left)
    return most - left


def _steady(kbps: float) -> Callable[[float], float]:
    return lambda _: kbps


def _dip(kbps: float, begin: float = 10, end: float = 70) -> Callable[[float], float]:
    return lambda t: kbps if begin <= t < end else 10_000


def test_a_network_with_room_is_given_what_the_person_asked_for() -> None:
    line = Line(_steady(10_000))
    line.run(60)
    assert {rate for _, rate in line.rates} == {CEILING}
    assert not line.afresh


@pytest.mark.parametrize("kbps", [450, 600, 1200, 2500, 4000])
def test_a_thin_link_is_followed_down_and_up(kbps: int) -> None:
    line = Line(_dip(kbps))
    line.run(120)
    if kbps <= 2500:
        assert line.rate_at(12) < CEILING, "within two seconds"
    assert line.worst_age() <= 2.0
    assert kbps * 0.6 <= line.mean_rate(20, 70) + AUDIO <= kbps * 1.02, "probes included"
    assert line.rate_at(100) == CEILING, "all of it, half a minute after there is room again"


def test_two_destinations_on_one_link_fall_together() -> None:
    line = Line(_dip(600), _dip(600))
    line.run(110)
    assert line.mean_rate(20, 70) + AUDIO <= 600 * 1.02
    assert line.worst_age() <= 2.0
    assert line.rate_at(100) == CEILING


def test_one_slow_destination_among_two_moves_nothing() -> None:
    line = Line(_dip(600), _steady(10_000))
    line.run(60)
    assert {rate for _, rate in line.rates} == {CEILING}


def test_of_two_slow_ones_the_faster_sets_the_rate() -> None:
    line = Line(_dip(2500), _dip(600))
    line.run(30)
    assert 1000 <= line.rate_at(29) <= 2500 * 1.6


def test_a_probe_that_fails_is_not_repeated_at_once() -> None:
    line = Line(_dip(1200, end=1000))
    line.run(130)
    falls = [at for (_, before), (at, after) in zip(line.rates, line.rates[1:], strict=False) if after < before]
    assert len([at for at in falls if at > 30]) <= 12, "in 100 s"
    assert line.worst_age(since=20) <= 1.5


def test_pictures_that_wait_are_left_out_where_the_rate_falls_far() -> None:
    far, little = Line(_dip(900)), Line(_dip(4000))
    far.run(20)
    little.run(30)
    assert far.afresh
    assert not little.afresh


def test_the_rate_has_a_floor() -> None:
    line = Line(_dip(100))
    line.run(60)
    assert min(rate for _, rate in line.rates) == 300
    low = Line(_dip(100), ceiling=200)
    low.run(60)
    assert {rate for _, rate in low.rates} == {200}, "which is never above the person's number"


@pytest.mark.parametrize("seconds", [0.5, 1, 2, 5, 20])
def test_a_link_that_is_cut_says_nothing_about_its_rate(seconds: float) -> None:
    line = Line(_dip(0, 10, 10 + seconds))
    line.run(10 + seconds)
    assert {rate for _, rate in line.rates} == {CEILING}


def test_one_that_is_cut_beside_one_that_is_slow_leaves_that_to_set_the_rate() -> None:
    line = Line(_dip(0), _dip(1200))
    line.run(14)
    assert 1200 * 0.4 <= line.rate_at(13) + AUDIO <= 1200


def test_an_outage_of_a_thin_network_is_recorded_at_the_whole_rate() -> None:
    """And who comes back from it begins with what the network took before."""
    plan = Bitrate(CEILING, AUDIO)
    for number in range(-6, 1):
        plan.judge(START_NS + number * S // 20, [Link(500, 1000)], CEILING)
    low = plan.kbps
    assert low < CEILING
    for number in range(1, 60):
        assert plan.judge(START_NS + number * S // 20, [Link(500, 0)] if number < 40 else [], low).kbps == low
    for number in range(62, 200):
        assert plan.judge(START_NS + number * S // 20, [], CEILING).kbps == CEILING
    assert plan.judge(START_NS + 10 * S, [Link(0, 100)], CEILING).kbps == low
    assert plan.judge(START_NS + 10 * S + S // 20, [Link(0, 100)], CEILING).kbps == low


def test_the_first_fall_is_not_misled_by_what_fills_the_kernel() -> None:
    line = Line(_dip(1200))
    line.run(12)
    first = next(rate for at, rate in line.rates if rate < CEILING)
    assert first == pytest.approx(1200 * 0.8 - AUDIO, abs=60)


def test_it_does_not_climb_before_the_encoder_has_followed() -> None:
    plan = Bitrate(CEILING, AUDIO)
    now_ns = START_NS
    for number in range(-6, 1):
        plan.judge(now_ns + number * S // 20, [Link(500, 1000)], CEILING)
    low = plan.kbps
    assert low < CEILING
    for number in range(1200):
        plan.judge(now_ns + number * S // 20, [Link(0, 1000)], CEILING)
    assert plan.kbps == low


def test_key_frames_pass_and_a_slow_network_stays() -> None:
    low = Low()
    found = [low.add(START_NS + number * S // 20, 900 if number % 20 < 9 else 0) for number in range(100)]
    assert set(found) == {0}
    found = [low.add(START_NS + number * S // 20, 50 * (number - 90)) for number in range(100, 120)]
    assert found[:9] == [0] * 9
    assert found[-1] == 50 * 19
