"""`python -m tests.soak [--minutes 90] [--out DIR]`: a real show for as long as asked, watched every ten seconds."""

from __future__ import annotations

import argparse
import csv
import shutil
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import astuple
from pathlib import Path

import av
from rich.console import Console

from studio.bench import procfs
from studio.bench.ground import Ground, Lengths
from studio.bench.machine import facts
from studio.bench.report import print_facts, print_table
from studio.media.clock import SystemClock
from tests.faults.ground import Trial
from tests.faults.stage import PRESET, SHOW_FACTS, on_air, studio_environment
from tests.services.desktop import PulseAudio
from tests.soak.offsets import offsets
from tests.soak.parts import FastMicrophone, FlashCamera
from tests.soak.plot import svg
from tests.soak.samples import COLUMNS, Sample, judge, take

_EVERY_S = 10.0
_INDEX_BYTES_PER_S = 80e6 / (4 * 3600)  # of memory for a hybrid MP4's index, measured for the design


def main(args: list[str]) -> int:
    """0 when it could be measured, reached or missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=90.0)
    parser.add_argument("--out", type=Path, default=Path("soak-out"), help="where samples and plot go")
    chosen = parser.parse_args(args)
    if not procfs.available():
        sys.stderr.write(f"The soak test is {procfs.NOT_HERE}\n")
        return 1
    studio_environment()
    av.logging.set_level(None)
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 150
    print_facts(console, {**facts(), "show": SHOW_FACTS})
    folder = Path(tempfile.mkdtemp(prefix="benchcast-soak-"))
    clock = SystemClock()
    ground = Ground(folder, clock, Lengths(), lambda words: console.print(f"  {words} …", markup=False))
    chosen.out.mkdir(parents=True, exist_ok=True)
    samples: list[Sample] = []
    with ExitStack() as stack:
        service = PulseAudio(ground.place("sound"))
        stack.callback(service.stop)
        microphone = stack.enter_context(FastMicrophone(service, ground.place("pipe"), clock))
        camera = stack.enter_context(FlashCamera(clock))
        show = on_air(
            Trial(ground),
            source=f'kind = "url"\npath = "{camera.url}"',
            voice='kind = "microphone"\ndevice = "pulse"',
            env=microphone.env,
        )
        stage = stack.enter_context(show)
        file = stack.enter_context((chosen.out / "samples.csv").open("w", newline="", encoding="utf-8"))
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        began_ns = clock.now_ns()
        number = 0
        while (clock.now_ns() - began_ns) / 1e9 < chosen.minutes * 60:
            number += 1
            ground.wait(max(0.0, began_ns / 1e9 + number * _EVERY_S - clock.now_ns() / 1e9))
            sample = take(procfs.processes_of(stage.studio.workspace.home), stage.studio.on_air())
            samples.append(sample)
            rows.writerow([f"{one:.3f}" if isinstance(one, float) else one for one in astuple(sample)])
            file.flush()
            if number % 6 == 0:
                ground.say(f"{sample.t / 60:.0f} min, engine {sample.engine_mb:.0f} MB, {sample.skipped} skipped")
        stage.end()
        ground.say("looking for flashes and beeps in the recording")
        found = offsets(stage.recordings()[-1])
    seconds = samples[-1].t - min(600.0, samples[-1].t / 2)
    results = judge(samples, [one for _, one in found], seconds * _INDEX_BYTES_PER_S / 1e6, PRESET)
    picture = svg(f"Soak, {SHOW_FACTS}", _panels(samples, found))
    (chosen.out / "soak.svg").write_text(picture, encoding="utf-8")
    print_table(console, results)
    console.print(f"Samples and plot: {chosen.out}", markup=False)
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def _panels(
    samples: list[Sample], found: list[tuple[float, float]]
) -> dict[str, dict[str, list[tuple[float, float]]]]:
    def line(name: str) -> list[tuple[float, float]]:
        return [(one.t, float(getattr(one, name))) for one in samples]

    return {
        "RSS, MB:": {"engine": line("engine_mb"), "sources": line("sources_mb"), "keeper": line("keeper_mb")},
        "handles": {"": line("handles")},
        "threads": {"": line("threads")},
        "sound against picture, ms": {"": found},
        "skipped, dropped": {"skipped": line("skipped"), "dropped": line("dropped")},
        "queue age, ms": {"": line("queued_ms")},
        "tick p95, ms": {"": line("tick_ms_p95")},
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
