"""The heart beats as its feeds tick, and tells of a sleep."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from studio.engine.feed import FeedThread
from studio.engine.heart import TURN_NS, Heart
from studio.media.clock import SystemClock
from studio.show.beat import read_beat
from tests.services.waiting import wait_for

CLOCK = SystemClock()
S = 1_000_000_000


@dataclass
class Ticking:
    """As much of a feed's thread as the heart looks at."""

    position_ns: int = 0


class Body:
    def __init__(self, path: Path) -> None:
        self.path, self.epoch_ns = path, CLOCK.now_ns()
        self.naps: list[int] = []
        self.heart = Heart(path, CLOCK, self.epoch_ns, self.naps.append)
        self.heart.start()

    def follow(self, *feeds: Ticking) -> None:
        self.heart.follow(cast("FeedThread", one) for one in feeds)

    def ticked_ns(self) -> int:
        beat = read_beat(self.path)
        return beat.ticked_ns if beat is not None else 0


@pytest.fixture
def body(tmp_path: Path) -> Iterator[Body]:
    body = Body(tmp_path / "engine.beat")
    yield body
    body.heart.stop()


def test_without_feeds_it_beats_by_itself(body: Body) -> None:
    first = wait_for(body.ticked_ns, 10)
    wait_for(lambda: body.ticked_ns() > first, 10)
    beat = read_beat(body.path)
    assert beat is not None
    assert beat.pid == os.getpid()


def test_it_tells_of_the_feed_that_is_furthest_behind(body: Body) -> None:
    quick, slow = Ticking(3600 * S), Ticking(1800 * S)
    body.follow(quick, slow)
    wait_for(lambda: body.ticked_ns() == body.epoch_ns + 1800 * S, 10)
    slow.position_ns = 1801 * S
    wait_for(lambda: body.ticked_ns() == body.epoch_ns + 1801 * S, 10)


def test_a_feed_that_has_not_ticked_yet_counts_from_its_beginning(body: Body) -> None:
    began_ns = CLOCK.now_ns()
    body.follow(Ticking())
    after_ns = CLOCK.now_ns()
    wait_for(lambda: began_ns <= body.ticked_ns() <= after_ns, 10)


def test_it_stands_still_when_the_control_loop_does(monkeypatch: pytest.MonkeyPatch, body: Body) -> None:
    """Pictures that nobody can end are no sign of life."""
    assert TURN_NS >= 20 * S, "closing a show, and loading fonts from a cold disk, take their time"
    monkeypatch.setattr("studio.engine.heart.TURN_NS", 0)
    body.heart.turned()
    after_ns = CLOCK.now_ns()
    body.follow(Ticking(3600 * S))
    stuck_ns = wait_for(lambda: body.ticked_ns() if body.ticked_ns() <= after_ns else 0, 10)
    body.heart.turned()
    wait_for(lambda: stuck_ns < after_ns < body.ticked_ns() < after_ns + 1800 * S, 10)


def test_a_control_loop_that_slept_has_its_time_again(monkeypatch: pytest.MonkeyPatch, body: Body) -> None:
    monkeypatch.setattr("studio.engine.heart.TURN_NS", 0)
    body.heart.turned()
    after_ns = CLOCK.now_ns()
    body.follow(Ticking(3600 * S))
    wait_for(lambda: 0 < body.ticked_ns() <= after_ns, 10)
    monkeypatch.setattr("studio.engine.heart.asleep_ns", lambda: 30 * S)
    wait_for(lambda: body.ticked_ns() > after_ns, 10)


def test_a_sleep_is_told_once(monkeypatch: pytest.MonkeyPatch, body: Body) -> None:
    wait_for(body.ticked_ns, 10)
    monkeypatch.setattr("studio.engine.heart.asleep_ns", lambda: 30 * S)
    (nap,) = wait_for(lambda: body.naps, 10)
    assert nap >= 29 * S
    at = body.ticked_ns()
    wait_for(lambda: body.ticked_ns() > at, 10)
    assert len(body.naps) == 1
