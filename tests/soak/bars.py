"""The bars that a long show is held to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.bench.result import Result, judged, median, unmeasured
from tests.soak.offsets import Window
from tests.soak.samples import ROLES, Sample

SETTLED_S = 600.0  # the first ten minutes do not count
AV_MS = 40.0
PAIRS = 4  # of flash and beep, at least, in a window of five seconds
FEW = 2  # handles or threads that come and go: a look-up, a command's connection
SHARE = 0.05  # by so much may a process grow; a small one by SOME_MB, which is what an allocator keeps or gives back
SOME_MB = 2.0


@dataclass(frozen=True, slots=True)
class Watched:
    """A whole soak.

    Attributes:
        samples: of a show on air; at least one.
        asked_s: for how long it was to be watched.
        windows: what was looked at in the recording.
        wanted_windows: how many of them a whole recording has.
        index_mb: memory that the recording's index took between `middles`, measured; None: not measured.
        away: looks at which no show was on air.
    """

    samples: Sequence[Sample]
    asked_s: float
    windows: Sequence[Window]
    wanted_windows: int
    index_mb: float | None = None
    away: int = 0


def settled(samples: Sequence[Sample]) -> Sequence[Sample]:
    """What came after the first ten minutes; of a shorter show its second half."""
    from_s = min(SETTLED_S, samples[-1].t / 2)
    return [one for one in samples if one.t >= from_s]


def middles(samples: Sequence[Sample]) -> tuple[float, float]:
    """The middles, in seconds, of the two tenths between which growth is measured."""
    times = [one.t for one in settled(samples)]
    return _early(times), _late(times)


def memory_bound_mb(samples: Sequence[Sample], role: str) -> float:
    """Up to where the role's process may grow, without the index."""
    early = _early([getattr(one, f"{role}_mb") for one in settled(samples)])
    return early + max(SHARE * early, SOME_MB)


def judge(soak: Watched, preset: str) -> list[Result]:
    """Every bar."""
    return [*_sound(soak), *_memory(soak), *_counts(soak, preset)]


def _sound(soak: Watched) -> list[Result]:
    offsets = [one for window in soak.windows for one in window.offsets_ms]
    worst = max(offsets, key=abs, default=None)
    full = sum(len(window.offsets_ms) >= PAIRS for window in soak.windows)
    return [
        judged(
            "soak.av",
            f"sound against picture, worst of {len(offsets)}, microphone 200 ppm fast",
            None if worst is None else abs(worst),
            "ms",
            bound=AV_MS,
            detail="" if worst is None else f"from {min(offsets):+.1f} to {max(offsets):+.1f} (+: sound later)",
        ),
        judged(
            "soak.windows",
            f"windows of 5 s with at least {PAIRS} pairs of flash and beep",
            float(full),
            "",
            bound=max(1, soak.wanted_windows),
            at_least=True,
            detail=f"{len(soak.windows)} looked at",
        ),
    ]


def _memory(soak: Watched) -> list[Result]:
    late = settled(soak.samples)
    results = []
    for role in ROLES:
        name, what = f"soak.rss.{role}", f"growth of the {role}'s memory after the first ten minutes"
        values = [float(getattr(one, f"{role}_mb")) for one in late]
        early, last = _early(values), _late(values)
        if not early or not last:
            results.append(unmeasured(name, what, "its process was not there"))
            continue
        index = (soak.index_mb or 0.0) if role == "engine" else 0.0
        detail = f"{early:.1f} → {last:.1f} MB ({(last - early) / early:+.1%})"
        if role == "engine":
            measured = (
                "not measured" if soak.index_mb is None else f"{soak.index_mb:.1f} MB, measured apart, taken off"
            )
            detail += f"; the recording's index: {measured}"
        bound = max(SHARE * early, SOME_MB)
        results.append(judged(name, what, last - early - index, "MB", bound=bound, detail=detail))
    return results


def _counts(soak: Watched, preset: str) -> list[Result]:
    samples, late = soak.samples, settled(soak.samples)
    last = samples[-1]
    replaced = {role: len({getattr(one, f"{role}_pid") for one in samples} - {0}) - 1 for role in ROLES}
    handles = [one.handles for one in late]
    threads = [one.threads for one in late]
    fewest = min(one.live for one in samples)
    return [
        judged(
            "soak.minutes",
            "minutes on air",
            round(last.t / 60, 1),
            "min",
            bound=soak.asked_s / 60 * 0.99,
            at_least=True,
            holds=not soak.away,
            detail=f"{soak.away} looks of {len(samples) + soak.away} found no show",
        ),
        judged(
            "soak.pids",
            "processes replaced by new ones",
            float(sum(max(0, one) for one in replaced.values())),
            "",
            bound=0,
            detail=", ".join(f"{role} {count}" for role, count in replaced.items() if count > 0),
        ),
        judged("soak.live", "destinations live, the fewest at any look", float(fewest), "", bound=2, at_least=True),
        judged("soak.reconnects", "reconnects", float(_counted(samples, "reconnects")), "", bound=0),
        judged(
            "soak.parts",
            "parts of the recording",
            float(max(one.parts for one in samples)),
            "",
            bound=1,
            holds=min(one.parts for one in samples) == 1,
        ),
        judged("soak.handles", "handles more than at first", *_more(handles), bound=FEW, detail=_range(handles)),
        judged("soak.threads", "threads more than at first", *_more(threads), bound=FEW, detail=_range(threads)),
        judged(
            "soak.skipped",
            f"ticks skipped in {last.t / 60:.1f} min",
            float(_counted(samples, "skipped")),
            "ticks",
            bound=0,
            detail=f"{_counted(samples, 'frames')} frames, preset {preset}, tick p95 {last.tick_ms_p95:.1f} ms",
        ),
        judged(
            "soak.dropped",
            "frames dropped",
            float(_counted(samples, "dropped")),
            "frames",
            bound=0,
            detail=f"oldest in a queue {max(one.queued_ms for one in samples)} ms",
        ),
    ]


def _counted(samples: Sequence[Sample], name: str) -> int:
    """A counter of the engine's over the whole show: a new engine begins anew."""
    most: dict[int, int] = {}
    for one in samples:
        most[one.engine_pid] = max(most.get(one.engine_pid, 0), getattr(one, name))
    return sum(most.values())


def _more(values: Sequence[int]) -> tuple[float, str]:
    return float(_late(values) - _early(values)), ""


def _range(values: Sequence[int]) -> str:
    return f"{min(values)} to {max(values)}"


def _early(values: Sequence[float]) -> float:
    return median(values[: max(1, len(values) // 10)])


def _late(values: Sequence[float]) -> float:
    return median(values[-max(1, len(values) // 10) :])
