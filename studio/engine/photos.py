"""Decodes products' photos when they enter the catalogue, so that no card waits for one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from studio.media.clock import Clock
from studio.overlays.photo import PhotoShelf

_REST = 3  # times what a photo took: on air, a catalogue of thousands uses at most a quarter of one core


class PhotoReader:
    """Fills the shelf on the thread `photos`, one after the other; its warnings name those that cannot be used."""

    def __init__(self, clock: Clock) -> None:
        self.shelf = PhotoShelf()
        self.warnings: tuple[str, ...] = ()
        self._clock = clock
        self._found: dict[Path, str] = {}
        self._wanted: Sequence[Path] | None = ()
        self._news = threading.Event()
        self._thread = threading.Thread(target=self._run, name="photos", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._wanted = None
        self._news.set()
        self._thread.join(5)

    def follow(self, photos: Sequence[Path]) -> None:
        """The catalogue has these photos now, those needed first at the front."""
        self._wanted = tuple(photos)
        self._news.set()

    def _run(self) -> None:
        while True:
            self._news.wait()
            self._news.clear()
            if (photos := self._wanted) is None:
                return
            self._look_at(photos)

    def _look_at(self, photos: Sequence[Path]) -> None:
        """All of them, unless there is news: then those known by now are passed over in no time."""
        self._warn({photo: self._found[photo] for photo in photos if photo in self._found})
        for photo in photos:
            began_ns = self._clock.now_ns()
            warning = self.shelf.look(photo)
            if warning != self._found.get(photo, ""):
                others = {one: text for one, text in self._found.items() if one != photo}
                self._warn(others | ({photo: warning} if warning else {}))
            took_ns = self._clock.now_ns() - began_ns
            if self._clock.wait_until(began_ns + (1 + _REST) * took_ns, self._news):
                return

    def _warn(self, found: dict[Path, str]) -> None:
        self._found = found
        self.warnings = tuple(found.values())
