"""5. Sound against picture: a clip's flash and beep through the whole studio, found again in the received stream."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.bench.clips import flash_and_beep
from studio.bench.ground import Ground
from studio.bench.media import luma_frames, sound
from studio.bench.result import Result, judged
from studio.bench.servers import Ingest
from studio.bench.shows import LOGS, Home, OnAir, Plan
from studio.errors import StudioError
from studio.show.wanted import with_overlay

_BOUND_MS = 20
_BRIGHT = 128
_QUIET_S = 0.3  # of silence before what counts as a new beep
_NEAR_S = 0.4


def measure(ground: Ground) -> list[Result]:
    clip = flash_and_beep(ground)
    means: list[float] = []
    offsets: list[float] = []
    with Ingest(ground) as ingest:
        for number in range(ground.lengths.sound_shows):
            ground.say(f"flash and beep, show {number + 1} of {ground.lengths.sound_shows}")
            found = _show(ground, ingest, clip, f"flash{number}")
            means.append(sum(found) / len(found))
            offsets += found
    worst = max(offsets, key=abs)
    shows = ", ".join(f"{mean:+.1f}" for mean in means)
    return [
        judged(
            "synchrony",
            "sound against picture, worst",
            abs(worst),
            "ms",
            bound=_BOUND_MS,
            values={
                "mean_ms": sum(offsets) / len(offsets),
                "worst_ms": worst,
                "least_ms": min(offsets),
                "most_ms": max(offsets),
                "pairs": len(offsets),
            },
            detail=(
                f"{len(offsets)} flashes, from {min(offsets):+.1f} to {max(offsets):+.1f} ms (+: sound later), "
                f"mean by show {shows} ms"
            ),
        )
    ]


def _show(ground: Ground, ingest: Ingest, clip: Path, key: str) -> list[float]:
    with ExitStack() as stack:
        home = stack.enter_context(Home(ground))
        source = ("camera", "file", f'path = "{clip}"')
        show = Plan([source], feature="").write(home.workspace.home)
        on_air = stack.enter_context(OnAir(home, show, "--to", ingest.kept(key)))
        on_air.wait_on_air()
        home.want(lambda wanted: with_overlay(wanted, "title", on=False))
        ground.wait(ground.lengths.sound_s)
        on_air.end()
    received = ingest.received(key)
    found = pair_ms(flash_times(received), beep_times(*sound(received)))
    if not found:
        raise StudioError("No flash and beep were found in the received stream", do=LOGS)
    return found


def flash_times(path: Path) -> list[float]:
    """When the picture turned bright, in seconds."""
    times = []
    was_bright = True  # a stream that begins in a flash begins in the middle of one
    for at, luma in luma_frames(path):
        is_bright = float(luma[::16, ::16].mean()) > _BRIGHT
        if is_bright and not was_bright:
            times.append(at)
        was_bright = is_bright
    return times


def beep_times(samples: NDArray[np.float32], start_s: float, rate: int) -> list[float]:
    """When a beep began after silence, in seconds: where half of the loudest is first reached."""
    loud = np.flatnonzero(np.abs(samples) > 0.5 * float(np.abs(samples).max(initial=0.0)))
    if not len(loud):
        return []
    after_silence = np.flatnonzero(np.diff(loud) > _QUIET_S * rate) + 1
    firsts = [loud[at] for at in after_silence]
    if loud[0] > _QUIET_S * rate:
        firsts.insert(0, loud[0])
    return [start_s + float(first) / rate for first in firsts]


def pair_ms(flashes: list[float], beeps: list[float]) -> list[float]:
    """For each flash the nearest beep's offset in ms; positive: the sound is later."""
    pairs = []
    for flash in flashes:
        offset = min((beep - flash for beep in beeps), key=abs, default=_NEAR_S)
        if abs(offset) < _NEAR_S:
            pairs.append(offset * 1000)
    return pairs
