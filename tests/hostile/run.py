"""Throws so many inputs at one door, in rounds, and looks at what is left behind."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from hypothesis import HealthCheck, Phase, given, seed, settings

from studio.media.clock import Clock
from tests.hostile.targets import TARGETS, Probe, door

_ROUND = 2_000  # examples: hypothesis remembers those of one round, and gets slow
_WARM = 2  # rounds before memory counts


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `grown_mb`: of this process, after the first rounds. `failure`: empty where all was well."""

    name: str
    inputs: int
    seconds: float
    slowest_s: float
    grown_mb: float
    failure: str


class _Counted:
    """Counts and times every input that a probe takes, those that hypothesis tries again included."""

    def __init__(self, probe: Probe, clock: Clock) -> None:
        self._probe, self._clock = probe, clock
        self.inputs, self.slowest_ns = 0, 0
        self.last = b""

    def __call__(self, data: bytes) -> None:
        self.last = data
        self.inputs += 1
        began_ns = self._clock.now_ns()
        self._probe(data)
        self.slowest_ns = max(self.slowest_ns, self._clock.now_ns() - began_ns)


def assail(name: str, inputs: int, clock: Clock, first_seed: int = 0) -> Outcome:
    """Throw at least so many inputs at a door; stops at the first that it does not take."""
    target = TARGETS[name]
    began_ns, settled_mb, failure = clock.now_ns(), 0.0, ""
    with tempfile.TemporaryDirectory(prefix="benchcast-hostile-") as folder, door(name, Path(folder)) as probe:
        counted = _Counted(probe, clock)
        number = 0
        while counted.inputs < inputs and not failure:
            run = settings(
                max_examples=min(_ROUND, inputs - counted.inputs),
                database=None,
                deadline=None,
                report_multiple_bugs=False,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
            )
            try:
                seed(first_seed + number)(run(given(data=target.inputs)(_test_of(counted))))()
            except Exception as error:  # noqa: BLE001 - whatever comes out is the finding
                failure = f"{type(error).__name__}: {error}: {counted.last[:200]!r}"
            number += 1
            if number == _WARM:
                settled_mb = _rss_mb()
    return Outcome(
        name=name,
        inputs=counted.inputs,
        seconds=(clock.now_ns() - began_ns) / 1e9,
        slowest_s=counted.slowest_ns / 1e9,
        grown_mb=_rss_mb() - settled_mb if settled_mb else 0.0,
        failure=failure,
    )


def _test_of(counted: _Counted) -> Callable[[bytes], None]:
    """As a function: hypothesis wants one to dress."""

    def takes(data: bytes) -> None:
        counted(data)

    return takes


def _rss_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6
