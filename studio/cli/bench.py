"""`benchcast bench`: the benchmarks run in a process of their own, which uses libraries that no command loads."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress

from studio.system import on_stop_signals
from studio.system.processes import command


def run_bench(*, as_json: bool, only: str = "", quick: bool = False, memory_s: float = 0.0) -> int:
    """Run them; the exit status. A Ctrl-C ends them in order. `only`: names with commas between; empty: all."""
    order = {
        "only": [name.strip() for name in only.split(",") if name.strip()],
        "quick": quick,
        "as_json": as_json,
        "memory_s": memory_s,
    }
    process = subprocess.Popen(command("_bench", json.dumps(order)), stdin=subprocess.DEVNULL)

    def stop() -> None:
        with suppress(ProcessLookupError):
            process.terminate()

    on_stop_signals(stop)
    return process.wait()
