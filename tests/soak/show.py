"""A real show, watched every ten seconds: what `python -m tests.soak` does without `--virtual`."""

from __future__ import annotations

import csv
import shutil
import subprocess
import tempfile
import threading
from contextlib import ExitStack, suppress
from dataclasses import astuple, dataclass, field
from pathlib import Path

import av
import psutil
from rich.console import Console

from studio.bench import procfs
from studio.bench.ground import Ground, Lengths
from studio.bench.machine import facts
from studio.bench.report import print_facts, print_table
from studio.errors import StudioError
from studio.media.clock import SystemClock
from tests.faults.ground import Trial
from tests.faults.stage import PRESET, SHOW_FACTS, Stage, on_air, studio_environment
from tests.services.desktop import PulseAudio
from tests.soak.bars import AV_MS, FEW, Watched, judge, memory_bound_mb, middles, settled
from tests.soak.index import index_mb
from tests.soak.offsets import Window, moments, offsets
from tests.soak.parts import FastMicrophone, FlashCamera
from tests.soak.plot import Line, Panel, svg
from tests.soak.samples import COLUMNS, ROLES, Sample, take
from tests.soak.signals import stopped_by_signal

_EVERY_S = 10.0
_AWAY = 6  # looks in a row that find no show: it will not come back
_LOOKS = 5  # at a status that may be half written
_SOURCES = {"bench": "camera", "voice": "voice"}  # of the show file


@dataclass(slots=True)
class _Found:
    """All that is known so far."""

    out: Path
    asked_s: float
    samples: list[Sample] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    away: int = 0
    index_mb: float | None = None

    def watched(self) -> Watched:
        wanted = len(moments(self.samples[-1].t))
        return Watched(self.samples, self.asked_s, self.windows, wanted, self.index_mb, self.away)

    def draw(self) -> None:
        """The plot, whole at any moment."""
        new = self.out / "soak.svg.new"
        new.write_text(svg(f"Soak, {SHOW_FACTS}", _panels(self)), encoding="utf-8")
        new.replace(self.out / "soak.svg")


def run(minutes: float, out: Path, console: Console) -> int:
    """0 when something could be measured, reached or missed; however it ended, what was seen is told."""
    studio_environment()
    av.logging.set_level(None)
    print_facts(console, {**facts(), "show": SHOW_FACTS})
    out.mkdir(parents=True, exist_ok=True)
    found = _Found(out, minutes * 60)
    folder = Path(tempfile.mkdtemp(prefix="benchcast-soak-"))
    ground = Ground(folder, SystemClock(), Lengths(), lambda words: console.print(f"  {words} …", markup=False))
    try:
        _soak(ground, found)
    except Exception as error:  # noqa: BLE001 - whatever broke, the hours before it are told
        console.print(f"  It was cut short: {type(error).__name__}: {error}", markup=False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not found.samples:
        return 1
    ground.say("measuring what the recording's index takes")
    with suppress(OSError, subprocess.SubprocessError, ValueError):
        found.index_mb = index_mb(*middles(found.samples))
    found.draw()
    print_table(console, judge(found.watched(), PRESET))
    console.print(f"Samples and plot: {out}", markup=False)
    return 0


def _soak(ground: Ground, found: _Found) -> None:
    with ExitStack() as stack:
        stop = stack.enter_context(stopped_by_signal())
        service = PulseAudio(ground.place("sound"))
        stack.callback(service.stop)
        microphone = stack.enter_context(FastMicrophone(service, ground.place("pipe"), ground.clock))
        camera = stack.enter_context(FlashCamera(ground.clock))
        stage = stack.enter_context(
            on_air(
                Trial(ground),
                source=f'kind = "url"\npath = "{camera.url}"',
                voice='kind = "microphone"\ndevice = "pulse"',
                env=microphone.env,
            )
        )
        _watch(stage, found, stop)
        ground.say("ending the show")
        try:
            stage.end()
        except (AssertionError, subprocess.TimeoutExpired) as error:
            ground.say(f"it did not end in order: {error}")
        ground.say("looking for flashes and beeps in the recording")
        try:
            recording = max(stage.recordings(), key=lambda path: path.stat().st_size)
            found.windows.extend(offsets(recording, found.samples[-1].t))  # what was found before an error stays
        except (OSError, ValueError, IndexError, StudioError, av.FFmpegError) as error:
            ground.say(f"the recording cannot be read: {error}")


def _watch(stage: Stage, found: _Found, stop: threading.Event) -> None:
    """Sample until the time is over, somebody stops it, or the show has been gone for a minute."""
    clock, say = stage.trial.ground.clock, stage.trial.ground.say
    began_ns, number, away = clock.now_ns(), 0, 0
    with (found.out / "samples.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        file.flush()
        while (clock.now_ns() - began_ns) / 1e9 < found.asked_s and away < _AWAY:
            number += 1
            if clock.wait_until(began_ns + int(number * _EVERY_S * 1e9), stop):
                say("stopped by hand")
                return
            sample = _look(stage)
            if sample is None or (found.samples and sample.t <= found.samples[-1].t):
                away += 1
                found.away += 1
                say(f"{number * _EVERY_S / 60:.1f} min: no show on air")
                continue
            away = 0
            found.samples.append(sample)
            rows.writerow([f"{one:.3f}" if isinstance(one, float) else one for one in astuple(sample)])
            file.flush()
            if number % 6 == 0:
                with suppress(OSError):
                    found.draw()
                say(f"{sample.t / 60:.0f} min, engine {sample.engine_mb:.0f} MB, {sample.skipped} skipped")


def _look(stage: Stage) -> Sample | None:
    """A sample of a show on air; None: there is none now."""
    try:
        for _ in range(_LOOKS):
            now = stage.studio.status
            if now.mode == "live" and now.feeds:
                return take(_pids(stage), now, len(stage.recordings()))
            stage.wait(0.02)
    except Exception as error:  # noqa: BLE001 - one look that fails must not end a soak of hours
        stage.trial.ground.say(f"a look failed: {type(error).__name__}: {error}")
    return None


def _pids(stage: Stage) -> dict[str, int]:
    """The process of each role that is there now."""
    found: dict[str, int] = {}
    workers: set[int] = set()
    for pid, role in procfs.processes_of(stage.studio.workspace.home).items():
        if role in {"engine", "keeper"}:
            found[role] = pid
        elif role == "live":
            found["command"] = pid
        elif role == "source":
            workers.add(pid)
    for source, role in _SOURCES.items():
        with suppress(AssertionError, OSError, ValueError, psutil.Error):
            if (pid := stage.worker(source).pid) in workers:
                found[role] = pid
    return found


def _panels(found: _Found) -> dict[str, Panel]:
    def line(name: str) -> Line:
        return [(one.t, float(getattr(one, name))) for one in found.samples]

    windows = [(window.at_s, one) for window in found.windows for one in window.offsets_ms]
    late = settled(found.samples)
    memory = {f"{role}, RSS, MB": Panel({"": line(f"{role}_mb")}, _memory_bars(found, role)) for role in ROLES}
    return memory | {
        "handles": Panel({"": line("handles")}, [late[0].handles + FEW]),
        "threads": Panel({"": line("threads")}, [late[0].threads + FEW]),
        "sound against picture, ms": Panel({"": windows}, [-AV_MS, AV_MS]),
        "counted": Panel({name: line(name) for name in ("skipped", "dropped", "reconnects")}, [0]),
        "queue age, ms": Panel({"": line("queued_ms")}),
        "tick p95, ms": Panel({"": line("tick_ms_p95")}),
        "sound after its own stamps, ms": Panel({"": line("drift_ms")}),
    }


def _memory_bars(found: _Found, role: str) -> list[float]:
    index = (found.index_mb or 0.0) if role == "engine" else 0.0
    return [memory_bound_mb(found.samples, role) + index]
