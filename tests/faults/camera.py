"""What the camera sees: a grey that breathes, with a sensor's noise. No slate looks like it, and no picture stays."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from studio.bench.media import luma_frames
from tests.services.program import find

_SIZE = (1280, 720)
_PICTURES = 30
_LEAST, _MOST = 90, 140  # grey; black is far below, paper far above
_MARGIN = 14
_STEP = 0.7  # of luma, from one picture to the next: half of what it is by nature

Look = Literal["moving", "still", "other"]


def camera_jpegs() -> list[bytes]:
    """A second of pictures, JPEG."""
    noise = np.random.default_rng(1)
    width, height = _SIZE
    found = []
    for number in range(_PICTURES):
        share = abs(2 * number / _PICTURES - 1)
        grey = _LEAST + (_MOST - _LEAST) * share
        picture = np.clip(noise.normal(grey, 9, (height, width, 3)), 0, 255).astype(np.uint8)
        found.append(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 70])[1].tobytes())
    return found


def camera_clip(folder: Path) -> Path:
    """The same as a file that ffmpeg can serve."""
    jpegs, clip = folder / "camera.mjpeg", folder / "camera.avi"
    jpegs.write_bytes(b"".join(camera_jpegs()))
    made = ["-y", "-f", "mjpeg", "-framerate", "30", "-i", str(jpegs), "-c", "copy", str(clip)]
    subprocess.run([find("ffmpeg"), "-hide_banner", "-nostdin", *made], check=True, capture_output=True)
    return clip


@dataclass(frozen=True, slots=True)
class Seen:
    """What a recorded picture shows. `at_s`: its time in the file."""

    at_s: float
    look: Look


def looks(path: Path) -> list[Seen]:
    """Each picture of a file: the camera moving, its last picture repeated, or something else (the slate)."""
    found: list[Seen] = []
    before = -1.0
    for at, luma in luma_frames(path):
        height, width = luma.shape
        part = luma[int(height * 0.35) : int(height * 0.55), int(width * 0.85) :]
        grey = float(part.mean())
        # Limited range, and BT.709: a grey keeps its place between black and white.
        whole = (grey - 16) * 255 / 219
        if not _LEAST - _MARGIN < whole < _MOST + _MARGIN:
            look: Look = "other"
        else:
            look = "moving" if abs(grey - before) > _STEP else "still"
        found.append(Seen(at, look))
        before = grey
    return found
