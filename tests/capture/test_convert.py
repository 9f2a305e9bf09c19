from __future__ import annotations

import cv2
import numpy as np
import pytest

from studio.capture.colour import WANTED, Colour
from studio.capture.convert import Converter
from studio.capture.planes import Planes
from studio.media.picture import Picture, Plane, Rect, Size
from studio.show.plan import PictureRequest


def halves(size: Size, *, colour: Colour = WANTED, rotation: int = 0, pixel_aspect: float = 1.0) -> Planes:
    """Dark on the left, bright and red on the right."""
    width, height = size
    y, u, v = (
        np.full((height, width), 40, np.uint8),
        *(np.full((height // 2, width // 2), 128, np.uint8) for _ in "uv"),
    )
    y[:, width // 2 :] = 200
    v[:, width // 4 :] = 190
    return Planes(y, u, v, colour, pixel_aspect, rotation)


def convert(planes: Planes, *requests: PictureRequest) -> tuple[list[Picture], list[Rect]]:
    slots = [Picture.black(Size(one.width, one.height)) for one in requests]
    return slots, Converter(requests).convert(planes, slots)


def test_every_size_that_was_asked_for_is_made_from_one_picture() -> None:
    requests = [PictureRequest(w, h, "cover") for w, h in ((640, 360), (320, 180), (180, 320))]
    slots, contents = convert(halves(Size(640, 360)), *requests)
    assert contents == [Rect(0, 0, w, h) for w, h in ((640, 360), (320, 180), (180, 320))]
    for slot in slots:
        middle = slot.size.width // 2
        assert abs(int(slot.y[20, 4]) - 40) <= 1
        assert abs(int(slot.y[20, -4]) - 200) <= 1
        assert abs(int(slot.v[20, -4]) - 190) <= 1
        assert 40 < np.median(np.diff(slot.y[50, middle - 6 : middle + 6].astype(int)).cumsum()) + 40 <= 200


def test_contain_leaves_what_is_not_part_of_it() -> None:
    slots, contents = convert(halves(Size(640, 360)), PictureRequest(360, 640, "contain"))
    assert contents == [Rect(0, 218, 360, 202)]
    assert (slots[0].y[:218] == 16).all()
    assert (slots[0].y[420:] == 16).all()
    assert slots[0].y[218, 0] in {39, 40, 41}


@pytest.mark.parametrize(("pixel_aspect", "content"), [(2.0, Rect(0, 90, 640, 180)), (0.5, Rect(160, 0, 320, 360))])
def test_pixels_that_are_not_square_are_shown_whole_even_at_the_size_asked_for(
    pixel_aspect: float, content: Rect
) -> None:
    planes = halves(Size(640, 360), pixel_aspect=pixel_aspect)
    (slot,), contents = convert(planes, PictureRequest(640, 360, "contain"))
    assert contents == [content]
    inside = slot.part(content).y
    assert abs(int(inside[20, 4]) - 40) <= 1
    assert abs(int(inside[20, -4]) - 200) <= 1
    assert np.abs(inside[:, inside.shape[1] // 2 + 8].astype(int) - 200).max() <= 1
    assert np.abs(inside[:, inside.shape[1] // 2 - 8].astype(int) - 40).max() <= 1
    around = slot.y.copy()
    Picture(around, slot.u, slot.v).part(content).y[:] = 16
    assert (around == 16).all()


def test_pixels_of_a_turned_clip_turn_with_it() -> None:
    _, contents = convert(halves(Size(320, 180), rotation=90, pixel_aspect=2.0), PictureRequest(180, 320, "contain"))
    assert contents == [Rect(44, 0, 90, 320)]


def test_a_picture_that_changes_its_size_in_mid_stream_goes_on() -> None:
    request = PictureRequest(320, 180, "contain")
    converter, slot = Converter([request]), Picture.black(Size(320, 180))
    contents = [converter.convert(halves(Size(*size)), [slot])[0] for size in ((640, 360), (480, 480), (320, 180))]
    assert contents == [Rect(0, 0, 320, 180), Rect(70, 0, 180, 180), Rect(0, 0, 320, 180)]
    assert slot.y[90, 10] == 40
    assert slot.y[90, 310] == 200


def test_shrinking_averages_fine_texture_instead_of_picking_from_it() -> None:
    fine = np.indices((720, 1280)).sum(0) % 2 * 200 + 20
    grey = np.full((360, 640), 128, np.uint8)
    planes = Planes(fine.astype(np.uint8), grey, grey, WANTED)
    slots, _ = convert(planes, PictureRequest(854, 480, "cover"))
    inner = slots[0].y[8:-8, 8:-8]
    assert abs(float(inner.mean()) - 120) < 2
    assert inner.std() < 12


@pytest.mark.parametrize(("rotation", "bright"), [(90, "top"), (180, "left"), (270, "bottom")])
def test_a_clip_from_a_phone_stands_upright(rotation: int, bright: str) -> None:
    wanted = PictureRequest(320, 180, "cover") if rotation == 180 else PictureRequest(180, 320, "cover")
    slots, _ = convert(halves(Size(320, 180), rotation=rotation), wanted)
    y = slots[0].y
    found = {"top": y[5, 90], "left": y[90, 5], "bottom": y[-5, 90]}
    assert found[bright] == 200


def test_colours_are_the_same_whether_scaled_or_not() -> None:
    planes = halves(Size(640, 360), colour=Colour("601", full=True))
    slots, _ = convert(planes, PictureRequest(640, 360, "cover"), PictureRequest(320, 180, "cover"))

    def corners(plane: Plane) -> list[int]:
        return [int(plane[5, 5]), int(plane[5, -5])]

    for name in ("y", "u", "v"):
        pairs = zip(corners(getattr(slots[0], name)), corners(getattr(slots[1], name)), strict=True)
        assert all(abs(a - b) <= 1 for a, b in pairs)


def test_chroma_of_422_is_averaged_not_dropped() -> None:
    y = np.full((64, 64), 100, np.uint8)
    u = np.tile(np.array([[100], [140]], np.uint8), (32, 32))
    slots, _ = convert(Planes(y, u, u.copy(), WANTED), PictureRequest(64, 64, "cover"))
    assert (slots[0].u == 120).all()
    assert cv2.countNonZero(slots[0].v - 120) == 0
