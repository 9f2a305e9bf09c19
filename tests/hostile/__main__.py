"""`python -m tests.hostile [--inputs N] [--only NAME,…] [--guided]`: bytes that nobody meant, at every door."""

from __future__ import annotations

import argparse
import faulthandler
import importlib.util
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from studio.media.clock import SystemClock
from tests.hostile.children import Job, do
from tests.hostile.limits import Noted, bound_memory
from tests.hostile.run import Outcome, assail, told
from tests.hostile.targets import TARGETS

_WIDE = 180


def main(args: list[str]) -> int:
    """0: every door took every input; 1: one did not."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="how many, over all doors (default: 100000)")
    parser.add_argument("--only", default="", help=f"some of: {', '.join(TARGETS)}")
    parser.add_argument("--guided", action="store_true", help="half of them by a coverage-guided fuzzer")
    parser.add_argument("--seed", type=int, default=0, help="another number gives other inputs")
    parser.add_argument("--patience", type=float, default=10.0, help="seconds that one input may take (default: 10)")
    parser.add_argument("--findings", type=Path, default=Path("hostile-out"), help="where inputs are kept that count")
    parser.add_argument("--replay", type=Path, help="throw this one file at the one door of --only")
    parser.add_argument("--door", default="", help=argparse.SUPPRESS)
    parser.add_argument("--noted", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args(args)
    if chosen.door:
        return _assail(chosen)
    names = [one.strip() for one in chosen.only.split(",") if one.strip()] or list(TARGETS)
    for name in names:
        if name not in TARGETS:
            sys.stderr.write(f"--only {name}: is no door; choose from: {', '.join(TARGETS)}\n")
            return 2
    if chosen.replay:
        return _replay(names, chosen.replay)
    if chosen.guided and importlib.util.find_spec("atheris") is None:
        sys.stderr.write("--guided: needs atheris, which has no wheel for this system; leave it out\n")
        return 2
    jobs = _jobs(names, chosen)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        outcomes = list(pool.map(do, jobs))
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDE
    console.print(_table(outcomes))
    total = sum(one.inputs for one in outcomes)
    bad = [one for one in outcomes if one.problem]
    console.print(f"{total} inputs at {len(names)} doors; {len(bad)} rows with a problem")
    return 1 if bad else 0


def _jobs(names: list[str], chosen: argparse.Namespace) -> list[Job]:
    """What is to be done, the longest first."""
    led = [name for name in names if TARGETS[name].seeds] if chosen.guided else []
    each = chosen.inputs / 2 if led else chosen.inputs

    def shared(some: list[str], *, guided: bool) -> list[Job]:
        whole = sum(TARGETS[name].share for name in some)
        return [
            Job(
                name,
                max(1, round(each * TARGETS[name].share / whole)),
                chosen.seed,
                chosen.patience,
                chosen.findings,
                guided,
            )
            for name in some
        ]

    return shared(names, guided=False) + shared(led, guided=True)


def _assail(chosen: argparse.Namespace) -> int:
    """One door, in this process."""
    faulthandler.enable()
    bound_memory()
    outcome = assail(
        chosen.door,
        TARGETS[chosen.door],
        chosen.inputs,
        SystemClock(),
        chosen.findings,
        first_seed=chosen.seed,
        noted=Noted(chosen.noted) if chosen.noted else None,
        patience_s=chosen.patience,
    )
    sys.stdout.write(told(outcome).decode() + "\n")
    return 0


def _replay(names: list[str], file: Path) -> int:
    if len(names) != 1:
        sys.stderr.write("--replay: needs --only with one door\n")
        return 2
    faulthandler.enable()
    with tempfile.TemporaryDirectory() as folder, TARGETS[names[0]].door(Path(folder)) as probe:
        probe(file.read_bytes())
    sys.stdout.write("it is taken\n")
    return 0


def _table(outcomes: list[Outcome]) -> Table:
    table = Table(box=SIMPLE)
    columns = ("door", "inputs", "a second", "slowest ms", "grown MB", "peak MB", "handles", "threads", "files MB")
    for column in columns:
        table.add_column(column, justify="left" if column == "door" else "right")
    table.add_column("", overflow="fold")
    for one in outcomes:
        rate = one.inputs / one.seconds if one.seconds else 0
        left = one.left
        figures = (
            f"{one.inputs}",
            f"{rate:.0f}",
            f"{one.slowest_s * 1000:.1f}",
            f"{left.rss_mb:.1f}",
            f"{left.peak_mb:.1f}",
            f"{left.handles}",
            f"{left.threads}",
            f"{left.folder_mb:.1f}",
        )
        table.add_row(one.name, *figures, one.problem or "took all")
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
