"""No camera can be plugged into a test: cv2's capture is played by one that answers as V4L2 and DirectShow do.

What it gives are real camera bytes; what is tested is what we ask, how we read it and what we say.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

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


class PlayedCapture:
    """A camera that knows MJPEG up to 1280x720 and gives `pictures` pictures."""

    def __init__(self, *, opens: bool = True, gives_bytes: bool = True, pictures: int = 3) -> None:
        self._opens, self._gives_bytes, self._left = opens, gives_bytes, pictures
        self.asked: list[int] = []
        self.released = False
        self._has: dict[int, float] = {cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"YUYV"), cv2.CAP_PROP_FPS: 30}

    def isOpened(self) -> bool:
        return self._opens

    def set(self, prop: int, value: float) -> bool:
        self.asked.append(prop)
        if prop == cv2.CAP_PROP_CONVERT_RGB and not self._gives_bytes:
            return False
        limit = {cv2.CAP_PROP_FRAME_WIDTH: 1280, cv2.CAP_PROP_FRAME_HEIGHT: 720, cv2.CAP_PROP_FPS: 30}
        self._has[prop] = min(value, limit.get(prop, value))
        return True

    def get(self, prop: int) -> float:
        return self._has.get(prop, 0.0)

    def grab(self) -> bool:
        self._left -= 1
        return self._left >= 0

    def retrieve(self) -> tuple[bool, NDArray[np.uint8]]:
        grey = np.full((720, 1280, 3), 200, np.uint8)
        if self._has.get(cv2.CAP_PROP_CONVERT_RGB, 1) == 0:
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


def open_camera(device: int | str = 0) -> tuple[CameraSource, ManualClock]:
    clock = ManualClock()
    plan = make_plan(Source(name="bench", kind="camera", device=device), PictureRequest(1080, 1920, "cover"))
    return CameraSource(Opening(plan, clock, threading.Event(), None)), clock


def bench(backend: CameraBackend = V4L2, index: int = 0) -> Camera:
    return Camera(index, "Bench camera", "/dev/video0", "046d:0825", backend)


def test_a_camera_is_asked_for_mjpeg_first_and_its_own_bytes_are_read(play: Play) -> None:
    capture = PlayedCapture()
    play((bench(), capture))
    source, clock = open_camera()
    assert capture.asked[0] == cv2.CAP_PROP_FOURCC
    assert source.got == "1280x720 MJPEG 30"  # what it gives, not what was asked
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
