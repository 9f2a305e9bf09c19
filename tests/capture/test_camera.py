"""No camera can be plugged into a test: cv2's capture is played by one that answers as V4L2 and DirectShow do.

What it gives are real camera bytes; what is tested is what we ask, how we read it and what we say.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.capture import camera as camera_module
from studio.capture.camera import CameraSource
from studio.capture.cameras import Camera
from studio.capture.colour import WANTED, Colour
from studio.capture.source import Opening
from studio.errors import StudioError
from studio.show.model import Source
from studio.show.plan import PictureRequest
from studio.system import CameraBackend
from tests.capture.conftest import make_plan
from tests.capture.manual_clock import ManualClock

V4L2, DSHOW = CameraBackend("V4L2", 200), CameraBackend("DSHOW", 700)
SWITCH, EXPOSURE = cv2.CAP_PROP_AUTO_EXPOSURE, cv2.CAP_PROP_EXPOSURE
WHITE, KELVIN = cv2.CAP_PROP_AUTO_WB, cv2.CAP_PROP_WB_TEMPERATURE
NEAR, FOCUS = cv2.CAP_PROP_AUTOFOCUS, cv2.CAP_PROP_FOCUS
AUTOS = {EXPOSURE: SWITCH, KELVIN: WHITE, FOCUS: NEAR}
DIALS = {*AUTOS, *AUTOS.values()}
FRESH = {SWITCH: 3.0, EXPOSURE: 250.0, WHITE: 1.0, KELVIN: 4600.0, NEAR: 1.0, FOCUS: 0.0}  # as it is plugged in
BY_HAND = {SWITCH: 1.0, EXPOSURE: 80.0, WHITE: 0.0, KELVIN: 3200.0, NEAR: 0.0, FOCUS: 35.0}


class PlayedCapture:
    """A camera that knows MJPEG up to 1280x720 and gives `pictures` pictures.

    `dials`: its exposure, white balance and focus, by cv2's properties; it has no others, and takes no value for what
    it sets by itself.
    """

    def __init__(
        self,
        *,
        opens: bool = True,
        gives_bytes: bool = True,
        pictures: int = 3,
        dials: dict[int, float] | None = None,
    ) -> None:
        self._opens, self._gives_bytes, self._left = opens, gives_bytes, pictures
        self.asked: list[int] = []
        self.released = False
        self.has: dict[int, float] = {cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"YUYV"), cv2.CAP_PROP_FPS: 30}
        self.has |= dict.fromkeys(DIALS, -1.0) | (dials or {})

    def isOpened(self) -> bool:
        return self._opens

    def set(self, prop: int, value: float) -> bool:
        self.asked.append(prop)
        if prop == cv2.CAP_PROP_CONVERT_RGB and not self._gives_bytes:
            return False
        if prop in DIALS and (self.has[prop] < 0 or self._sets_itself(prop)):
            return False
        limit = {cv2.CAP_PROP_FRAME_WIDTH: 1280, cv2.CAP_PROP_FRAME_HEIGHT: 720, cv2.CAP_PROP_FPS: 30}
        self.has[prop] = min(value, limit.get(prop, value))
        return True

    def _sets_itself(self, prop: int) -> bool:
        return prop in AUTOS and self.has[AUTOS[prop]] != BY_HAND[AUTOS[prop]]

    def get(self, prop: int) -> float:
        return self.has.get(prop, 0.0)

    def grab(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def retrieve(self) -> tuple[bool, NDArray[np.uint8]]:
        grey = np.full((720, 1280, 3), 200, np.uint8)
        if self.has.get(cv2.CAP_PROP_CONVERT_RGB, 1) == 0:
            return True, np.asarray(cv2.imencode(".jpg", grey)[1], np.uint8).reshape(1, -1)
        return True, grey

    def release(self) -> None:
        self.released = True


Play = Callable[..., list[tuple[int, int]]]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    """Connect cameras; the list tells which were opened, as (index, back-end)."""

    def connect(*cameras: tuple[Camera, PlayedCapture]) -> list[tuple[int, int]]:
        opened: list[tuple[int, int]] = []

        def capture(index: int, api: int) -> PlayedCapture:
            opened.append((index, api))
            return next(one for camera, one in cameras if (camera.index, camera.backend.api) == (index, api))

        monkeypatch.setattr(camera_module, "connected_cameras", lambda: [camera for camera, _ in cameras])
        monkeypatch.setattr(cv2, "VideoCapture", capture)
        return opened

    return connect


def open_camera(device: int | str = 0, cameras: Path | None = None) -> tuple[CameraSource, ManualClock]:
    clock = ManualClock()
    plan = make_plan(Source(name="bench", kind="camera", device=device), PictureRequest(1080, 1920, "cover"))
    return CameraSource(Opening(plan, clock, threading.Event(), None, cameras)), clock


def bench(backend: CameraBackend = V4L2, index: int = 0) -> Camera:
    return Camera(index, "Bench camera", "usb-bench-0001", "046d:0825", backend)


def test_a_camera_is_asked_for_mjpeg_first_and_its_own_bytes_are_read(play: Play) -> None:
    capture = PlayedCapture()
    play((bench(), capture))
    source, clock = open_camera()
    assert capture.asked[0] == cv2.CAP_PROP_FOURCC
    assert source.got == "1280x720 MJPEG 30 Bench camera [usb-bench-0001]"  # what it gives, not what was asked
    shot = source.read()
    assert shot is not None
    assert shot.stamp_ns == clock.now
    planes = shot.planes()
    assert planes.colour == Colour("601", full=True)
    assert planes.size == (1280, 720)
    assert abs(int(planes.y[100, 100]) - 200) <= 1


@pytest.mark.parametrize(("backend", "gives_bytes"), [(DSHOW, True), (V4L2, False)])
def test_where_only_bgr_is_to_be_had_it_is_converted_in_the_worker(
    play: Play, backend: CameraBackend, gives_bytes: bool
) -> None:
    play((bench(backend), PlayedCapture(gives_bytes=gives_bytes)))
    shot = open_camera()[0].read()
    assert shot is not None
    assert shot.planes().colour == WANTED


def test_a_back_end_that_cannot_open_the_camera_gives_way_to_the_next(play: Play) -> None:
    stuck = PlayedCapture(opens=False)
    opened = play((bench(DSHOW, 3), stuck), (bench(CameraBackend("MSMF", 1400), 1), PlayedCapture()))
    open_camera("bench camera")
    assert opened == [(3, 700), (1, 1400)]
    assert stuck.released


def test_a_camera_that_another_program_uses_is_said_in_words(play: Play) -> None:
    play((bench(), PlayedCapture(pictures=0)))
    with pytest.raises(StudioError, match="The camera Bench camera is connected and cannot be opened: close other"):
        open_camera()


def test_a_camera_that_is_unplugged_is_lost(play: Play) -> None:
    play((bench(), PlayedCapture(pictures=2)))
    source, _ = open_camera()
    assert source.read() is not None
    with pytest.raises(StudioError, match="The camera Bench camera gives no pictures any more"):
        source.read()
    source.close()


def test_without_permission_no_camera_is_touched(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = play((bench(), PlayedCapture()))
    monkeypatch.setattr(camera_module, "camera_permission", lambda: "denied")
    with pytest.raises(StudioError, match="allow it in the privacy settings"):
        open_camera()
    assert not opened


def test_the_camera_that_was_meant_is_found_again_wherever_it_is_plugged_in(play: Play, tmp_path: Path) -> None:
    room = Camera(1, "Room camera", "usb-room-0002", "1234:5678", V4L2)
    play((bench(), PlayedCapture()), (room, PlayedCapture()))
    open_camera(0, tmp_path / "cameras")
    swapped = Camera(0, room.name, room.id, room.usb, V4L2)
    opened = play((swapped, PlayedCapture()), (bench(index=4), PlayedCapture()))
    source, _ = open_camera(0, tmp_path / "cameras")
    assert opened == [(4, 200)]
    assert "[usb-bench-0001]" in source.got
    opened = play((swapped, PlayedCapture()))
    with pytest.raises(StudioError, match="Bench camera, which this show has as “0”, is not connected: plug it in"):
        open_camera(0, tmp_path / "cameras")
    assert not opened, "the other one looks into the room"


def test_what_was_set_by_hand_is_set_again_after_a_replug(play: Play, tmp_path: Path) -> None:
    play((bench(), PlayedCapture(dials=BY_HAND)))
    open_camera(0, tmp_path)
    again = PlayedCapture(dials=FRESH)
    play((bench(), again))
    open_camera(0, tmp_path)
    assert {prop: again.has[prop] for prop in BY_HAND} == BY_HAND


def test_what_a_person_sets_while_it_is_open_is_kept(play: Play, tmp_path: Path) -> None:
    camera = PlayedCapture(dials=FRESH)
    play((bench(), camera))
    source, clock = open_camera(0, tmp_path)
    camera.has |= {WHITE: 0.0, KELVIN: 5600.0}
    source.read()
    clock.now += 11 * 10**9
    source.read()
    again = PlayedCapture(dials=FRESH)
    play((bench(), again))
    open_camera(0, tmp_path)
    assert {prop: again.has[prop] for prop in FRESH} == {**FRESH, WHITE: 0.0, KELVIN: 5600.0}


def test_another_camera_is_not_set_like_this_one(play: Play, tmp_path: Path) -> None:
    play((bench(), PlayedCapture(dials=BY_HAND)))
    open_camera(0, tmp_path)
    other = PlayedCapture(dials=FRESH)
    play((Camera(0, "Other", "usb-other", "", V4L2), other))
    open_camera(0, tmp_path)
    assert {prop: other.has[prop] for prop in FRESH} == FRESH


def test_nothing_is_set_through_a_back_end_whose_numbers_are_its_own(play: Play, tmp_path: Path) -> None:
    play((bench(), PlayedCapture(dials=BY_HAND)))
    open_camera(0, tmp_path)
    again = PlayedCapture(dials=FRESH)
    play((bench(DSHOW), again))
    open_camera(0, tmp_path)
    assert not DIALS.intersection(again.asked)
