from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from studio.capture.colour import WANTED, Colour
from studio.capture.convert import Converter
from studio.capture.planes import FrameReader, Planes, from_bgr
from studio.media.picture import Picture, Size
from studio.show.plan import PictureRequest

SIZE = Size(160, 96)
BT709, BT601 = 1, 5
LIMITED, FULL = 1, 2


def smooth_bgr() -> NDArray[np.uint8]:
    """Every colour, without edges that subsampling would smear."""
    grid = np.random.default_rng(3).integers(20, 236, (4, 6, 3), np.uint8)
    return np.asarray(cv2.resize(grid, SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)


def converted(planes: Planes) -> Picture:
    out = Picture.black(planes.size)
    request = PictureRequest(*planes.size, "cover")
    Converter([request]).convert(planes, [out])
    return out


@pytest.mark.parametrize(
    "layout",
    ["yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "nv12", "yuyv422", "uyvy422", "yuv420p10le", "yuv411p",
     "yuva420p", "rgb24", "bgr24", "bgra", "gbrp"],
)  # fmt: skip
def test_the_same_picture_comes_out_of_every_layout(layout: str) -> None:
    bgr = smooth_bgr()
    full = layout.startswith("yuvj")
    space = BT601 if full else BT709
    frame = VideoReformatter().reformat(
        av.VideoFrame.from_ndarray(bgr, "bgr24"),
        format=layout,
        dst_colorspace=space,
        dst_color_range=FULL if full or "rgb" in layout or "bgr" in layout else LIMITED,
        interpolation=4 | 0x40000 | 0x2000 | 0x4000,
    )
    if "rgb" not in layout and "bgr" not in layout:
        frame.colorspace, frame.color_range = space, FULL if full else LIMITED
    found, wanted = converted(FrameReader().planes(frame)), converted(from_bgr(bgr))
    for plane, exact in ((found.y, wanted.y), (found.u, wanted.u), (found.v, wanted.v)):
        assert np.abs(plane.astype(int) - exact).mean() < 1.2


def test_grey_is_without_colour() -> None:
    grey = np.full((96, 160), 128, np.uint8)
    found = converted(FrameReader().planes(av.VideoFrame.from_ndarray(grey, "gray")))
    assert (found.u == 128).all()
    assert (found.v == 128).all()
    assert np.ptp(found.y) == 0


@pytest.mark.parametrize(
    ("size", "colourspace", "expected"),
    [
        ((720, 576), 2, Colour("601", full=False)),
        ((1280, 720), 2, Colour("709", full=False)),
        ((1920, 1080), 5, Colour("601", full=False)),
        ((720, 576), 1, Colour("709", full=False)),
        ((1920, 1080), 9, Colour("2020", full=False)),
    ],
)
def test_a_stream_that_says_no_matrix_is_judged_by_its_size(
    size: tuple[int, int], colourspace: int, expected: Colour
) -> None:
    frame = av.VideoFrame(*size, "yuv420p")
    frame.colorspace = colourspace
    assert FrameReader().planes(frame).colour == expected


def test_a_jpeg_of_any_size_is_bt601_of_full_range() -> None:
    frame = av.VideoFrame(1920, 1080, "yuvj422p")
    assert FrameReader().planes(frame).colour == Colour("601", full=True)


def test_an_odd_last_row_and_column_are_left_out() -> None:
    for layout in ("yuv420p", "yuv422p", "yuv444p", "nv12", "rgb24"):
        planes = FrameReader().planes(av.VideoFrame(641, 481, layout))
        assert planes.size == (640, 480)
        converted(planes)


def test_bgr_of_odd_sides_is_cut_to_even_ones() -> None:
    planes = from_bgr(np.zeros((97, 161, 3), np.uint8))
    assert planes.size == SIZE
    assert planes.colour == WANTED
