"""What is looked at every ten seconds of a long show, and the bars that it is held to. Pure but for `take`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import psutil

from studio.bench import procfs
from studio.bench.result import Result, judged
from studio.show.status import Status

SETTLED_S = 600.0  # the first ten minutes do not count
_FEW = 2  # handles or threads that come and go: a look-up, a command's connection


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment. RSS in MB by job of the process; handles and threads of all; `queued_ms` of the slowest place."""

    t: float
    engine_mb: float
    keeper_mb: float
    sources_mb: float
    command_mb: float
    handles: int
    threads: int
    skipped: int
    dropped: int
    queued_ms: int
    drift_ms: float
    tick_ms_p95: float


COLUMNS = [one.name for one in fields(Sample)]


def take(roles: dict[int, str], status: Status) -> Sample:
    """Read all processes of a workspace, by pid and job, and its status."""
    mb: dict[str, float] = {}
    handles = threads = 0
    for pid, role in roles.items():
        try:
            mb[role] = mb.get(role, 0.0) + procfs.memory_mb(pid)[0]
            process = psutil.Process(pid)
            handles += process.num_fds()
            threads += process.num_threads()
        except (OSError, psutil.Error):
            continue
    feed = status.feeds[0]
    return Sample(
        t=status.t,
        engine_mb=mb.get("engine", 0.0),
        keeper_mb=mb.get("keeper", 0.0),
        sources_mb=mb.get("source", 0.0),
        command_mb=mb.get("live", 0.0),
        handles=handles,
        threads=threads,
        skipped=feed.skipped,
        dropped=sum(one.dropped for one in status.destinations),
        queued_ms=max((one.queued_ms for one in status.destinations), default=0),
        drift_ms=status.audio.drift_ms,
        tick_ms_p95=feed.tick_ms_p95,
    )


def growth_percent(samples: Sequence[Sample], index_mb: float = 0.0) -> float:
    """How much all processes' memory grew after they had settled, without `index_mb` of the recording's index."""
    totals = [one.engine_mb + one.keeper_mb + one.sources_mb + one.command_mb for one in samples]
    return (_late(totals) - index_mb - _early(totals)) / _early(totals) * 100


def judge(samples: Sequence[Sample], offsets_ms: Sequence[float], index_mb: float, preset: str) -> list[Result]:
    """The bars, over what came after the first ten minutes; of a shorter show, over its second half."""
    settled = _settled(samples)
    worst = max(offsets_ms, key=abs, default=None)
    handles = [one.handles for one in settled]
    threads = [one.threads for one in settled]
    last = samples[-1]
    return [
        judged(
            "soak.av",
            f"sound against picture, worst of {len(offsets_ms)}, microphone 200 ppm fast",
            None if worst is None else abs(worst),
            "ms",
            bound=40,
            detail="" if worst is None else f"from {min(offsets_ms):+.1f} to {max(offsets_ms):+.1f} (+: sound later)",
        ),
        judged(
            "soak.rss",
            "growth of resident memory after the first ten minutes",
            growth_percent(settled, index_mb),
            "%",
            bound=5,
            detail=f"engine {settled[0].engine_mb:.0f} → {last.engine_mb:.0f} MB, "
            f"{index_mb:.1f} MB of it the recording's index",
        ),
        judged(
            "soak.handles",
            "handles more than at first",
            float(_late(handles) - _early(handles)),
            "",
            bound=_FEW,
            detail=f"{min(handles)} to {max(handles)}",
        ),
        judged(
            "soak.threads",
            "threads more than at first",
            float(_late(threads) - _early(threads)),
            "",
            bound=_FEW,
            detail=f"{min(threads)} to {max(threads)}",
        ),
        judged(
            "soak.skipped",
            f"ticks skipped in {last.t / 60:.1f} min",
            float(last.skipped),
            "ticks",
            bound=0,
            detail=f"preset {preset}, tick p95 {last.tick_ms_p95:.1f} ms",
        ),
        judged(
            "soak.dropped",
            "frames dropped",
            float(last.dropped),
            "frames",
            bound=0,
            detail=f"oldest in a queue {max(one.queued_ms for one in samples)} ms",
        ),
    ]


def _settled(samples: Sequence[Sample]) -> Sequence[Sample]:
    from_s = min(SETTLED_S, samples[-1].t / 2)
    return [one for one in samples if one.t >= from_s]


def _early(values: Sequence[float]) -> float:
    return _median(values[: max(1, len(values) // 10)])


def _late(values: Sequence[float]) -> float:
    return _median(values[-max(1, len(values) // 10) :])


def _median(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
