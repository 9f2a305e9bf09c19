from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from studio.media.picture import Picture, Rect, Size
from studio.overlays.blend import blend, prepare
from studio.overlays.raster import Raster

SIZE = Size(24, 16)
# ITU-R BT.709-6: Y'CbCr of R'G'B' from 0 to 1, limited range, written out from the definition.
_Y = np.array([0.2126, 0.7152, 0.0722])
Floats = NDArray[np.float64]


def reference(picture: Picture, raster: Raster, x: int, y: int, opacity: float) -> tuple[Floats, Floats, Floats]:
    """The overlay composed on the picture in 4:4:4 and floating point, chroma averaged over 2×2 at the end."""
    width, height = picture.size
    layer = np.zeros((height, width, 4))
    for row in range(raster.pixels.shape[0]):
        for column in range(raster.pixels.shape[1]):
            if 0 <= y + row < height and 0 <= x + column < width:
                layer[y + row, x + column] = raster.pixels[row, column] / 255
    rgb, alpha = layer[:, :, :3], layer[:, :, 3]
    luma = rgb @ _Y
    planes = (
        219 * luma + 16 * alpha,
        224 * (rgb[:, :, 2] - luma) / (2 * (1 - 0.0722)) + 128 * alpha,
        224 * (rgb[:, :, 0] - luma) / (2 * (1 - 0.2126)) + 128 * alpha,
    )
    under = (
        picture.y.astype(float),
        *(plane.astype(float).repeat(2, axis=0).repeat(2, axis=1) for plane in (picture.u, picture.v)),
    )
    full = [u * (1 - alpha * opacity) + p * opacity for u, p in zip(under, planes, strict=True)]
    return full[0], *(f.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3)) for f in full[1:])


def noise(size: Size, seed: int) -> Picture:
    random = np.random.default_rng(seed)
    picture = Picture.black(size)
    picture.y[:] = random.integers(16, 236, picture.y.shape)
    picture.u[:] = random.integers(16, 241, picture.u.shape)
    picture.v[:] = random.integers(16, 241, picture.v.shape)
    return picture


def overlay(width: int, height: int, x: int, y: int, seed: int, alphas: list[int]) -> Raster:
    """Random premultiplied colours with the given alphas at random places."""
    random = np.random.default_rng(seed)
    alpha = random.choice(np.array(alphas), (height, width, 1))
    rgb = random.integers(0, 256, (height, width, 3)) * alpha // 255
    return Raster(np.concatenate([rgb, alpha], axis=2).astype(np.uint8), x, y)


def worst_error(picture: Picture, want: tuple[Floats, Floats, Floats]) -> float:
    return max(
        float(np.abs(got - plane).max()) for got, plane in zip((picture.y, picture.u, picture.v), want, strict=True)
    )


places = st.integers(-10, 26)


@given(
    st.integers(1, 14),
    st.integers(1, 14),
    places,
    places,
    st.integers(-9, 9),
    st.integers(-9, 9),
    st.sampled_from([1.0, 1.0, 0.0, 0.35]) | st.floats(0, 1),
    st.integers(0, 2**32 - 1),
    st.sampled_from([[0], [255], [230], [0, 1, 2, 127, 128, 254, 255], list(range(256))]),
)
def test_blending_is_within_two_of_the_floating_point_composite(
    width: int, height: int, x: int, y: int, dx: int, dy: int, opacity: float, seed: int, alphas: list[int]
) -> None:
    picture, raster = noise(SIZE, seed), overlay(width, height, x, y, seed + 1, alphas)
    want = reference(picture, raster, x + dx, y + dy, opacity)
    blend(picture, prepare(raster), dx, dy, opacity)
    assert worst_error(picture, want) <= 2.0


@given(
    st.tuples(*[st.integers(0, 5).map(lambda n: 2 * n)] * 4),
    st.integers(-3, 9),
    st.integers(-3, 9),
    st.integers(0, 2**32 - 1),
)
def test_nothing_outside_the_clip_changes(clip: tuple[int, int, int, int], x: int, y: int, seed: int) -> None:
    before, raster = noise(SIZE, seed), overlay(9, 9, x, y, seed, [0, 100, 255])
    picture, whole = noise(SIZE, seed), noise(SIZE, seed)
    left, top, width, height = clip
    area = Rect(left, top, width, height)
    blend(whole, prepare(raster))
    blend(picture, prepare(raster), clip=area)
    for got, old, new, scale in (
        (picture.y, before.y, whole.y, 1),
        (picture.u, before.u, whole.u, 2),
        (picture.v, before.v, whole.v, 2),
    ):
        want = old.copy()
        inside = np.s_[top // scale : (top + height) // scale, left // scale : (left + width) // scale]
        want[inside] = new[inside]
        assert np.array_equal(got, want)


def test_two_clips_that_share_the_frame_are_one_blend() -> None:
    raster = overlay(20, 12, 1, 1, 5, list(range(256)))
    whole, halves = noise(SIZE, 9), noise(SIZE, 9)
    blend(whole, prepare(raster))
    blend(halves, prepare(raster), clip=Rect(0, 0, 24, 6))
    blend(halves, prepare(raster), clip=Rect(0, 6, 24, 10))
    for one, other in ((whole.y, halves.y), (whole.u, halves.u), (whole.v, halves.v)):
        assert np.array_equal(one, other)


def test_what_is_transparent_changes_nothing() -> None:
    picture, before = noise(SIZE, 3), noise(SIZE, 3)
    blend(picture, prepare(Raster(np.zeros((8, 8, 4), np.uint8), 3, 3)))
    assert np.array_equal(picture.y, before.y)
    assert np.array_equal(picture.u, before.u)


@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [
        ((255, 255, 255), (235, 128, 128)),
        ((0, 0, 0), (16, 128, 128)),
        ((255, 0, 0), (63, 102, 240)),
        ((0, 255, 0), (173, 42, 26)),
        ((0, 0, 255), (32, 240, 118)),
    ],
)
def test_colours_are_bt709_in_limited_range(rgb: tuple[int, int, int], yuv: tuple[int, int, int]) -> None:
    picture = noise(SIZE, 1)
    blend(picture, prepare(Raster(np.full((16, 24, 4), (*rgb, 255), np.uint8), 0, 0)))
    assert (picture.y == yuv[0]).all()
    assert (picture.u == yuv[1]).all()
    assert (picture.v == yuv[2]).all()


def test_a_part_of_a_larger_picture_is_blended_on_too() -> None:
    whole = noise(Size(48, 32), 2)
    part = whole.part(Rect(12, 8, 24, 16))
    raster = overlay(10, 7, 3, 5, 4, [128])
    want = reference(part, raster, 3, 5, 1.0)
    blend(part, prepare(raster))
    assert worst_error(part, want) <= 2.0
