"""Decodes products' photos when they enter the catalogue, so that no card waits for one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from pathlib import Path

from studio.overlays.photo import PhotoShelf


class PhotoReader:
    """Fills the shelf on the thread `photos`; its warnings name the photos that cannot be used."""

    def __init__(self) -> None:
        self.shelf = PhotoShelf()
        self.warnings: tuple[str, ...] = ()
        self._wanted: queue.SimpleQueue[Sequence[Path] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="photos", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._wanted.put(None)
        self._thread.join(5)

    def follow(self, photos: Sequence[Path]) -> None:
        """The catalogue has these photos now, those needed first at the front."""
        self._wanted.put(tuple(photos))

    def _run(self) -> None:
        while (photos := self._wanted.get()) is not None:
            kept = photos[: self.shelf.most]
            self.warnings = tuple(one for one in (self.shelf.get(path).warning for path in kept) if one)
