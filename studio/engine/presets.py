"""Chooses the x264 preset that this very computer can hold, by a short piece of real work."""

from __future__ import annotations

import logging
import os
import time
from datetime import date, timedelta
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from studio.engine.video_encoder import Canvas, VideoEncoder
from studio.show.model import Feed

log = logging.getLogger(__name__)

LADDER = ("veryfast", "superfast", "ultrafast")
_TRIAL = "superfast"
_FRAMES = 12
# CPU of each rung against the one tried, measured over textured 1080p content.
COST = {"veryfast": 1.65, "superfast": 1.0, "ultrafast": 0.68}
_REST_MS = 8.0  # decoding, conversion, placing, sound and network, per frame
_HOLDS = timedelta(days=7)  # a computer gets slower, and faster, with what else runs on it
_SHARE = 0.7  # of all cores, so that the rest of the computer can breathe


def choose(feed: Feed, feeds: int, memory: Path, today: date, *, cores: int | None = None) -> str:
    """The best preset of the ladder for one of `feeds` feeds.

    What was measured is remembered in `memory` for a week, and as long as the computer has as many cores.
    """
    cores = cores or os.cpu_count() or 1
    budget_ms = cores * _SHARE * 1000 / float(feed.rate) / feeds - _REST_MS
    trial_ms = _remembered(feed, memory, today, cores)
    for preset in LADDER[:-1]:
        if trial_ms * COST[preset] <= budget_ms:
            return preset
    return LADDER[-1]


class Speed(Struct, frozen=True):
    """What a frame of one kind of feed cost, and on which computer that was."""

    ms: float
    cores: int
    day: date

    def holds(self, today: date, cores: int) -> bool:
        return self.cores == cores and abs(today - self.day) < _HOLDS


def _remembered(feed: Feed, memory: Path, today: date, cores: int) -> float:
    key = f"{feed.size[0]}x{feed.size[1]} {feed.video_kbps} {feed.profile}"
    try:
        known = msgspec.json.decode(memory.read_bytes(), type=dict[str, Speed])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        known = {}
    if key in known and known[key].holds(today, cores):
        return known[key].ms
    cost = min(measure_ms(feed), measure_ms(feed))  # so that one bad moment does not set the preset for a week
    try:
        memory.write_bytes(msgspec.json.encode({**known, key: Speed(cost, cores, today)}))
    except OSError as error:
        log.info("the encoder's speed cannot be remembered: %s", error)
    return cost


def measure_ms(feed: Feed) -> float:
    """CPU milliseconds that one frame of moving texture costs at the trial preset."""
    width, height = feed.size
    encoder = VideoEncoder(feed, _TRIAL)
    canvas = Canvas(width, height)
    random = np.random.default_rng(1)
    coarse = random.integers(40, 200, (height // 8 + 16, width // 8 + 16)).astype(np.uint8)
    texture = np.kron(coarse, np.ones((8, 8), np.uint8))
    texture += random.integers(0, 8, texture.shape).astype(np.uint8)
    canvas.picture.u.fill(120)
    canvas.picture.v.fill(136)
    start = time.process_time()
    for number in range(_FRAMES):
        canvas.picture.y[:] = texture[number : number + height, 2 * number : 2 * number + width]
        encoder.encode(canvas, number, 0)
    encoder.flush()
    return (time.process_time() - start) * 1000 / _FRAMES
