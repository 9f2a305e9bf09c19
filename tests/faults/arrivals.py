"""What arrived at a server, and when: the reckoning. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Protocol

FPS = 30


class Arrival(Protocol):
    """Whatever arrived, picture or sound."""

    @property
    def arrived_ns(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded picture as a server took it.

    Attributes:
        connection: counts the publishes of its key, from 0.
        arrived_ns: when the server had it whole, monotonic.
        pts_ms: when it is to be shown, since the publish began.
        key: whether it can be decoded by itself.
        size: bytes.
        digest: of its data: the same for the same packet wherever it went.
    """

    connection: int
    arrived_ns: int
    pts_ms: int
    key: bool
    size: int
    digest: int = 0


@dataclass(frozen=True, slots=True)
class Sound:
    """One coded piece of sound as a server took it; the attributes are those of a Picture."""

    connection: int
    arrived_ns: int
    pts_ms: int


def first_since(pictures: Sequence[Picture], since_ns: int, connection: int = 0) -> Picture | None:
    """The first that arrived after that time on that connection or a later one."""
    return next((one for one in pictures if one.arrived_ns > since_ns and one.connection >= connection), None)


def longest_gap_s(arrived: Sequence[Arrival], since_ns: int, until_ns: int) -> float:
    """The longest time in which nothing arrived, of those that end in that time."""
    gaps = (
        later.arrived_ns - sooner.arrived_ns
        for sooner, later in pairwise(arrived)
        if since_ns <= later.arrived_ns <= until_ns
    )
    return max(gaps, default=0) / 1e9


def longest_step_ms(sounds: Sequence[Sound]) -> int:
    """The longest step between the time stamps of two pieces that came one after the other on one connection."""
    steps = (
        later.pts_ms - sooner.pts_ms for sooner, later in pairwise(sounds) if sooner.connection == later.connection
    )
    return max(steps, default=0)


def ages(pictures: Sequence[Picture]) -> list[tuple[Picture, float]]:
    """Each picture with its age on arrival in seconds, beyond the least age of its connection.

    To be looked at while the show runs, when nothing else is known. A connection on which everything is old tells
    nothing by this: see `tests.faults.account`.
    """
    found = []
    for connection in by_connection(pictures):
        begun = [one.arrived_ns - one.pts_ms * 1_000_000 for one in connection]
        least = min(begun)
        found += [(one, (at - least) / 1e9) for one, at in zip(connection, begun, strict=True)]
    return found


def first_fresh(pictures: Sequence[Picture], since_ns: int, most_s: float = 1.0) -> Picture | None:
    """The first that arrived after that time and, as far as `ages` can tell, was not older than `most_s`."""
    return next((one for one, age in ages(pictures) if one.arrived_ns > since_ns and age <= most_s), None)


def kbps(pictures: Sequence[Picture], since_ns: int, until_ns: int) -> float:
    """The rate at which pictures arrived in that time."""
    bits = sum(one.size * 8 for one in pictures if since_ns <= one.arrived_ns < until_ns)
    return bits / max(1, until_ns - since_ns) * 1e6


def by_connection(pictures: Sequence[Picture]) -> Iterator[list[Picture]]:
    for _, group in groupby(pictures, key=lambda one: one.connection):
        yield list(group)
