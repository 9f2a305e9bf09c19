"""Pictures: three planes that share one buffer, and parts of them without a copy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.media.picture import Picture, Rect, Size

even = st.integers(1, 20).map(lambda half: 2 * half)


@given(even, even)
def test_the_planes_of_a_buffer_cover_it_once(width: int, height: int) -> None:
    size = Size(width, height)
    buffer = np.zeros(size.i420_bytes, np.uint8)
    picture = Picture.over(buffer, size)
    assert picture.size == size
    assert picture.u.shape == picture.v.shape == (height // 2, width // 2)
    for plane in (picture.y, picture.u, picture.v):
        plane += 1
    assert (buffer == 1).all()


def test_the_planes_lie_in_the_order_y_u_v() -> None:
    buffer = np.arange(24, dtype=np.uint8)
    picture = Picture.over(buffer, Size(4, 4))
    assert picture.y[1].tolist() == [4, 5, 6, 7]
    assert picture.u.tolist() == [[16, 17], [18, 19]]
    assert picture.v.tolist() == [[20, 21], [22, 23]]


def test_black_is_that_of_limited_range() -> None:
    picture = Picture.black(Size(6, 4))
    assert set(picture.y.flat) == {16}
    assert set(picture.u.flat) == set(picture.v.flat) == {128}


@given(st.data(), even, even)
def test_a_part_is_a_view_of_its_rectangle_in_every_plane(data: st.DataObject, width: int, height: int) -> None:
    x = 2 * data.draw(st.integers(0, width // 2 - 1))
    y = 2 * data.draw(st.integers(0, height // 2 - 1))
    w = 2 * data.draw(st.integers(1, (width - x) // 2))
    h = 2 * data.draw(st.integers(1, (height - y) // 2))
    picture = Picture.black(Size(width, height))
    part = picture.part(Rect(x, y, w, h))
    assert part.size == Size(w, h)
    part.y.fill(200)
    part.u.fill(1)
    part.v.fill(2)
    assert (picture.y == 200).sum() == w * h
    assert (picture.u == 1).sum() == (picture.v == 2).sum() == w * h // 4
    assert picture.y[y, x] == 200
    assert picture.u[y // 2, x // 2] == 1


def test_pasting_copies_all_planes_and_nothing_is_shared_afterwards() -> None:
    one, other = Picture.black(Size(4, 2)), Picture.black(Size(4, 2))
    other.y.fill(90)
    other.u.fill(91)
    other.v.fill(92)
    one.paste(other)
    other.y.fill(0)
    assert (one.y == 90).all()
    assert (one.u == 91).all()
    assert (one.v == 92).all()


def test_a_picture_of_another_size_is_not_pasted() -> None:
    with pytest.raises(ValueError, match="broadcast"):
        Picture.black(Size(4, 4)).paste(Picture.black(Size(8, 8)))
