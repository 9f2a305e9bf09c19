"""`python -m tests.faults [--only NAME,…] [--json]`: makes each fault in a live show, and prints what it cost."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from types import FrameType

import av
from rich.console import Console

from studio.bench.ground import Ground, Lengths
from studio.bench.machine import facts
from studio.bench.report import json_line, print_facts, print_table
from studio.bench.result import Result
from studio.errors import StudioError
from studio.media.clock import SystemClock
from tests.faults.catalogue import FAULTS
from tests.faults.ground import Trial, short
from tests.faults.stage import SHOW_FACTS, studio_environment

_WIDE = 150
_MISSED = 3


def main(args: list[str]) -> int:
    """0: all reached; 3: something was missed; 1: some fault could not be measured; 2: there is none of that name."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--only", default="", help=f"some of: {', '.join(FAULTS)}")
    parser.add_argument("--json", action="store_true", help="one JSON object a line on stdout, the table on stderr")
    parser.add_argument(
        "--short", action="store_true", help="faults of a few seconds, of a small picture: rough, for trying out"
    )
    chosen = parser.parse_args(args)
    names = [name.strip() for name in chosen.only.split(",") if name.strip()]
    for name in names:
        if name not in FAULTS:
            sys.stderr.write(f"--only {name}: is no fault; choose from: {', '.join(FAULTS)}\n")
            return 2
    studio_environment()
    _stop_on_signals()
    av.logging.set_level(None)
    console = Console(highlight=False, stderr=chosen.json)
    if not console.is_terminal:
        console.width = _WIDE
    print_facts(console, {**facts(), "show": SHOW_FACTS})
    folder = Path(tempfile.mkdtemp(prefix="benchcast-faults-"))
    ground = Ground(folder, SystemClock(), Lengths(), lambda words: console.print(f"  {words} …", markup=False))
    trial = short(ground) if chosen.short else Trial(ground)
    results: list[Result] = []
    whole = True
    for name in names or FAULTS:
        ground.say(name)
        try:
            found = FAULTS[name](trial)
        except KeyboardInterrupt:
            sys.stderr.write("Stopped: nothing is left running.\n")
            return 1
        except Exception as error:  # noqa: BLE001 - one fault that cannot be measured must not hide the others
            words = str(error) or type(error).__name__
            console.print(f"{name}: could not be measured: {words}", style="red", markup=False)
            if os.environ.get("BENCHCAST_LOG") or not isinstance(error, AssertionError | StudioError | OSError):
                traceback.print_exc()
            whole = False
            continue
        results += found
        if chosen.json:
            for one in found:
                sys.stdout.write(f"{json_line(one)}\n")
                sys.stdout.flush()
    print_table(console, results)
    if whole:
        shutil.rmtree(folder, ignore_errors=True)
    else:
        console.print(f"Logs are in {folder}", markup=False)
    if not whole:
        return 1
    return _MISSED if any(one.ok is False for one in results) else 0


def _stop_on_signals() -> None:
    """The first Ctrl-C or SIGTERM unwinds what is running; later ones must not disturb that."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, stop)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
