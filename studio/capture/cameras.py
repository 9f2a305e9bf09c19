"""Which cameras are connected, and which of them a person means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cv2_enumerate_cameras import enumerate_cameras

from studio.capture.known_cameras import MeantCamera
from studio.errors import StudioError
from studio.system import CameraBackend, camera_backends

# udev's links: by maker, model and serial number, the camera's own wherever it is plugged in; then by socket.
_LINKS = (Path("/dev/v4l/by-id"), Path("/dev/v4l/by-path"))


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera as one back-end sees it.

    Attributes:
        index: what `cv2.VideoCapture` takes, for this back-end.
        name: what the maker calls it.
        id: stays the same when others are plugged in and after a reboot; on Linux udev's link to the device file, by
            maker, model and serial number, or by its socket; where there is no such link, the device file.
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
        return device.startswith("/dev/") and Path(device).resolve() == Path(self.id).resolve()


def connected_cameras() -> list[Camera]:
    """Every camera, in each back-end's view, the preferred back-end first."""
    found = []
    links = _stable_links()
    for backend in camera_backends():
        for one in sorted(enumerate_cameras(backend.api), key=lambda info: int(info.index)):
            usb = f"{one.vid:04x}:{one.pid:04x}" if one.vid is not None and one.pid is not None else ""
            path = str(one.path or "")
            found.append(Camera(int(one.index), str(one.name or ""), links.get(path, path), usb, backend))
    return found


def _stable_links(folders: Sequence[Path] = _LINKS) -> dict[str, str]:
    """Device files by the first of udev's links to each."""
    found: dict[str, str] = {}
    for folder in folders:
        try:
            links = sorted(folder.iterdir())
        except OSError:  # another system, or no camera
            continue
        for link in links:
            found.setdefault(str(link.resolve()), str(link))
    return found


def meant_cameras(device: int | str, cameras: Sequence[Camera], before: MeantCamera | None = None) -> list[Camera]:
    """The camera that is meant, once for each back-end that can open it: first of all the one it was `before`.

    A replug or a reboot numbers cameras anew. While the one that was meant is away, another that was there beside it
    is never taken for it: it may look into the room. One that is new may have replaced it.

    Raises:
        StudioError: none of that index, name or id is connected; says which are.
    """
    if before is not None:
        if again := [one for one in cameras if one.id == before.id]:
            return again
        cameras = [one for one in cameras if one.id not in before.others]
    if isinstance(device, str) and device.strip().isdigit():
        device = int(device)
    found = [one for one in cameras if (one.index == device if isinstance(device, int) else one.is_meant(device))]
    if not found and isinstance(device, str):
        found = [one for one in cameras if device.strip().casefold() in one.name.casefold()]
    if found:
        return found
    if before is not None:
        raise StudioError(
            f"The camera {before.name}, which this show has as “{device}”, is not connected",
            do="plug it in, or name another one in the show",
        )
    if not cameras:
        raise StudioError("No camera is connected", do="plug one in, or choose another kind of source")
    asked = f"No camera {device}" if isinstance(device, int) else f"No camera called “{device}”"
    raise StudioError(f"{asked} is connected; connected are: {_listed(cameras)}", do="plug it in, or choose another")


def _listed(cameras: Sequence[Camera]) -> str:
    return ", ".join(dict.fromkeys(f"{one.index} ({one.name})" for one in cameras))
