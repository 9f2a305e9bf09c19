"""What a source hands over: one picture's planes as they came, in whatever colour, size and subsampling."""

from __future__ import annotations

from dataclasses import dataclass

import av
import numpy as np
from av.video.reformatter import Colorspace, VideoReformatter
from numpy.typing import NDArray

from studio.capture.colour import WANTED, Colour, Matrix, planes_from_bgr
from studio.media.picture import Plane, Size

# FFmpeg's AVColorSpace (ITU-T H.273 table 4); others say nothing, and the size decides.
_MATRICES: dict[int, Matrix] = {1: "709", 4: "601", 5: "601", 6: "601", 7: "240", 9: "2020", 10: "2020"}
_RGB_SPACE = 0
_FULL_RANGE = 2
_HD_HEIGHT = 720

_PLANAR = {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"}
_BGR = "bgr24"


@dataclass(frozen=True, slots=True)
class Planes:
    """A picture before conversion.

    Attributes:
        y: (h, w) uint8; both sides even: an odd last row or column is left out.
        u: chroma, 4:2:0, 4:2:2 or 4:4:4.
        v: likewise.
        colour: what the numbers mean.
        pixel_aspect: width of a pixel as a share of its height.
        rotation: how far to turn it counter-clockwise, degrees: 0, 90, 180, 270.
    """

    y: Plane
    u: Plane
    v: Plane
    colour: Colour
    pixel_aspect: float = 1.0
    rotation: int = 0

    @property
    def size(self) -> Size:
        return Size(self.y.shape[1], self.y.shape[0])


def from_bgr(bgr: NDArray[np.uint8], rotation: int = 0, pixel_aspect: float = 1.0) -> Planes:
    """A picture (h, w, 3) that a driver or an image file gave as BGR."""
    height, width = bgr.shape[0] & ~1, bgr.shape[1] & ~1
    return Planes(*planes_from_bgr(bgr[:height, :width]), WANTED, pixel_aspect, rotation)


def from_grey(grey: Plane, rotation: int = 0, pixel_aspect: float = 1.0) -> Planes:
    """A picture (h, w) without colour. Grey uses 0–255, in FFmpeg as in cameras."""
    height, width = grey.shape[0] & ~1, grey.shape[1] & ~1
    none = np.full((height // 2, width // 2), 128, np.uint8)
    return Planes(grey[:height, :width], none, none, Colour("709", full=True), pixel_aspect, rotation)


class FrameReader:
    """Takes decoded frames apart; swscale is asked only for layouts that are not planes of bytes."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def planes(self, frame: av.VideoFrame, pixel_aspect: float = 1.0) -> Planes:
        """The frame's planes, without a copy where it has any. Raises ValueError when it is too small."""
        if frame.width < 2 or frame.height < 2:
            raise ValueError(f"a picture of {frame.width}x{frame.height}")
        rotation = frame.rotation % 360
        if frame.format.is_rgb or frame.colorspace == _RGB_SPACE:
            return from_bgr(np.asarray(self._as(frame, _BGR).to_ndarray(), np.uint8), rotation, pixel_aspect)
        if frame.format.name == "gray":
            return from_grey(_view(frame.planes[0]), rotation, pixel_aspect)
        meant = _colour_of(frame)
        if frame.format.name not in _PLANAR:
            frame = self._as(frame, _nearest_planar(frame))
        height, width = frame.height & ~1, frame.width & ~1
        y, u, v = (_view(plane) for plane in frame.planes[:3])
        tall = height if u.shape[0] == frame.height else height // 2
        wide = width if u.shape[1] == frame.width else width // 2
        return Planes(y[:height, :width], u[:tall, :wide], v[:tall, :wide], meant, pixel_aspect, rotation)

    def _as(self, frame: av.VideoFrame, layout: str) -> av.VideoFrame:
        """The same colours in another layout: matrix and range are told to be the same on both sides."""
        return self._reformatter.reformat(frame, format=layout, threads=1, **_same_colour(frame, layout))


def _same_colour(frame: av.VideoFrame, layout: str) -> dict[str, int]:
    if layout == _BGR:
        space, span = Colorspace.ITU709, int(frame.color_range)
    else:
        span = _FULL_RANGE if _is_full(frame) else 1
        space = Colorspace.ITU709
    return {
        "src_colorspace": space,
        "dst_colorspace": space,
        "src_color_range": span,
        "dst_color_range": _FULL_RANGE if layout == _BGR else span,
    }


def _nearest_planar(frame: av.VideoFrame) -> str:
    """8-bit planes with at least the frame's chroma."""
    wide, tall = _chroma_shifts(frame)
    return "yuv444p" if wide == 0 else "yuv422p" if tall == 0 else "yuv420p"


def _chroma_shifts(frame: av.VideoFrame) -> tuple[int, int]:
    layout = frame.format
    if len(layout.components) < 3:  # grey of more bits
        return 1, 1
    wide = round(np.log2(frame.width / max(1, layout.chroma_width(frame.width))))
    tall = round(np.log2(frame.height / max(1, layout.chroma_height(frame.height))))
    return wide, tall


def _is_full(frame: av.VideoFrame) -> bool:
    return frame.color_range == _FULL_RANGE or frame.format.name.startswith("yuvj")


def _colour_of(frame: av.VideoFrame) -> Colour:
    guess: Matrix = "709" if frame.height >= _HD_HEIGHT and not _is_full(frame) else "601"
    return Colour(_MATRICES.get(int(frame.colorspace), guess), _is_full(frame))


def _view(plane: av.video.plane.VideoPlane) -> Plane:
    return np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width]
