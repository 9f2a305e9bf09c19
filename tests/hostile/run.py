"""Throws so many inputs at one door, in rounds, and looks at what is left behind."""

from __future__ import annotations

import faulthandler
import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, Phase, given, seed, settings

from studio.media.clock import Clock
from tests.hostile.limits import Held, Noted, Watch
from tests.hostile.target import Target

_ROUND = 2_000  # examples: hypothesis remembers those of one round, and gets slow
_CLOSING_S = 120.0

_SLOW_S = 5.0  # of reckoning, for one input
_GROWN_MB = 20.0
_PEAK_MB = 300.0
_HANDLES = _THREADS = 2
_FOLDER_MB = 20.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `left`: what the process held at its end beyond what it held after the first inputs.

    `failure`: empty where all was well; it names the file that holds the input.
    """

    name: str
    inputs: int
    seconds: float
    slowest_s: float
    slowest_cpu_s: float
    left: Held
    failure: str = ""

    @property
    def problem(self) -> str:
        """What is wrong; empty: nothing."""
        grown = self.left
        bounds = (
            (self.slowest_cpu_s, _SLOW_S, "s for one input"),
            # Both: what was given back to the system and is taken again is no growth.
            (min(grown.rss_mb, grown.peak_mb), _GROWN_MB, "MB grown"),
            (grown.peak_mb, _PEAK_MB, "MB at the peak"),
            (grown.handles, _HANDLES, "handles left open"),
            (grown.threads, _THREADS, "threads left"),
            (grown.folder_mb, _FOLDER_MB, "MB of files"),
        )
        return self.failure or "; ".join(f"{value:.0f} {what}" for value, bound, what in bounds if value > bound)


def assail(
    name: str,
    target: Target,
    inputs: int,
    clock: Clock,
    findings: Path,
    *,
    first_seed: int = 0,
    noted: Noted | None = None,
    patience_s: float = 0,
) -> Outcome:
    """Throw at least so many inputs at a door; stops at the first that it does not take, and keeps that one."""
    began_ns, failure = clock.now_ns(), ""
    with tempfile.TemporaryDirectory(prefix="benchcast-hostile-") as folder, target.door(Path(folder)) as probe:
        watch = Watch(probe, Path(folder), inputs, clock, noted=noted, patience_s=patience_s)
        number = 0
        while watch.inputs < inputs and not failure:
            run = settings(
                max_examples=min(_ROUND, inputs - watch.inputs),
                database=None,
                deadline=None,
                report_multiple_bugs=False,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
            )
            try:
                seed(first_seed + number)(run(given(data=target.inputs)(_test_of(watch))))()
            except Exception as error:  # noqa: BLE001 - whatever comes out is the finding
                said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
                failure = f"{said} ({kept(findings, name, watch.last)})"
            number += 1
        left = watch.left()
        if patience_s:
            faulthandler.dump_traceback_later(_CLOSING_S, exit=True)
    if patience_s:
        faulthandler.cancel_dump_traceback_later()
    return Outcome(
        name=name,
        inputs=watch.inputs,
        seconds=(clock.now_ns() - began_ns) / 1e9,
        slowest_s=watch.slowest_ns / 1e9,
        slowest_cpu_s=watch.slowest_cpu_ns / 1e9,
        left=left,
        failure=failure,
    )


def kept(findings: Path, name: str, data: bytes) -> Path:
    """Write an input down whole; where."""
    findings.mkdir(parents=True, exist_ok=True)
    path = findings / f"{name}-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path


def told(outcome: Outcome) -> bytes:
    return msgspec.json.encode(outcome)


def heard(line: bytes | str) -> Outcome:
    return msgspec.json.decode(line, type=Outcome)


def _test_of(watch: Watch) -> Callable[[bytes], None]:
    """As a function: hypothesis wants one to dress."""

    def takes(data: bytes) -> None:
        watch(data)

    return takes
