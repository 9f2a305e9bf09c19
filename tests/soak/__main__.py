"""`python -m tests.soak [--minutes 90] [--out DIR]`: a real show for as long as asked, watched every ten seconds.

`python -m tests.soak --virtual [--hours 4]`: four show-hours in minutes, without processes and devices.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console

from studio.bench import procfs
from tests.soak import hours, show


def main(args: list[str]) -> int:
    """0 when it could be measured, reached or missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=90.0, help="of the real show")
    parser.add_argument("--virtual", action="store_true", help="in virtual time")
    parser.add_argument("--hours", type=float, default=4.0, help="of virtual time")
    parser.add_argument("--out", type=Path, default=Path("soak-out"), help="where samples and plot go")
    chosen = parser.parse_args(args)
    if not procfs.available():
        sys.stderr.write(f"The soak test is {procfs.NOT_HERE}\n")
        return 1
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 150
    if chosen.virtual:
        return hours.run(chosen.hours, chosen.out, console)
    return show.run(chosen.minutes, chosen.out, console)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
