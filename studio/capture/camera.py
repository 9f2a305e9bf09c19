"""A camera of this computer, by cv2: asks for size, rate and MJPEG, and says what it got."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import cv2
import numpy as np

from studio.capture.camera_settings import SETTABLE, changed, read_settings, restore_settings
from studio.capture.cameras import Camera, connected_cameras, meant_cameras
from studio.capture.known_cameras import CameraMemory, MeantCamera
from studio.capture.planes import Planes, from_bgr
from studio.capture.raw import RAW_READERS, Bytes, RawReader
from studio.capture.source import Opening, Shot
from studio.errors import StudioError
from studio.media.picture import Size
from studio.show.plan import SourcePlan
from studio.system import camera_permission

_RAW_BACKENDS = {"V4L2"}  # the ones that can leave a camera's bytes alone
_HD = (1920, 1080)
_SETTINGS_NS = 10_000_000_000  # how often a person's changes to them are looked for

log = logging.getLogger(__name__)


class CameraSource:
    """Opened with the first back-end that gives a picture."""

    def __init__(self, opening: Opening) -> None:
        """Open the camera. Raises StudioError."""
        self._clock = opening.clock
        device = opening.plan.source.device
        if camera_permission() == "denied":
            raise StudioError(
                "This computer does not let Benchcast use cameras", do="allow it in the privacy settings"
            )
        self._memory = CameraMemory(opening.cameras)
        connected, name = connected_cameras(), opening.plan.source.name
        cameras = meant_cameras(device, connected, self._memory.meant(name, device))
        self._capture, self._camera = _first_open(cameras, opening.plan)
        self._memory.remember(name, _meant(device, self._camera, connected))
        self._size = Size(
            int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        )
        self._fourcc = fourcc_name(int(self._capture.get(cv2.CAP_PROP_FOURCC)))
        self._raw = self._ask_for_bytes()
        self._settings = self._set_as_before()
        self._look_ns = self._clock.now_ns() + _SETTINGS_NS

    @property
    def got(self) -> str:
        """Size, format, rate, and which camera it is."""
        kind = {"MJPG": "MJPEG"}.get(self._fourcc, self._fourcc)
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        parts = [f"{self._size.width}x{self._size.height}", kind, f"{fps:.4g}" if fps > 0 else ""]
        return " ".join(filter(None, [*parts, f"{self._camera.name} [{self._camera.id}]"]))

    def read(self) -> Shot | None:
        if not self._capture.grab():
            raise StudioError(f"The camera {self._camera.name} gives no pictures any more", do="check its cable")
        stamp_ns = self._clock.now_ns()
        if stamp_ns >= self._look_ns:
            self._look_ns = stamp_ns + _SETTINGS_NS
            self._keep_settings()
        return Shot(stamp_ns, self._picture)

    def close(self) -> None:
        self._capture.release()

    def _set_as_before(self) -> dict[str, float]:
        """As it was when it was last used: a replug sets a camera back. What it is set to now."""
        if self._camera.backend.name not in SETTABLE:
            return {}
        kept = self._memory.settings(self._camera.id)
        for refused in restore_settings(self._capture, kept):
            log.warning("camera %s does not take its %s of before", self._camera.name, refused)
        now = read_settings(self._capture)
        if now and not kept.keys() >= now.keys():
            self._memory.keep_settings(self._camera.id, now | kept)
        return now

    def _keep_settings(self) -> None:
        """What a person has set with the maker's program meanwhile is how it is wanted from now on."""
        if self._camera.backend.name not in SETTABLE:
            return
        now = read_settings(self._capture)
        if new := changed(self._settings, now):
            self._memory.keep_settings(self._camera.id, self._memory.settings(self._camera.id) | new)
        self._settings = now

    def _ask_for_bytes(self) -> RawReader | None:
        if self._camera.backend.name not in _RAW_BACKENDS or self._fourcc not in RAW_READERS:
            return None
        if not self._capture.set(cv2.CAP_PROP_CONVERT_RGB, 0):
            return None
        return RAW_READERS[self._fourcc]()

    def _picture(self) -> Planes:
        done, data = self._capture.retrieve()
        if not done:
            raise StudioError(f"The camera {self._camera.name} gave a picture that cannot be read", do="")
        picture: Bytes = np.asarray(data, np.uint8)
        return self._raw(picture, self._size) if self._raw is not None else from_bgr(picture)


def _meant(device: int | str, camera: Camera, connected: Sequence[Camera]) -> MeantCamera:
    others = dict.fromkeys(one.id for one in connected if one.id != camera.id)
    return MeantCamera(device, camera.id, camera.name, tuple(others))


def _first_open(cameras: Sequence[Camera], plan: SourcePlan) -> tuple[cv2.VideoCapture, Camera]:
    for camera in cameras:
        capture = cv2.VideoCapture(camera.index, camera.backend.api)
        if capture.isOpened():
            _ask(capture, plan)
            if capture.grab():
                return capture, camera
        capture.release()
        log.info("camera %s gives nothing by %s", camera.name, camera.backend.name)
    raise StudioError(
        f"The camera {cameras[0].name} is connected and cannot be opened",
        do="close other programs that use it, then unplug it and plug it in again",
    )


def _ask(capture: cv2.VideoCapture, plan: SourcePlan) -> None:
    """The format first: what sizes and rates there are depends on it. Over USB 2, 1080p30 is only there as MJPEG."""
    width, height = plan.source.size or _largest(plan)
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, width)
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, height)
    capture.set(cv2.CAP_PROP_FPS, plan.source.fps or plan.fps)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 2)  # one that is filled, one that is read: never older pictures


def _largest(plan: SourcePlan) -> tuple[int, int]:
    """Enough for every request: cameras lie on their side, so the longer side is the width."""
    sides = [(max(one.width, one.height), min(one.width, one.height)) for one in plan.pictures]
    return max(sides, default=_HD)


def fourcc_name(code: int) -> str:
    """Four letters of a format's code; empty when the back-end says none."""
    letters = code.to_bytes(4, "little", signed=code < 0)
    return letters.decode("ascii", "replace").strip() if letters.isalnum() else ""
