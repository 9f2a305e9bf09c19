"""What the camera sees: a grey that breathes, with a sensor's noise. No slate looks like it, and no picture stays."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from studio.bench.media import luma_frames
from studio.show.theme import load_theme
from tests.services.program import find

_PICTURES = 30
_LEAST, _MOST = 90, 140  # grey; the slate and black are far below, its words far above
_MARGIN = 14
_STEP = 0.7  # of luma, from one picture to the next: half of what it is by nature
_PAPER_NEAR, _WORDS_LEAST = 6, 150  # of luma; black is 19 from the paper

Look = Literal["moving", "still", "slate", "other"]


def camera_jpegs(size: tuple[int, int] = (1280, 720), noise: float = 9.0) -> list[bytes]:
    """A second of pictures, JPEG. `noise`: its standard deviation; 0 for what must be small when it is coded."""
    random = np.random.default_rng(1)
    width, height = size
    found = []
    for number in range(_PICTURES):
        share = abs(2 * number / _PICTURES - 1)
        grey = _LEAST + (_MOST - _LEAST) * share
        picture = np.clip(random.normal(grey, noise, (height, width, 3)), 0, 255).astype(np.uint8)
        found.append(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 70])[1].tobytes())
    return found


def camera_clip(folder: Path, size: tuple[int, int] = (1280, 720), noise: float = 9.0) -> Path:
    """The same as a file that ffmpeg can serve."""
    jpegs, clip = folder / "camera.mjpeg", folder / "camera.avi"
    jpegs.write_bytes(b"".join(camera_jpegs(size, noise)))
    made = ["-y", "-f", "mjpeg", "-framerate", "30", "-i", str(jpegs), "-c", "copy", str(clip)]
    subprocess.run([find("ffmpeg"), "-hide_banner", "-nostdin", *made], check=True, capture_output=True)
    return clip


@dataclass(frozen=True, slots=True)
class Seen:
    """What a recorded picture shows. `at_s`: since the first."""

    at_s: float
    look: Look


def looks(path: Path) -> list[Seen]:
    """Each picture of a recording: the camera moving, its last picture repeated, the slate, or something else."""
    found: list[Seen] = []
    paper = _paper_luma()
    before, begin_s = -1.0, 0.0
    for at_s, luma in luma_frames(path):
        begin_s = begin_s if found else at_s
        height, width = luma.shape
        grey = float(luma[int(height * 0.35) : int(height * 0.55), int(width * 0.85) :].mean())
        # Limited range, and BT.709: a grey keeps its place between black and white.
        whole = (grey - 16) * 255 / 219
        if _LEAST - _MARGIN < whole < _MOST + _MARGIN:
            look: Look = "moving" if abs(grey - before) > _STEP else "still"
        else:
            look = "slate" if abs(grey - paper) < _PAPER_NEAR and _has_words(luma) else "other"
        found.append(Seen(at_s - begin_s, look))
        before = grey
    return found


def _paper_luma() -> float:
    """The luma of the slate's paper (ITU-R BT.709, section 3: of a show without a theme of its own)."""
    panel = load_theme("ink").colours.panel
    red, green, blue = (int(panel[at : at + 2], 16) for at in (1, 3, 5))
    return 16 + (0.2126 * red + 0.7152 * green + 0.0722 * blue) * 219 / 255


def _has_words(luma: NDArray[np.uint8]) -> bool:
    height, width = luma.shape
    return bool(luma[int(height * 0.3) : int(height * 0.7), width // 4 : width * 3 // 4].max() > _WORDS_LEAST)
