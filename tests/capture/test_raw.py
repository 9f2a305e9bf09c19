from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from studio.capture.camera import fourcc_name
from studio.capture.colour import Colour
from studio.capture.raw import RAW_READERS
from studio.capture.source import DamagedPicture
from studio.media.picture import Size

SIZE = Size(64, 48)
LAYOUTS = {"YUYV": "yuyv422", "YUY2": "yuyv422", "UYVY": "uyvy422", "NV12": "nv12"}


def bgr() -> NDArray[np.uint8]:
    grid = np.random.default_rng(3).integers(30, 220, (3, 4, 3), np.uint8)
    return np.asarray(cv2.resize(grid, SIZE, interpolation=cv2.INTER_CUBIC), np.uint8)


def frame_bytes(layout: str) -> NDArray[np.uint8]:
    frame = VideoReformatter().reformat(av.VideoFrame.from_ndarray(bgr(), "bgr24"), format=layout, dst_colorspace=5)
    rows = [np.frombuffer(memoryview(one), np.uint8).reshape(-1, one.line_size) for one in frame.planes]
    width = {"yuyv422": SIZE.width * 2, "uyvy422": SIZE.width * 2}.get(layout, SIZE.width)
    return np.concatenate([one[:, :width].reshape(-1) for one in rows])


@pytest.mark.parametrize("fourcc", LAYOUTS)
def test_a_cameras_own_bytes_are_taken_apart(fourcc: str) -> None:
    data = frame_bytes(LAYOUTS[fourcc])
    planes = RAW_READERS[fourcc]()(data, SIZE)
    assert planes.size == SIZE
    assert planes.colour == Colour("601", full=False)
    plain = VideoReformatter().reformat(
        av.VideoFrame.from_ndarray(bgr(), "bgr24"), format="yuv444p", dst_colorspace=5
    )
    y, u, v = (np.frombuffer(memoryview(one), np.uint8).reshape(48, -1)[:, :64].astype(int) for one in plain.planes)
    assert np.abs(planes.y - y).mean() < 1.5
    across, down = 64 // planes.u.shape[1], 48 // planes.u.shape[0]
    assert np.abs(planes.u - u[::down, ::across]).mean() < 3
    assert np.abs(planes.v - v[::down, ::across]).mean() < 3


def test_a_grey_camera_uses_the_full_range() -> None:
    grey = np.arange(64 * 48, dtype=np.uint8)
    planes = RAW_READERS["GREY"]()(grey, SIZE)
    assert planes.colour.full
    assert np.array_equal(planes.y.reshape(-1), grey)
    assert (planes.u == 128).all()


def jpeg(subsampling: int) -> NDArray[np.uint8]:
    done, data = cv2.imencode(".jpg", bgr(), [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, subsampling])
    assert done
    return np.asarray(data, np.uint8)


@pytest.mark.parametrize(
    ("subsampling", "shape"),
    [
        (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420, (24, 32)),
        (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422, (48, 32)),
        (cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444, (48, 64)),
    ],
)
def test_mjpeg_of_every_subsampling_is_decoded_without_a_way_round_by_rgb(
    subsampling: int, shape: tuple[int, int]
) -> None:
    planes = RAW_READERS["MJPG"]()(jpeg(subsampling), SIZE)
    assert planes.u.shape == shape
    assert planes.colour == Colour("601", full=True)


def without_huffman_tables(data: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """As many cameras send it (the AVI1 habit): the standard's tables are left out."""
    raw, at, kept = data.tobytes(), 2, bytearray(b"\xff\xd8")
    while raw[at + 1] != 0xDA:
        size = int.from_bytes(raw[at + 2 : at + 4], "big") + 2
        if raw[at + 1] != 0xC4:
            kept += raw[at : at + size]
        at += size
    return np.frombuffer(bytes(kept) + raw[at:], np.uint8)


def test_mjpeg_without_huffman_tables_is_decoded_too() -> None:
    whole = jpeg(cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422)
    read = RAW_READERS["MJPG"]()
    bare = without_huffman_tables(whole)
    assert len(bare) < len(whole)
    assert np.array_equal(read(bare, SIZE).y, RAW_READERS["MJPG"]()(whole, SIZE).y)


@pytest.mark.parametrize("fourcc", RAW_READERS)
def test_a_torn_picture_is_damaged_and_the_next_one_is_read(fourcc: str) -> None:
    good = (
        jpeg(cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422)
        if fourcc in {"MJPG", "JPEG"}
        else frame_bytes(LAYOUTS.get(fourcc, "gray"))
    )
    read = RAW_READERS[fourcc]()
    with pytest.raises(DamagedPicture):
        read(good[:40], SIZE)
    assert read(good, SIZE).size == SIZE


def test_a_format_is_called_by_its_four_letters() -> None:
    assert fourcc_name(cv2.VideoWriter.fourcc(*"MJPG")) == "MJPG"
    assert fourcc_name(0) == ""
    assert fourcc_name(-1) == ""


def test_a_stream_of_jpegs_may_change_its_size_and_subsampling() -> None:
    read = RAW_READERS["MJPG"]()
    sizes = []
    for width, height in ((64, 48), (96, 64), (63, 47), (64, 48)):
        done, data = cv2.imencode(".jpg", np.full((height, width, 3), 90, np.uint8))
        assert done
        sizes.append(read(np.asarray(data, np.uint8), SIZE).size)
    assert sizes == [(64, 48), (96, 64), (62, 46), (64, 48)]
