"""What every source offers, and the tables of all kinds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from studio.capture.planes import Planes
from studio.media.clock import Clock
from studio.media.ring import SoundRingWriter
from studio.media.sound import Samples
from studio.show.model import SourceKind
from studio.show.plan import SourcePlan

READ_NS = 50_000_000  # no read waits longer, so that the source's beat goes on
STILL_NS = 250_000_000  # a picture that does not change is shown again this often: silence would mean "frozen"


class DamagedPicture(Exception):
    """One picture is not whole (a loose cable, a lost datagram); the next one may be."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture. `planes` is asked for only when the picture is used: one that comes too soon costs nothing.

    It raises DamagedPicture.
    """

    stamp_ns: int
    planes: Callable[[], Planes]


@dataclass(frozen=True, slots=True)
class Opening:
    """What a source is opened with.

    Attributes:
        sound: where its sound goes; None when nobody listens.
        cameras: the folder where what is known of cameras is kept; None: nowhere.
    """

    plan: SourcePlan
    clock: Clock
    stop: threading.Event
    sound: SoundRingWriter | None
    cameras: Path | None = None


class CaptureSource(Protocol):
    """A source that is open. Used and closed on the thread that opened it.

    Opening raises StudioError in words when the device, address or file cannot be used.
    """

    @property
    def got(self) -> str:
        """What the device really gives, such as "1920x1080 MJPEG 30"."""
        ...

    def read(self) -> Shot | None:
        """The newest picture since the last; None when none came within `READ_NS`. Writes sound as it comes.

        Raises:
            StudioError: it gives nothing any more.
        """
        ...

    def close(self) -> None: ...


def open_source(opening: Opening) -> CaptureSource:
    """Open a source with pictures. Each kind's libraries are loaded only in the process that needs them.

    Raises:
        StudioError: it cannot be opened; what was wrong and what to do.
    """
    return _OPENERS[opening.plan.source.kind](opening)


def _camera(opening: Opening) -> CaptureSource:
    from studio.capture.camera import CameraSource

    return CameraSource(opening)


def _url(opening: Opening) -> CaptureSource:
    from studio.capture.url import UrlSource

    return UrlSource(opening)


def _file(opening: Opening) -> CaptureSource:
    from studio.capture.file import FileSource

    return FileSource(opening)


def _image(opening: Opening) -> CaptureSource:
    from studio.capture.image import ImageSource

    return ImageSource(opening)


def _demo(opening: Opening) -> CaptureSource:
    from studio.capture.demo import DemoSource

    return DemoSource(opening)


_OPENERS: dict[str, Callable[[Opening], CaptureSource]] = {
    "camera": _camera,
    "url": _url,
    "file": _file,
    "image": _image,
    "demo": _demo,
}


class Listener(Protocol):
    """A source that is only heard. Works on the calling thread until `stop`.

    Raises StudioError when it cannot be opened or gives nothing any more.
    """

    def __call__(
        self,
        device: int | str,
        write: Callable[[Samples, int, int], None],
        stop: threading.Event,
        clock: Clock,
        on_open: Callable[[str], None],
        /,
    ) -> None:
        """`write` is given samples, rate and the stamp of the first; `on_open` what the device gives."""
        ...


def find_listener(kind: SourceKind) -> Listener | None:
    """What listens to a source of this kind; None: it is one with pictures."""
    if kind == "microphone":
        from studio.capture.microphone import run_microphone

        return run_microphone
    if kind == "tone":
        from studio.capture.tone import run_tone

        return run_tone
    return None
