"""Flashes and beeps of a long recording: a few seconds out of each minute."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from studio.bench.media import plane
from studio.bench.synchrony import beep_times, pair_ms

_BRIGHT = 150
_EVERY_S, _FOR_S = 60.0, 5.0


def offsets(path: Path) -> list[tuple[float, float]]:
    """(time in the show, sound against picture in ms) of each pair found; plus: the sound is later."""
    found: list[tuple[float, float]] = []
    with av.open(str(path)) as container:
        end_s = float(container.duration or 0) / av.time_base
        at_s = min(5.0, end_s / 2)
        while at_s < end_s - _FOR_S:
            flashes, beeps = _window(container, at_s)
            found += [(at_s, one) for one in pair_ms(flashes, beeps)]
            at_s += _EVERY_S if end_s > 10 * _EVERY_S else 2 * _FOR_S
    return found


def _window(container: av.container.InputContainer, at_s: float) -> tuple[list[float], list[float]]:
    container.seek(int(at_s * av.time_base))
    flashes: list[float] = []
    samples: list[NDArray[np.float32]] = []
    first_s, rate, bright = 0.0, 48_000, True
    for frame in container.decode(container.streams.video[0], container.streams.audio[0]):
        if not isinstance(frame, (VideoFrame, AudioFrame)):
            continue
        now_s = float(frame.time or 0.0)
        if now_s > at_s + _FOR_S:
            break
        if isinstance(frame, VideoFrame):
            was, bright = bright, float(plane(frame, 0)[360:500:16, 1100::16].mean()) > _BRIGHT
            if bright and not was:
                flashes.append(now_s)
        else:
            if not samples:
                first_s, rate = now_s, frame.sample_rate
            samples.append(np.asarray(frame.to_ndarray()[0], np.float32).copy())
    sound = np.concatenate(samples) if samples else np.empty(0, np.float32)
    return flashes, beep_times(sound, first_s, rate)
