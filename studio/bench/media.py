"""What was received or recorded, read back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from studio.errors import StudioError

_OPTIONS = re.compile(rb"options: ([\x20-\x7e]+)")
# How many threads are used, and what only says how they are used, does not change the picture asked for.
_NOT_SETTINGS = frozenset({"threads", "lookahead_threads", "sliced_threads"})


@dataclass(frozen=True, slots=True)
class Cadence:
    """The pictures of a stream by their time stamps: how many, the longest step, and how long all of it is."""

    pictures: int
    longest_ms: float
    seconds: float


def cadence(path: Path, until_s: float | None = None) -> Cadence:
    """Read the time stamps of a file's pictures; nothing is decoded. Raises StudioError."""
    times = sorted(_times(path, until_s))
    steps = [later - sooner for sooner, later in pairwise(times)]
    return Cadence(len(times), max(steps, default=0.0) * 1000, times[-1] - times[0] if times else 0.0)


def _times(path: Path, until_s: float | None) -> Iterator[float]:
    with _opened(path) as container:
        for packet in container.demux(video=0):
            if packet.pts is not None and packet.time_base is not None:
                at = float(packet.pts * packet.time_base)
                if until_s is None or at <= until_s:
                    yield at


def luma_frames(path: Path) -> Iterator[tuple[float, NDArray[np.uint8]]]:
    """Each decoded picture's time in seconds and its luma plane, uint8 (h, w): valid until the next is asked for."""
    with _opened(path) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            yield float(frame.time or 0.0), plane(frame, 0)


def plane(frame: av.VideoFrame, index: int) -> NDArray[np.uint8]:
    """One plane of a planar 8-bit frame, without a copy, uint8 (h, w)."""
    found = frame.planes[index]
    rows = np.frombuffer(memoryview(found), np.uint8).reshape(-1, found.line_size)
    return rows[: found.height, : found.width]


def sound(path: Path) -> tuple[NDArray[np.float32], float, int]:
    """A file's sound: float32 (samples,) of its first channel, the time of the first sample, the rate."""
    parts: list[NDArray[np.float32]] = []
    start, rate = 0.0, 48_000
    with _opened(path) as container:
        for frame in container.decode(audio=0):
            if not parts:
                start, rate = float(frame.time or 0.0), frame.sample_rate
            parts.append(np.asarray(frame.to_ndarray()[0], np.float32).copy())
    return np.concatenate(parts) if parts else np.empty(0, np.float32), start, rate


def x264_settings(path: Path) -> dict[str, str]:
    """What x264 says of itself in a stream's first picture (an SEI message of unregistered user data)."""
    with _opened(path) as container:
        for packet in container.demux(video=0):
            found = _OPTIONS.search(bytes(packet))
            return parse_settings(found[1].decode()) if found else {}
    return {}


def parse_settings(text: str) -> dict[str, str]:
    """`key=value` and plain `key`, parted by spaces."""
    parts = (part.partition("=") for part in text.split())
    return {key: value if equals else "1" for key, equals, value in parts}


def differing_settings(ours: Path, peers: Path) -> list[str]:
    """The x264 settings in which two streams differ, such as "me: hex, dia"."""
    a, b = x264_settings(ours), x264_settings(peers)
    keys = sorted({*a, *b} - _NOT_SETTINGS)
    return [f"{key}: {a.get(key)}, {b.get(key)}" for key in keys if a.get(key) != b.get(key)]


def _opened(path: Path) -> av.container.InputContainer:
    try:
        return av.open(str(path))
    except (OSError, av.FFmpegError) as error:
        raise StudioError(f"{path.name} cannot be read ({error})", do="see docs/bench.md") from error
