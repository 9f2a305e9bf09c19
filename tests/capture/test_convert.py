from __future__ import annotations

import cv2
import numpy as np
import pytest

from studio.capture.colour import WANTED, Colour
from studio.capture.convert import Converter
from studio.capture.planes import Planes
from studio.media.picture import Picture, Plane, Rect, Size
from studio.show.plan import PictureRequest


def halves(size: Size, *, colour: Colour = WANTED, rotation: int = 0) -> Planes:
    """Dark on the left, bright and red on the right."""
    width, height = size
    y, u, v = (
        np.full((height, width), 40, np.uint8),
        *(np.full((height // 2, width // 2), 128, np.uint8) for _ in "uv"),
    )
    y[:, width // 2 :] = 200
    v[:, width // 4 :] = 190
    return Planes(y, u, v, colour, rotation=rotation)


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
