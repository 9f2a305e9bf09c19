from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.capture.colour import WANTED, Colour, ColourMapper, planes_from_bgr
from studio.capture.planes import FrameReader
from studio.media.picture import Picture, Plane, Size
from tests.capture.difference import delta_e, patches

SIZE = Size(96, 64)
Floats = NDArray[np.float64]


# ITU-R BT.601-7 §2.5.1, BT.709-6 §3.2, BT.2020-2 table 4: what red and blue add to luma.
LUMA = {"601": (0.299, 0.114), "709": (0.2126, 0.0722), "2020": (0.2627, 0.0593)}


def rgb_to_ycc(matrix: str) -> Floats:
    """Y' = kr R + (1 - kr - kb) G + kb B; Cb = (B - Y') / 2(1 - kb); Cr = (R - Y') / 2(1 - kr)."""
    kr, kb = LUMA[matrix]
    kg = 1 - kr - kb
    cb = np.array([-kr, -kg, 1 - kb]) / (2 * (1 - kb))
    cr = np.array([1 - kr, -kg, -kb]) / (2 * (1 - kr))
    return np.array([[kr, kg, kb], cb, cr])


def decoded(y: Plane, u: Plane, v: Plane, colour: Colour) -> Floats:
    """R'G'B' of 0-1 by the standards' own formulas, chroma repeated."""
    height, width = y.shape
    u, v = (np.repeat(np.repeat(one, height // one.shape[0], 0), width // one.shape[1], 1) for one in (u, v))
    luma = y / 255 if colour.full else (y - 16.0) / 219
    chroma = [(one - 128.0) / (255 if colour.full else 224) for one in (u, v)]
    return np.asarray(np.stack([luma, *chroma], -1) @ np.linalg.inv(rgb_to_ycc(colour.matrix)).T)


def wanted(y: Plane, u: Plane, v: Plane, colour: Colour) -> list[Floats]:
    """The same picture's planes in BT.709 limited range, exact."""
    ycc = decoded(y, u, v, colour) @ rgb_to_ycc("709").T
    luma, cb, cr = 16 + 219 * ycc[..., 0], 128 + 224 * ycc[..., 1], 128 + 224 * ycc[..., 2]
    half = [one.reshape(SIZE.height // 2, 2, SIZE.width // 2, 2).mean((1, 3)) for one in (cb, cr)]
    return [np.clip(one, 0, 255) for one in (luma, *half)]


def moving(shape: tuple[int, int], seed: int) -> Plane:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("chroma", [(32, 48), (64, 48), (64, 96)], ids=["420", "422", "444"])
@pytest.mark.parametrize(
    "colour",
    [
        Colour("601", full=True),
        Colour("601", full=False),
        Colour("709", full=True),
        WANTED,
        Colour("2020", full=False),
    ],
    ids=str,
)
def test_any_matrix_range_and_subsampling_comes_out_as_the_float_reference_says(
    colour: Colour, chroma: tuple[int, int]
) -> None:
    y, u, v = moving((64, 96), 1), moving(chroma, 2), moving(chroma, 3)
    out = Picture.black(SIZE)
    ColourMapper().map(y, u, v, colour, out)
    for plane, exact in zip((out.y, out.u, out.v), wanted(y, u, v, colour), strict=True):
        error = np.abs(plane - exact)
        assert error.mean() < 0.5
        assert error.max() <= 2


def test_what_is_already_right_is_not_touched() -> None:
    y, u, v = moving((64, 96), 1), moving((32, 48), 2), moving((32, 48), 3)
    out = Picture.black(SIZE)
    ColourMapper().map(y, u, v, WANTED, out)
    assert all(np.array_equal(*pair) for pair in ((out.y, y), (out.u, u), (out.v, v)))


def test_a_part_of_a_larger_picture_can_be_filled() -> None:
    whole = Picture.black(Size(200, 100))
    y, u, v = moving((64, 96), 1), moving((32, 48), 2), moving((32, 48), 3)
    alone = Picture.black(SIZE)
    ColourMapper().map(y, u, v, Colour("601", full=True), alone)
    part = Picture(whole.y[10:74, 20:116], whole.u[5:37, 10:58], whole.v[5:37, 10:58])
    ColourMapper().map(y, u, v, Colour("601", full=True), part)
    assert np.array_equal(part.y, alone.y)
    assert np.array_equal(part.v, alone.v)
    assert (whole.y[:, :20] == 16).all()


def test_bgr_becomes_the_same_colours() -> None:
    bgr = np.random.default_rng(5).integers(0, 256, (64, 96, 3), np.uint8)
    exact = bgr[..., ::-1] / 255 @ rgb_to_ycc("709").T
    y, u, v = planes_from_bgr(bgr)
    assert np.abs(y - (16 + 219 * exact[..., 0])).max() <= 1
    half = exact.reshape(32, 2, 48, 2, 3).mean((1, 3))
    assert np.abs(u - (128 + 224 * half[..., 1])).max() <= 1.5
    assert np.abs(v - (128 + 224 * half[..., 2])).max() <= 1.5


def test_colours_of_a_jpeg_camera_stay_what_the_jpeg_made_of_them() -> None:
    true = patches()
    chart = np.repeat(np.repeat(np.round(true.reshape(4, 6, 3) * 255).astype(np.uint8), 32, 0), 32, 1)
    done, data = cv2.imencode(".jpg", chart[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])
    assert done
    codec = av.VideoCodecContext.create("mjpeg", "r")
    frame = codec.decode(av.Packet(data.tobytes()))[0]
    planes = FrameReader().planes(frame)
    assert planes.colour == Colour("601", full=True)
    out = Picture.black(planes.size)
    ColourMapper().map(planes.y, planes.u, planes.v, planes.colour, out)

    def seen(rgb: Floats) -> Floats:
        return np.array(
            [rgb[r * 32 + 8 : r * 32 + 24, c * 32 + 8 : c * 32 + 24].mean((0, 1)) for r in range(4) for c in range(6)]
        )

    jpeg = delta_e(seen(np.clip(decoded(planes.y, planes.u, planes.v, planes.colour), 0, 1)), true)
    ours = delta_e(seen(np.clip(decoded(out.y, out.u, out.v, WANTED), 0, 1)), true)
    assert ours.mean() - jpeg.mean() <= 0.5
    assert ours.max() - jpeg.max() <= 1.0


def test_the_measure_of_difference_is_the_published_one() -> None:
    grey = np.array([0.5, 0.5, 0.5])
    assert delta_e(grey, grey) == 0
    assert abs(delta_e(np.array([1.0, 0, 0]), np.array([0, 1.0, 0])) - 86.6) < 0.2


def test_one_mapper_maps_pictures_of_every_kind_in_turn() -> None:
    mapper = ColourMapper()
    for _ in range(2):
        for chroma in ((32, 48), (64, 48), (64, 96)):
            planes = moving((64, 96), 1), moving(chroma, 2), moving(chroma, 3)
            ours, fresh = Picture.black(SIZE), Picture.black(SIZE)
            mapper.map(*planes, Colour("601", full=True), ours)
            ColourMapper().map(*planes, Colour("601", full=True), fresh)
            assert np.array_equal(ours.y, fresh.y)
            assert np.array_equal(ours.u, fresh.u)
