"""Which cameras are connected, and which of them a person means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cv2_enumerate_cameras import enumerate_cameras

from studio.errors import StudioError
from studio.system import CameraBackend, camera_backends


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera as one back-end sees it.

    Attributes:
        index: what `cv2.VideoCapture` takes, for this back-end.
        name: what the maker calls it.
        id: stays the same when others are plugged in; on Linux a device file or a link to one.
        usb: vendor and product, such as "046d:0825"; empty: none.
        backend: how it is opened.
    """

    index: int
    name: str
    id: str
    usb: str
    backend: CameraBackend

    def is_meant(self, device: str) -> bool:
        wanted = device.strip().casefold()
        if wanted in {self.name.casefold(), self.id.casefold(), self.usb}:
            return True
        return device.startswith("/dev/") and str(Path(device).resolve()) == self.id


def connected_cameras() -> list[Camera]:
    """Every camera, in each back-end's view, the preferred back-end first."""
    found = []
    for backend in camera_backends():
        for one in sorted(enumerate_cameras(backend.api), key=lambda info: int(info.index)):
            usb = f"{one.vid:04x}:{one.pid:04x}" if one.vid is not None and one.pid is not None else ""
            found.append(Camera(int(one.index), str(one.name or ""), str(one.path or ""), usb, backend))
    return found


def meant_cameras(device: int | str, cameras: Sequence[Camera]) -> list[Camera]:
    """The camera that is meant, once for each back-end that can open it.

    Raises:
        StudioError: none of that index, name or id is connected; says which are.
    """
    if isinstance(device, str) and device.strip().isdigit():
        device = int(device)
    found = [one for one in cameras if (one.index == device if isinstance(device, int) else one.is_meant(device))]
    if not found and isinstance(device, str):
        found = [one for one in cameras if device.strip().casefold() in one.name.casefold()]
    if found:
        return found
    asked = f"No camera {device}" if isinstance(device, int) else f"No camera called “{device}”"
    raise StudioError(f"{asked} is connected; connected are: {_listed(cameras)}", do="plug it in, or choose another")


def _listed(cameras: Sequence[Camera]) -> str:
    return ", ".join(dict.fromkeys(f"{one.index} ({one.name})" for one in cameras)) or "none"
