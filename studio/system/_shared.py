"""What every system's module offers in the same words."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from dataclasses import dataclass, field
from typing import Literal

CameraPermission = Literal["granted", "denied", "not asked"]


@dataclass(frozen=True, slots=True)
class CameraBackend:
    """One way in which this system opens cameras, for `cv2.VideoCapture(index, backend.api)`.

    Attributes:
        name: as in `cv2.videoio_registry.getBackendName`.
        api: the value of cv2's constant; a number, because cv2 must not be imported to ask.
        environment: what cv2 has to find in the environment when it is imported.
    """

    name: str
    api: int
    environment: dict[str, str] = field(default_factory=dict)


def use_utf8() -> None:
    """Make the standard streams UTF-8, whatever the locale says: names and prices are in many scripts."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        # A window started without a console has none; a test's capture may be of another kind.
        if isinstance(stream, io.TextIOWrapper):
            with contextlib.suppress(ValueError, OSError):  # already read from, or closed
                stream.reconfigure(encoding="utf-8", errors="replace")


def prepare_cameras(backends: tuple[CameraBackend, ...]) -> None:
    """Put what cv2 must find into this process's environment; what the person set there stays."""
    for backend in backends:
        for name, value in backend.environment.items():
            os.environ.setdefault(name, value)
