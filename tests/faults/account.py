"""The account of a show: each picture, at each server and in the recording, by the tick it was composed at. Pure.

A server counts time from its connection's first picture, and nothing outside the studio tells which tick that was.
But the coded bytes are the same everywhere, so the recording, which begins with the show's first tick, tells it; and
what the recording lacks, the other server may. Ticks lie on a grid: one that nobody has is missing all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tests.faults.arrivals import FPS, Picture

_BEFORE_NS = 1_000_000_000  # what was on its way when a fault came may be lost by it too
_NEAR_MS = 40  # what two pictures of one connection may differ by, were they placed one by one


@dataclass(frozen=True, slots=True)
class Kept:
    """A picture of the recording, by the show's time in seconds."""

    show_s: float
    digest: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A picture that a server took, by the show's time in seconds."""

    picture: Picture
    show_s: float


@dataclass(frozen=True, slots=True)
class Missing:
    """How many ticks of a time are missing at each server and in the recording, and how many in all three."""

    servers: tuple[int, ...]
    recording: int
    everywhere: int


@dataclass(frozen=True, slots=True)
class Account:
    """What a show came to. `started_ns`: when its first tick was due, monotonic."""

    started_ns: int
    recorded: Sequence[Kept]
    servers: Sequence[Sequence[Placed]]

    @property
    def ended_ns(self) -> int:
        """After the last arrival."""
        return max((one.picture.arrived_ns for server in self.servers for one in server), default=0) + 1

    def missing(self, since_ns: int, until_ns: int, before_ns: int = _BEFORE_NS) -> Missing:
        """Of all ticks that were due in that time, and so long before it."""
        whole = set(range(self._tick(since_ns - before_ns), self._tick(until_ns)))
        recorded = {round(one.show_s * FPS) for one in self.recorded}
        received = [{round(one.show_s * FPS) for one in server} for server in self.servers]
        return Missing(
            tuple(len(whole - one) for one in received),
            len(whole - recorded),
            len(whole.difference(recorded, *received)),
        )

    def resumed_ns(self, at_ns: int) -> int:
        """When the tick was due from which on every place had pictures again; raises AssertionError: one never has.

        Of ticks that were due after that time.
        """
        after_s = (at_ns - self.started_ns) / 1e9
        places = [[one.show_s for one in server] for server in self.servers]
        firsts = []
        for place in (*places, [one.show_s for one in self.recorded]):
            later = [one for one in place if one > after_s]
            assert later, "a server or the recording has no picture of afterwards"
            firsts.append(min(later))
        return self.started_ns + round(max(firsts) * 1e9)

    def ages(self, server: int, since_ns: int, until_ns: int) -> list[float]:
        """Of each picture that arrived in that time: when it arrived less when its tick was due, in seconds."""
        return [self._age_s(one) for one in self.servers[server] if since_ns <= one.picture.arrived_ns < until_ns]

    def usual_age_s(self, server: int, since_ns: int, until_ns: int) -> float:
        """The median age of what arrived in that time; 0: nothing did."""
        found = self.ages(server, since_ns, until_ns)
        return median(found) if found else 0.0

    def fresh_after(self, server: int, at_ns: int, fault_ns: int, most_s: float = 1.0) -> float | None:
        """Seconds from `at_ns` to the next picture there that is at most so much older than usual; None: none is.

        `fault_ns`: before it nothing was wrong; what the encoder holds back is in every age.
        """
        most_s += self.usual_age_s(server, 0, fault_ns)
        for one in self.servers[server]:
            if one.picture.arrived_ns > at_ns and self._age_s(one) <= most_s:
                return (one.picture.arrived_ns - at_ns) / 1e9
        return None

    def unrecorded(self, connections: Sequence[int]) -> int:
        """How many pictures that a server got on that connection of its, or a later one, are not in the recording."""
        recorded = {one.digest for one in self.recorded}
        got = {
            one.picture.digest
            for server, first in zip(self.servers, connections, strict=True)
            for one in server
            if one.picture.connection >= first
        }
        return len(got - recorded)

    def _age_s(self, one: Placed) -> float:
        return (one.picture.arrived_ns - self.started_ns) / 1e9 - one.show_s

    def _tick(self, at_ns: int) -> int:
        """The first tick that is due then or later."""
        return max(0, -((self.started_ns - at_ns) * FPS // 10**9))


def reckon(started_ns: int, recorded: Sequence[Kept], servers: Sequence[Sequence[Picture]]) -> Account:
    """Place every picture. The recording's first is that of the show's first tick.

    A connection that has nothing in common with the recording, nor with a connection that has, has no place: what it
    brought is missing.
    """
    begin_s = recorded[0].show_s if recorded else 0.0
    kept = [Kept(one.show_s - begin_s, one.digest) for one in recorded]
    # The slate's pictures may repeat each other to the byte: they tell no time.
    known = _alone(kept)
    waiting: dict[tuple[int, int], list[Picture]] = {}
    for number, server in enumerate(servers):
        for one in server:
            waiting.setdefault((number, one.connection), []).append(one)
    placed: dict[tuple[int, int], list[Placed]] = {}
    while found := {key: at for key, group in waiting.items() if (at := _begin_s(group, known)) is not None}:
        for key, at_s in found.items():
            placed[key] = [Placed(one, at_s + one.pts_ms / 1000) for one in waiting.pop(key)]
            known = _alone([Kept(one.show_s, one.picture.digest) for one in placed[key]]) | known
    return Account(
        started_ns,
        kept,
        [
            [one for key in sorted(placed) if key[0] == number for one in placed[key]]
            for number in range(len(servers))
        ],
    )


def _begin_s(connection: Sequence[Picture], known: dict[int, float]) -> float | None:
    """The show's time at a connection's beginning, as most of its known pictures say; None: none is known."""
    said = [known[one.digest] - one.pts_ms / 1000 for one in connection if one.digest in known]
    if not said:
        return None
    middle = median(said)
    near = [one for one in said if abs(one - middle) * 1000 <= _NEAR_MS]
    return sum(near) / len(near) if len(near) * 2 > len(said) else None


def _alone(kept: Sequence[Kept]) -> dict[int, float]:
    """The show's time by picture, of those that no other is the same as."""
    often = Counter(one.digest for one in kept)
    return {one.digest: one.show_s for one in kept if often[one.digest] == 1}
