"""The bytes that a camera itself gives, taken apart into planes: MJPEG, YUYV, UYVY, NV12 and grey."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from studio.capture.colour import Colour
from studio.capture.planes import FrameReader, Planes, from_grey
from studio.capture.source import DamagedPicture
from studio.media.picture import Plane, Size

Bytes = NDArray[np.uint8]

# USB video class 1.5 §3.9.2.6: without a colour matching descriptor, SMPTE 170M, which is BT.601's matrix.
_VIDEO = Colour("601", full=False)


class RawReader(Protocol):
    """Bytes of one picture to planes. Raises DamagedPicture."""

    def __call__(self, data: Bytes, size: Size, /) -> Planes: ...


class MjpegReader:
    """JPEG pictures by FFmpeg, which also knows those without Huffman tables, as cameras send them."""

    def __init__(self) -> None:
        self._codec = av.VideoCodecContext.create("mjpeg", "r")
        self._codec.thread_count = 1
        self._frames = FrameReader()

    def __call__(self, data: Bytes, size: Size) -> Planes:  # noqa: ARG002 - a JPEG says its own
        try:
            found = self._codec.decode(av.Packet(data.tobytes()))
        except av.FFmpegError as error:
            raise DamagedPicture(str(error)) from error
        if not found:
            raise DamagedPicture("no picture in it")
        return self._frames.planes(found[-1])


def _packed(first_luma: int, first_chroma: int) -> RawReader:
    """4:2:2 in groups of four bytes for two pixels."""

    def read(data: Bytes, size: Size) -> Planes:
        pairs = _shaped(data, size, 2).reshape(size.height, size.width // 2, 4)
        pixels = pairs.reshape(size.height, size.width, 2)
        y = _channel(pixels, first_luma)
        u, v = _channel(pairs, first_chroma), _channel(pairs, first_chroma + 2)
        height = size.height & ~1
        return Planes(y[:height], u[:height], v[:height], _VIDEO)

    return read


def _nv12(data: Bytes, size: Size) -> Planes:
    flat = _shaped(data, size, 1.5).reshape(-1)
    luma = size.width * size.height
    chroma = flat[luma:].reshape(size.height // 2, size.width // 2, 2)
    y = flat[:luma].reshape(size.height, size.width)
    return Planes(y, _channel(chroma, 0), _channel(chroma, 1), _VIDEO)


def _grey(data: Bytes, size: Size) -> Planes:
    return from_grey(_shaped(data, size, 1).reshape(size.height, size.width))


def _shaped(data: Bytes, size: Size, bytes_a_pixel: float) -> Bytes:
    wanted = int(size.width * size.height * bytes_a_pixel)
    if data.size < wanted:
        raise DamagedPicture(f"{data.size} bytes instead of {wanted}")
    return data.reshape(-1)[:wanted]


def _channel(pixels: Bytes, index: int) -> Plane:
    return np.asarray(cv2.extractChannel(pixels, index), np.uint8)


RAW_READERS: dict[str, Callable[[], RawReader]] = {
    "MJPG": MjpegReader,
    "JPEG": MjpegReader,
    "YUYV": lambda: _packed(0, 1),
    "YUY2": lambda: _packed(0, 1),
    "UYVY": lambda: _packed(1, 0),
    "NV12": lambda: _nv12,
    "GREY": lambda: _grey,
}
