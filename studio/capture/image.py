"""A picture file as a source; read again when it changes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from studio.capture.planes import Planes, from_bgr
from studio.capture.source import READ_NS, STILL_NS, Opening, Shot
from studio.errors import StudioError
from studio.media.image_size import PictureRefused, read_picture
from studio.show.plan import SourcePlan

_TAKEN = "save it as JPEG, PNG or WebP, no larger than a photo"


class ImageSource:
    """Kept as planes. While a new version of the file cannot be read (just being written), the old one stays."""

    def __init__(self, opening: Opening) -> None:
        """Read the file. Raises StudioError."""
        self._path = Path(opening.plan.source.path)
        self._clock, self._stop, self._plan = opening.clock, opening.stop, opening.plan
        self._version = _version(self._path)
        self._planes = _read(self._path, self._plan)
        self._due_ns = opening.clock.now_ns()

    @property
    def got(self) -> str:
        width, height = self._planes.size
        return f"{width}x{height} picture"

    def read(self) -> Shot | None:
        now_ns = self._clock.now_ns()
        if self._clock.wait_until(min(self._due_ns, now_ns + READ_NS), self._stop) or self._due_ns > now_ns + READ_NS:
            return None
        self._follow()
        planes, stamp_ns = self._planes, self._due_ns
        self._due_ns = max(self._due_ns, now_ns) + STILL_NS
        return Shot(stamp_ns, lambda: planes)

    def close(self) -> None:
        """Nothing is held open."""

    def _follow(self) -> None:
        version = _version(self._path)
        if version in {self._version, None}:
            return
        try:
            self._planes = _read(self._path, self._plan)
        except StudioError:
            return
        self._version = version


def _version(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _read(path: Path, plan: SourcePlan) -> Planes:
    try:
        data, _ = read_picture(path)
        # Not cv2.imread: it knows no Unicode paths on Windows.
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except PictureRefused as refused:
        raise StudioError(f"The picture {path.name} {refused}", do=_TAKEN) from refused
    except cv2.error:
        found = None
    except OSError as error:
        raise StudioError(
            f"The picture {path.name} cannot be read ({error.strerror})", do="check its path"
        ) from error
    if found is None or min(found.shape[:2]) < 2:
        raise StudioError(f"The picture {path.name} is damaged", do=_TAKEN)
    return from_bgr(_shrunk(np.asarray(found, np.uint8), plan))


def _shrunk(bgr: np.typing.NDArray[np.uint8], plan: SourcePlan) -> np.typing.NDArray[np.uint8]:
    """A photo of 50 megapixels once to twice what anybody asked for, not at every look."""
    side = 2 * max((max(one.width, one.height) for one in plan.pictures), default=1)
    share = side / min(bgr.shape[:2])
    if share >= 1:
        return bgr
    width, height = (max(2, round(length * share)) for length in bgr.shape[1::-1])
    return np.asarray(cv2.resize(bgr, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
