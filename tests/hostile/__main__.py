"""`python -m tests.hostile [--inputs N] [--only NAME,…]`: bytes that nobody meant, at every door."""

from __future__ import annotations

import argparse
import faulthandler
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from studio.media.clock import SystemClock
from tests.hostile.run import Outcome, assail
from tests.hostile.targets import TARGETS

_HANG_S = 5.0  # for one input
_GROWTH_MB = 50.0
_WIDE = 150


def main(args: list[str]) -> int:
    """0: every door took every input; 1: one did not."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000, help="how many, over all doors (default: 100000)")
    parser.add_argument("--only", default="", help=f"some of: {', '.join(TARGETS)}")
    parser.add_argument("--seed", type=int, default=0, help="another number gives other inputs")
    parser.add_argument("--door", default="", help=argparse.SUPPRESS)
    chosen = parser.parse_args(args)
    if chosen.door:
        faulthandler.enable()
        found = assail(chosen.door, chosen.inputs, SystemClock(), chosen.seed)
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return 0
    names = [one.strip() for one in chosen.only.split(",") if one.strip()] or list(TARGETS)
    for name in names:
        if name not in TARGETS:
            sys.stderr.write(f"--only {name}: is no door; choose from: {', '.join(TARGETS)}\n")
            return 2
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDE
    whole = sum(TARGETS[name].share for name in names)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        shares = [max(1, round(chosen.inputs * TARGETS[name].share / whole)) for name in names]
        outcomes = list(pool.map(lambda name, share: _in_process(name, share, chosen.seed), names, shares))
    console.print(_table(outcomes))
    total = sum(one.inputs for one in outcomes)
    bad = [one for one in outcomes if problem(one)]
    console.print(f"{total} inputs at {len(outcomes)} doors; {len(bad)} of them did not take all")
    return 1 if bad else 0


def problem(one: Outcome) -> str:
    """What is wrong with an outcome; empty: nothing."""
    if one.failure:
        return one.failure
    if one.slowest_s > _HANG_S:
        return f"took {one.slowest_s:.1f} s for one"
    if one.grown_mb > _GROWTH_MB:
        return f"grew by {one.grown_mb:.0f} MB"
    return ""


def _in_process(name: str, inputs: int, seed: int) -> Outcome:
    """In a process of its own: one that crashes is a finding, not the end."""
    sys.stderr.write(f"{name}: {inputs} inputs\n")
    again = [sys.executable, "-m", "tests.hostile", "--door", name, "--inputs", str(inputs), "--seed", str(seed)]
    done = subprocess.run(again, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no words"])[-1]
        return Outcome(name, 0, 0, 0, 0, f"its process ended with {done.returncode}: {last}")
    return msgspec.json.decode(done.stdout.strip().splitlines()[-1], type=Outcome)


def _table(outcomes: list[Outcome]) -> Table:
    table = Table(box=SIMPLE)
    for column in ("door", "inputs", "a second", "slowest ms", "grown MB"):
        table.add_column(column, justify="left" if column == "door" else "right")
    table.add_column("")
    for one in outcomes:
        rate = one.inputs / one.seconds if one.seconds else 0
        figures = (f"{one.inputs}", f"{rate:.0f}", f"{one.slowest_s * 1000:.1f}", f"{one.grown_mb:.1f}")
        table.add_row(one.name, *figures, problem(one) or "took all")
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
