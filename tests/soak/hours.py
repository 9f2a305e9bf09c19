"""The bars, the table and the plot of virtual hours."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple, fields
from itertools import chain
from pathlib import Path

import av
from rich.console import Console

from studio.bench.machine import facts
from studio.bench.report import print_facts, print_table
from studio.bench.result import Result, judged, median, unmeasured
from studio.system.memory import share_arenas
from tests.soak.bars import AV_MS, FEW, PAIRS, SETTLED_S, SHARE, SOME_MB
from tests.soak.index import index_mb
from tests.soak.offsets import Window, moments, offsets
from tests.soak.plot import Line, Panel, svg
from tests.soak.signals import stopped_by_signal
from tests.soak.virtual import SHOW_FACTS, Found, Moment, in_folder, middle, soak

_LOOK_S = 60.0
_SAY_EVERY = 5  # looks
_LEFT_OUT = (
    "In virtual time no work takes any: skipped ticks and tick times mean nothing, and are not told. "
    "Source processes, keeper, databases and status map are not in it."
)


def run(hours: float, out: Path, console: Console) -> int:
    """0 when it could be measured, reached or missed."""
    share_arenas()  # as the engine does
    av.logging.set_level(None)
    print_facts(console, {**facts(), "show": SHOW_FACTS})
    out.mkdir(parents=True, exist_ok=True)
    found, recorded = Found(), list[Window]()
    with stopped_by_signal() as stop, in_folder() as show:
        try:
            _watch(soak(show, found, hours * 3600, _LOOK_S, stop), found, out, console)
            console.print("  looking at the recording …", markup=False)
            assert found.recording is not None
            recorded += offsets(found.recording, found.moments[-1].t, middle)
        except Exception as error:  # noqa: BLE001 - whatever broke, the hours before it are told
            console.print(f"  It was cut short: {type(error).__name__}: {error}", markup=False)
    if not found.moments:
        return 1
    _draw(out, found)
    taken: float | None = None
    with suppress(OSError, subprocess.SubprocessError, ValueError):
        taken = index_mb(*_middles(found.moments))
    print_table(console, judge(found, recorded, taken, hours * 3600))
    console.print(f"{_LEFT_OUT}\nNumbers and plot: {out}", markup=False)
    return 0


def _watch(running: Iterator[None], found: Found, out: Path, console: Console) -> None:
    """Run it, writing down each look."""
    with (out / "virtual.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow([*(one.name for one in fields(Moment)), "worst_ms"])
        for number, _ in enumerate(running, 1):
            now, worst = found.moments[-1], _worst(found.windows[-1:])
            cells = [f"{one:.3f}" if isinstance(one, float) else one for one in astuple(now)]
            rows.writerow([*cells, "" if worst is None else f"{worst:.3f}"])
            file.flush()
            if number % _SAY_EVERY == 0:
                _draw(out, found)
                words = f"{now.t / 60:.0f} min in {now.real_s / 60:.1f}, {now.rss_mb:.1f} MB"
                worst = _worst(found.windows) or 0.0
                console.print(f"  {words}, sound off by {worst:+.1f} ms at worst …", markup=False)


def judge(found: Found, recorded: Sequence[Window], index: float | None, asked_s: float) -> list[Result]:
    """The bars. `recorded`: windows of the recording; `index`: MB that its index took between the middles."""
    late = _settled(found.moments)
    last = found.moments[-1]
    off = max(abs(found.ticks - count) for count in (*found.frames, found.recorded)) if found.frames else last.ticks
    counts = f"{found.ticks} ticks; receivers {found.frames}, recording {found.recorded}"
    return [
        judged(
            "virtual.hours",
            "show hours",
            last.t / 3600,
            "h",
            bound=asked_s / 3600 * 0.99,
            at_least=True,
            detail=f"in {last.real_s / 60:.1f} min",
        ),
        *_sound("receiver", found.windows, len(found.moments) - 1),
        *_sound("recording", recorded, len(moments(last.t))),
        judged("virtual.frames", "frames more or fewer than ticks", float(off), "", bound=0, detail=counts),
        _memory(late, index),
        *(_more(name, [float(getattr(one, name)) for one in late]) for name in ("handles", "threads")),
        judged(
            "virtual.queued", "oldest in a queue", float(max(one.queued_ms for one in found.moments)), "ms", bound=0
        ),
        judged("virtual.dropped", "frames dropped", float(last.dropped), "", bound=0),
        judged(
            "virtual.reconnects", "reconnects", float(sum(found.connections) - len(found.connections)), "", bound=0
        ),
    ]


def _sound(where: str, windows: Sequence[Window], wanted: int) -> list[Result]:
    offsets_ms = list(chain.from_iterable(one.offsets_ms for one in windows))
    worst = max(offsets_ms, key=abs, default=None)
    full = sum(len(one.offsets_ms) >= PAIRS for one in windows)
    span = f"from {min(offsets_ms):+.1f} to {max(offsets_ms):+.1f} (+: sound later)" if offsets_ms else ""
    what = f"sound against picture, {where}, worst of {len(offsets_ms)}"
    enough = f"{where}: windows of 5 s with at least {PAIRS} pairs"
    return [
        judged(f"virtual.av.{where}", what, None if worst is None else abs(worst), "ms", bound=AV_MS, detail=span),
        judged(f"virtual.windows.{where}", enough, float(full), "", bound=max(1, wanted), at_least=True),
    ]


def _memory(late: Sequence[Moment], index: float | None) -> Result:
    values = [one.rss_mb for one in late]
    if len(values) < 2:
        return unmeasured("virtual.rss", "growth of memory", "too short")
    early, last = _early(values), _late(values)
    measured = "not measured" if index is None else f"{index:.1f} MB, measured apart, taken off"
    return judged(
        "virtual.rss",
        "growth of memory after the first ten minutes, all in one process",
        last - early - (index or 0.0),
        "MB",
        bound=max(SHARE * early, SOME_MB),
        detail=f"{early:.1f} → {last:.1f} MB; the recording's index: {measured}",
    )


def _more(name: str, values: Sequence[float]) -> Result:
    span = f"{min(values):.0f} to {max(values):.0f}"
    return judged(
        f"virtual.{name}", f"{name} more than at first", _late(values) - _early(values), "", bound=FEW, detail=span
    )


def _draw(out: Path, found: Found) -> None:
    def line(name: str) -> Line:
        return [(one.t, float(getattr(one, name))) for one in found.moments]

    late = _settled(found.moments)
    early = _early([one.rss_mb for one in late])
    panels = {
        "RSS, MB (bar without the index)": Panel({"": line("rss_mb")}, [early + max(SHARE * early, SOME_MB)]),
        "sound against picture, ms": Panel(
            {"": [(window.at_s, one) for window in found.windows for one in window.offsets_ms]}, [-AV_MS, AV_MS]
        ),
        "sound after its own stamps, ms": Panel({"": line("drift_ms")}),
        "handles": Panel({"": line("handles")}, [late[0].handles + FEW]),
        "threads": Panel({"": line("threads")}, [late[0].threads + FEW]),
        "queue age, ms; dropped": Panel({name: line(name) for name in ("queued_ms", "dropped")}, [0]),
    }
    with suppress(OSError):
        (out / "virtual.svg").write_text(svg(f"Virtual soak, {SHOW_FACTS}", panels), encoding="utf-8")


def _settled(looked: Sequence[Moment]) -> Sequence[Moment]:
    from_s = min(SETTLED_S, looked[-1].t / 2)
    return [one for one in looked if one.t >= from_s]


def _middles(looked: Sequence[Moment]) -> tuple[float, float]:
    times = [one.t for one in _settled(looked)]
    return _early(times), _late(times)


def _worst(windows: Sequence[Window]) -> float | None:
    return max(chain.from_iterable(one.offsets_ms for one in windows), key=abs, default=None)


def _early(values: Sequence[float]) -> float:
    return median(values[: max(1, len(values) // 10)])


def _late(values: Sequence[float]) -> float:
    return median(values[-max(1, len(values) // 10) :])
