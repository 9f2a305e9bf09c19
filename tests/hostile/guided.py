"""`python -m tests.hostile.guided NAME INPUTS FOLDER PATIENCE SEED`: one door, assailed by what its inputs reach.

A process of its own for each door: the fuzzer never returns. What it did is in FOLDER/report.json and on stderr.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["studio", "openpyxl"]):
    from studio.media.clock import SystemClock
    from tests.hostile.limits import Noted, Watch
    from tests.hostile.run import Outcome, told
    from tests.hostile.targets import TARGETS

_LONGEST = 16_384  # bytes of an input
_TOLD = 20  # times in a run: the last word is never heard


def main(name: str, inputs: int, folder: Path, patience_s: float, seed: int) -> None:
    """Never returns."""
    corpus, room = folder / "corpus", folder / "room"
    for one in (corpus, room):
        one.mkdir()
    for number, data in enumerate(TARGETS[name].seeds):
        (corpus / f"{number:02}").write_bytes(data)
    clock = SystemClock()
    noted = Noted(folder / "newest")
    with TARGETS[name].door(room) as probe:
        watch = Watch(probe, room, inputs, clock, noted=noted)
        began_ns, every = clock.now_ns(), max(1, inputs // _TOLD)

        def takes(data: bytes) -> None:
            watch(data)
            if watch.inputs % every == 0:
                outcome = Outcome(
                    name=f"{name}, guided",
                    inputs=watch.inputs,
                    seconds=(clock.now_ns() - began_ns) / 1e9,
                    slowest_s=watch.slowest_ns / 1e9,
                    slowest_cpu_s=watch.slowest_cpu_ns / 1e9,
                    left=watch.left(),
                )
                (folder / "report.json").write_bytes(told(outcome))

        options = {
            "runs": inputs,
            "seed": seed + 1,  # 0 is the fuzzer's word for any
            "timeout": round(patience_s),
            "rss_limit_mb": 1024,
            "max_len": _LONGEST,
            "print_final_stats": 1,
            "artifact_prefix": f"{folder}/",
        }
        atheris.Setup([name, str(corpus), *(f"-{one}={value}" for one, value in options.items())], takes)
        atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4]), int(sys.argv[5]))
