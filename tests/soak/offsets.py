"""Flashes and beeps of a long recording: a few seconds out of each minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from studio.bench.media import plane
from studio.bench.synchrony import beep_times, pair_ms

_BRIGHT = 150
_FIRST_S, _EVERY_S, _FOR_S = 5.0, 60.0, 5.0

Luma = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Window:
    """Some seconds from `at_s`; plus: the sound is later."""

    at_s: float
    offsets_ms: Sequence[float]


def moments(seconds: float) -> list[float]:
    """Where the windows of a recording so long begin: one a minute; more often in one of less than ten minutes."""
    every_s = _EVERY_S if seconds > 10 * _EVERY_S else 2 * _FOR_S
    found = []
    at_s = _FIRST_S
    while at_s < seconds - _FOR_S:
        found.append(at_s)
        at_s += every_s
    return found


def corner(luma: Luma) -> float:
    """The brightness of a corner of 720p that no overlay covers."""
    return float(luma[360:500:16, 1100::16].mean())


def offsets(path: Path, seconds: float, brightness: Callable[[Luma], float] = corner) -> Iterator[Window]:
    """What is found in a recording of a show that was so long. Raises OSError or av.FFmpegError."""
    with av.open(str(path)) as container:
        for at_s in moments(seconds):
            yield _window(container, at_s, brightness)


def _window(container: InputContainer, at_s: float, brightness: Callable[[Luma], float]) -> Window:
    container.seek(int(at_s * av.time_base))
    return Window(at_s, pairs(container, at_s + _FOR_S, brightness))


def pairs(container: InputContainer, until_s: float, brightness: Callable[[Luma], float]) -> list[float]:
    """The offsets in ms of each flash and beep from where the container stands."""
    flashes: list[float] = []
    samples: list[NDArray[np.float32]] = []
    first_s, rate, bright = 0.0, 48_000, True
    for frame in container.decode(container.streams.video[0], container.streams.audio[0]):
        if not isinstance(frame, (VideoFrame, AudioFrame)):
            continue
        now_s = float(frame.time or 0.0)
        if now_s > until_s:
            break
        if isinstance(frame, VideoFrame):
            was, bright = bright, brightness(plane(frame, 0)) > _BRIGHT
            if bright and not was:
                flashes.append(now_s)
        else:
            if not samples:
                first_s, rate = now_s, frame.sample_rate
            samples.append(np.asarray(frame.to_ndarray()[0], np.float32).copy())
    sound = np.concatenate(samples) if samples else np.empty(0, np.float32)
    return pair_ms(flashes, beep_times(sound, first_s, rate))
