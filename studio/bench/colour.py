"""6. Colour: 24 patches as a JPEG camera, through the whole studio, against what they were."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from studio.bench.camera import Camera
from studio.bench.ciede2000 import delta_e, lab_of
from studio.bench.ground import Ground
from studio.bench.media import plane
from studio.bench.result import Result, judged
from studio.bench.servers import Ingest
from studio.bench.shows import LOGS, Home, OnAir, Plan
from studio.errors import StudioError
from studio.show.wanted import with_overlay

_BOUND_MEAN, _BOUND_MAX = 0.7, 2.0
_WIDTH, _HEIGHT = 1920, 1080
_COLUMNS, _ROWS = 6, 4
_QUALITY = 75  # of 100; as cameras code: its own errors show

# The 24 patches of the classic chart of colours found in nature, in sRGB, row by row from the upper left.
PATCHES = (
    (115, 82, 68), (194, 150, 130), (98, 122, 157), (87, 108, 67), (133, 128, 177), (103, 189, 170),
    (214, 126, 44), (80, 91, 166), (193, 90, 99), (94, 60, 108), (157, 188, 64), (224, 163, 46),
    (56, 61, 150), (70, 148, 73), (175, 54, 60), (231, 199, 31), (187, 86, 149), (8, 133, 161),
    (243, 243, 242), (200, 200, 200), (160, 160, 160), (122, 122, 121), (85, 85, 85), (52, 52, 52),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Coding:
    """How Y'CbCr means colour: the matrix's Kr and Kb, and whether luma uses 0–255 (full) or 16–235."""

    kr: float
    kb: float
    full: bool


JPEG = Coding(0.299, 0.114, full=True)  # JFIF 1.02: BT.601 at full range
HD = Coding(0.2126, 0.0722, full=False)  # BT.709-6


def measure(ground: Ground) -> list[Result]:
    jpeg = chart_jpeg()
    ground.say("24 colours through the studio")
    with ExitStack() as stack:
        camera = stack.enter_context(Camera([jpeg], ground.clock))
        ingest = stack.enter_context(Ingest(ground))
        home = stack.enter_context(Home(ground))
        source = ("camera", "url", f'path = "{camera.url}"')
        show = Plan([source], kbps=8000, feature="").write(home.workspace.home)
        on_air = stack.enter_context(OnAir(home, show, "--to", ingest.kept("colour")))
        on_air.wait_on_air()
        home.want(lambda wanted: with_overlay(wanted, "title", on=False))
        ground.wait(ground.lengths.colour_s)
        on_air.end()
        frame = _last_picture(ingest.received("colour"))
    alone = differences(_decoded(jpeg), JPEG)
    through = differences(frame, HD)
    mean, most = sum(through) / len(through), max(through)
    mean_alone, most_alone = sum(alone) / len(alone), max(alone)
    worst = through.index(most) + 1
    tagged = (frame.colorspace, frame.color_range) == (1, 1)  # H.273: BT.709; limited
    untagged = "" if tagged else "; the stream is not tagged BT.709 limited"
    values = {"mean": mean, "max": most, "jpeg_mean": mean_alone, "jpeg_max": most_alone}
    return [
        judged(
            "colour.mean",
            "24 colours received, mean ΔE2000",
            mean,
            "",
            bound=_BOUND_MEAN,
            holds=tagged,
            values=values,
            detail=f"the JPEG alone {mean_alone:.2f}{untagged}",
        ),
        judged(
            "colour.max",
            "24 colours received, largest ΔE2000",
            most,
            "",
            bound=_BOUND_MAX,
            values=values,
            detail=f"patch {worst}; the JPEG alone {most_alone:.2f}",
        ),
    ]


def chart_jpeg() -> bytes:
    """The patches, each a sixth of the width and a quarter of the height, as a camera's JPEG: 4:2:0, BT.601 full."""
    grid = np.array(PATCHES, np.uint8).reshape(_ROWS, _COLUMNS, 3)
    picture = np.kron(grid, np.ones((_HEIGHT // _ROWS, _WIDTH // _COLUMNS, 1), np.uint8))
    done, data = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert done
    return data.tobytes()


def differences(frame: av.VideoFrame, coding: Coding) -> list[float]:
    """ΔE2000 of each patch's mean, in order."""
    planes = [plane(frame, index) for index in range(3)]
    found = []
    for number, wanted in enumerate(PATCHES):
        row, column = divmod(number, _COLUMNS)
        means = [_mean(one, row, column) for one in planes]
        seen = to_srgb(means, coding)
        found.append(delta_e(lab_of(np.array(wanted) / 255), lab_of(seen)))
    return found


def to_srgb(ycc: Sequence[float], coding: Coding) -> NDArray[np.float64]:
    """R'G'B' from 0 to 1 of 8-bit codes, not rounded: what an ideal screen shows."""
    y, cb, cr = ycc
    black, luma, chroma = (0.0, 255.0, 255.0) if coding.full else (16.0, 219.0, 224.0)
    y, cb, cr = (y - black) / luma, (cb - 128) / chroma, (cr - 128) / chroma
    red, blue = y + 2 * (1 - coding.kr) * cr, y + 2 * (1 - coding.kb) * cb
    green = (y - coding.kr * red - coding.kb * blue) / (1 - coding.kr - coding.kb)
    seen: NDArray[np.float64] = np.clip(np.array([red, green, blue]), 0.0, 1.0)
    return seen


def _mean(one: NDArray[np.uint8], row: int, column: int) -> float:
    """Of the middle of a patch: its edges are the encoder's business, not the colours'."""
    height, width = one.shape[0] // _ROWS, one.shape[1] // _COLUMNS
    top, left = row * height, column * width
    return float(one[top + height // 4 : top + height * 3 // 4, left + width // 4 : left + width * 3 // 4].mean())


def _decoded(jpeg: bytes) -> av.VideoFrame:
    context = av.CodecContext.create("mjpeg", "r")
    frames = [*context.decode(av.Packet(jpeg)), *context.decode(None)]
    frame = frames[0]
    assert isinstance(frame, av.VideoFrame)
    return frame


def _last_picture(path: Path) -> av.VideoFrame:
    frame: av.VideoFrame | None = None
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):  # noqa: B007 - the last one is wanted
            pass
    if frame is None:
        raise StudioError("The server received no picture", do=LOGS)
    return frame
