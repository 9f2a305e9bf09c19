"""The benchmarks' process: measures what was asked for, one after the other, and prints it."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import FrameType

import av
import msgspec
from msgspec import Struct
from rich.console import Console

from studio.bench.ground import QUICK, Ground, Lengths
from studio.bench.machine import facts
from studio.bench.report import json_line, print_facts, print_table
from studio.bench.result import Result
from studio.errors import InputError, StudioError
from studio.media.clock import SystemClock
from studio.system import use_utf8

# In the order of the numbers to reach; each module has a function `measure`.
BENCHMARKS = ("cpu", "steady", "change", "age", "start", "synchrony", "colour", "memory")

_WIDE = 170  # columns, where nobody's terminal says otherwise


class Order(Struct, frozen=True):
    """What the command asks for, as one line of JSON in the first argument. `memory_s` 0: as long as usual."""

    only: tuple[str, ...] = ()
    quick: bool = False
    as_json: bool = False
    memory_s: float = 0.0


def main(args: list[str]) -> int:
    """Run the benchmarks; 0 when all were measured, whether reached or missed."""
    use_utf8()
    order = msgspec.json.decode(args[0], type=Order)
    _stop_on_signals()
    # Neither the person's studio nor its database has any part in this.
    for name in ("BENCHCAST_HOME", "BENCHCAST_DATABASE_URL"):
        os.environ.pop(name, None)
    av.logging.set_level(None)
    folder = Path(tempfile.mkdtemp(prefix="benchcast-bench-"))
    kept = True
    try:
        kept = not _run(order, folder)
    except InputError as error:
        kept = False
        _say(str(error))
        return 2
    except KeyboardInterrupt:
        kept = False
        _say("Stopped: nothing is left running.")
        return 1
    finally:
        if kept:
            _say(f"Logs are in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if kept else 0


def chosen(only: Sequence[str]) -> tuple[str, ...]:
    """The benchmarks asked for, in their own order; none: all. Raises InputError."""
    for name in only:
        if name not in BENCHMARKS:
            raise InputError(f"--only {name}", "is no benchmark", do=f"choose from: {', '.join(BENCHMARKS)}")
    return tuple(name for name in BENCHMARKS if not only or name in only)


def _run(order: Order, folder: Path) -> bool:
    """Measure. False: something could not be."""
    names = chosen(order.only)
    console = Console(highlight=False, stderr=order.as_json)
    if not console.is_terminal:
        console.width = _WIDE
    lengths = QUICK if order.quick else Lengths()
    if order.memory_s:
        lengths = replace(lengths, memory_s=order.memory_s)
    print_facts(console, facts())
    ground = Ground(folder, SystemClock(), lengths, lambda words: console.print(f"  {words} …", markup=False))
    results: list[Result] = []
    whole = True
    try:
        for name in names:
            measure: Callable[[Ground], list[Result]] = import_module(f"studio.bench.{name}").measure
            try:
                found = measure(ground)
            except StudioError as error:
                console.print(f"{name}: {error}", style="red", markup=False)
                whole = False
                continue
            results += found
            if order.as_json:
                for one in found:
                    sys.stdout.write(f"{json_line(one)}\n")
                    sys.stdout.flush()
    finally:  # what a Ctrl-C leaves is told as well
        if results:
            print_table(console, results)
    return whole


def _stop_on_signals() -> None:
    """The first Ctrl-C or SIGTERM unwinds everything that is running; later ones must not disturb that."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for one in (signal.SIGINT, signal.SIGTERM):
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, stop)


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
