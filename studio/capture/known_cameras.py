"""What is remembered of cameras: which one a source means, and how each was set. Small files in the workspace."""

from __future__ import annotations

import hashlib
import logging
import os
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from studio.workspace.paths import slug

_Kept = TypeVar("_Kept")

log = logging.getLogger(__name__)


class MeantCamera(Struct, frozen=True):
    """Which camera a source had when it was opened last.

    Attributes:
        device: what the show said then, index or name; another wish starts anew.
        id: the camera's stable id.
        name: what its maker calls it.
        others: stable ids of those that were connected beside it, and were not meant.
    """

    device: int | str
    id: str
    name: str
    others: tuple[str, ...] = ()


class CameraMemory:
    """A file for each source and for each camera: sources' processes write side by side without a lock.

    What cannot be read or written is as if it had never been known: no show waits for it.
    """

    def __init__(self, folder: Path | None) -> None:
        """`folder`: None: nothing is remembered."""
        self._folder = folder

    def meant(self, source: str, device: int | str) -> MeantCamera | None:
        """The camera that this source had, if it still asks for the same."""
        found = self._read(self._of_source(source), MeantCamera)
        return found if found is not None and found.device == device else None

    def remember(self, source: str, meant: MeantCamera) -> None:
        if self._read(self._of_source(source), MeantCamera) != meant:
            self._write(self._of_source(source), meant)

    def settings(self, camera_id: str) -> dict[str, float]:
        """How a camera was set, by the names of `camera_settings`."""
        return self._read(_of_camera(camera_id), dict[str, float]) or {}

    def keep_settings(self, camera_id: str, settings: dict[str, float]) -> None:
        self._write(_of_camera(camera_id), settings)

    @staticmethod
    def _of_source(source: str) -> str:
        return f"source-{slug(source)}.json"

    def _read(self, name: str, kind: type[_Kept]) -> _Kept | None:
        if self._folder is None:
            return None
        try:
            return msgspec.json.decode((self._folder / name).read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            log.warning("what is known of cameras cannot be read (%s: %s)", name, error)
            return None

    def _write(self, name: str, kept: object) -> None:
        if self._folder is None:
            return
        fresh = self._folder / f"{name}.{os.getpid()}.new"
        try:
            self._folder.mkdir(exist_ok=True)
            fresh.write_bytes(msgspec.json.encode(kept))
            fresh.replace(self._folder / name)
        except OSError as error:
            log.warning("what is known of cameras cannot be written (%s: %s)", name, error)


def _of_camera(camera_id: str) -> str:
    return f"camera-{hashlib.sha256(camera_id.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"
