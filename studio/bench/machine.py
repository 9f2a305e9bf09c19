"""The computer and the programs that the numbers hold for."""

from __future__ import annotations

import os
import platform
from pathlib import Path

import av
import cv2

from studio import __version__
from studio.bench.programs import output_of
from studio.errors import StudioError


def facts() -> dict[str, str]:
    """What stands above the numbers, by name."""
    return {
        "processor": f"{os.cpu_count()} × {processor_name()}",
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "benchcast": f"{__version__}, PyAV {av.__version__}, OpenCV {cv2.__version__}",
        "peer": _version("ffmpeg", "-version"),
        "server": _version("nginx", "-v"),
        "show": "1080p30, H.264 4.5 Mb/s, superfast and profile quality where nothing else is said",
        "load": load_words(),
    }


def load_words() -> str:
    """How busy the computer was before: on a busy one the numbers mean little."""
    if not hasattr(os, "getloadavg"):
        return "unknown"
    load = os.getloadavg()[0]
    return f"{load:.1f} before" + (": others are at work, the numbers are worth little" if load > 0.7 else "")


def processor_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    try:
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(*args: str) -> str:
    try:
        first = output_of(*args).splitlines()[0]
    except StudioError as error:
        return str(error)
    return first.split(" Copyright")[0].removeprefix("nginx version: ")
