"""`python -m tests.soak.index FROM UNTIL`: how much memory the index of an open recording takes, measured by itself.

A hybrid MP4 keeps the place of every packet in memory up to its end. Here a recording's writer gets as many packets
as a show of 30 pictures a second has, and nothing else is at work in the process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from studio.bench import procfs
from studio.outputs.mp4 import Mp4Writer, RecordingFile
from tests.outputs.conftest import encode

_TIMEOUT_S = 1800


def index_mb(from_s: float, until_s: float) -> float:
    """Megabytes of 10⁶ bytes by which RSS grows between two times of a show, measured in a process of its own.

    Raises:
        OSError, subprocess.SubprocessError, ValueError: it could not be measured.
    """
    words = [sys.executable, "-m", "tests.soak.index", str(from_s), str(until_s)]
    return float(subprocess.run(words, capture_output=True, check=True, text=True, timeout=_TIMEOUT_S).stdout)


def measured(from_s: float, until_s: float) -> float:
    """The same, in this process."""
    encoded = encode(2, bframes=0, size=(64, 64))
    at_from = None
    with tempfile.TemporaryDirectory() as folder, RecordingFile(Path(folder) / "index.mp4") as file:
        writer = Mp4Writer(file, encoded.format, encoded.pictures[0])
        turn = 0
        while turn * encoded.seconds < until_s:
            if at_from is None and turn * encoded.seconds >= from_s:
                at_from = _rss_mb()
            for packet in encoded.again(turn):
                writer.write(packet)
            turn += 1
        at_until = _rss_mb()
        writer.close([])
    return at_until - (at_from or at_until)


def _rss_mb() -> float:
    return procfs.memory_mb(os.getpid())[0]


if __name__ == "__main__":
    sys.stdout.write(f"{measured(float(sys.argv[1]), float(sys.argv[2])):.3f}\n")
