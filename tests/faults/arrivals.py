"""What arrived at a server, and when: the reckoning. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

FPS = 30
_SHIFT = 90  # ticks: a server is met later than the recording begins


@dataclass(frozen=True, slots=True)
class Picture:
    """One coded picture as a server took it.

    Attributes:
        connection: counts the publishes of its key, from 0.
        arrived_ns: when the server had it whole, monotonic.
        pts_ms: when it is to be shown, since the publish began.
        key: whether it can be decoded by itself.
        size: bytes.
    """

    connection: int
    arrived_ns: int
    pts_ms: int
    key: bool
    size: int


def ticks(times_s: Iterable[float]) -> set[int]:
    """The feed's ticks that these times of pictures, in seconds, stand for."""
    return {round(one * FPS) for one in times_s}


def lost_each(places: Sequence[set[int]], since_tick: int, until_tick: int) -> list[int]:
    """For each place, how many ticks it has no picture of although another has one, in that time.

    So a tick that the feed itself skipped counts nowhere. Each place may have begun to count some ticks earlier or
    later than the others. The time is in the first place's ticks.
    """
    first = places[0]
    aligned = [_later(place, shift(first, place)) for place in places]
    whole = {tick for place in aligned for tick in place if since_tick <= tick <= until_tick}
    return [len(whole - place) for place in aligned]


def _later(place: set[int], by: int) -> set[int]:
    return {tick + by for tick in place}


def shift(one: set[int], other: set[int]) -> int:
    """How many ticks later the other began to count: what makes most of their ticks meet; the least such."""
    return max(sorted(range(-_SHIFT, _SHIFT + 1), key=abs), key=lambda by: len(one & _later(other, by)))


def first_since(pictures: Sequence[Picture], since_ns: int, connection: int = 0) -> Picture | None:
    """The first that arrived after that time on that connection or a later one."""
    return next((one for one in pictures if one.arrived_ns > since_ns and one.connection >= connection), None)


def longest_gap_s(pictures: Sequence[Picture], since_ns: int, until_ns: int) -> float:
    """The longest time without a picture, of those that end in that time."""
    gaps = (
        later.arrived_ns - sooner.arrived_ns
        for sooner, later in pairwise(pictures)
        if since_ns <= later.arrived_ns <= until_ns
    )
    return max(gaps, default=0) / 1e9


def ages(pictures: Sequence[Picture]) -> list[tuple[Picture, float]]:
    """Each picture with its age on arrival in seconds, beyond the least age of its connection.

    What the encoder holds back is in every age, so it is in the least one too, and not counted.
    """
    found = []
    for connection in by_connection(pictures):
        begun = [one.arrived_ns - one.pts_ms * 1_000_000 for one in connection]
        least = min(begun)
        found += [(one, (at - least) / 1e9) for one, at in zip(connection, begun, strict=True)]
    return found


def first_fresh(pictures: Sequence[Picture], since_ns: int, most_s: float = 1.0) -> Picture | None:
    """The first that arrived after that time and was not older than `most_s`."""
    return next((one for one, age in ages(pictures) if one.arrived_ns > since_ns and age <= most_s), None)


def kbps(pictures: Sequence[Picture], since_ns: int, until_ns: int) -> float:
    """The rate at which pictures arrived in that time."""
    bits = sum(one.size * 8 for one in pictures if since_ns <= one.arrived_ns < until_ns)
    return bits / max(1, until_ns - since_ns) * 1e6


def by_connection(pictures: Sequence[Picture]) -> Iterator[list[Picture]]:
    for _, group in groupby(pictures, key=lambda one: one.connection):
        yield list(group)
