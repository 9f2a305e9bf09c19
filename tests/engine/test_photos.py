from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.engine.photos import PhotoReader
from tests.media.manual_clock import ManualClock

_LONG_S = 30


class Watched:
    """A reader whose shelf takes a tenth of a second for each photo, on a clock that is stopped between them."""

    def __init__(self) -> None:
        self.rests: list[int] = []
        self.seen: list[str] = []
        self.on_rest: Callable[[], None] = lambda: None
        self.rested = threading.Condition()
        self.clock = ManualClock(on_wait=self._rest)
        self.reader = PhotoReader(self.clock)
        self._look = self.reader.shelf.look
        self.reader.shelf.look = self.look  # type: ignore[method-assign]  # to see the order; the real one does the work

    def look(self, path: str | Path) -> str:
        self.seen.append(Path(path).name)
        self.clock.pass_s(0.1)
        return self._look(path)

    def wait_for(self, rests: int) -> None:
        with self.rested:
            assert self.rested.wait_for(lambda: len(self.rests) >= rests, _LONG_S)

    def _rest(self, due_ns: int) -> None:
        self.on_rest()
        with self.rested:
            self.rests.append(due_ns - self.clock.now_ns())
            self.rested.notify_all()


@pytest.fixture
def watched() -> Iterator[Watched]:
    one = Watched()
    one.reader.start()
    yield one
    one.reader.stop()


def _photos(folder: Path, count: int) -> list[Path]:
    data = cv2.imencode(".png", np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    paths = [folder / f"{n}.png" for n in range(count)]
    for path in paths:
        path.write_bytes(data)
    return paths


def test_every_photo_of_a_large_catalogue_is_looked_at_in_order(watched: Watched, tmp_path: Path) -> None:
    photos = _photos(tmp_path, 120)
    photos[110].write_bytes(b"no picture")
    watched.reader.follow(photos)
    watched.wait_for(120)
    assert watched.seen == [f"{n}.png" for n in range(120)]
    assert len(watched.reader.warnings) == 1
    assert "110.png" in watched.reader.warnings[0]


def test_between_photos_it_rests_for_three_times_as_long_as_one_took(watched: Watched, tmp_path: Path) -> None:
    watched.reader.follow(_photos(tmp_path, 5))
    watched.wait_for(5)
    assert watched.rests == [300_000_000] * 5


def test_a_new_list_is_begun_at_once(watched: Watched, tmp_path: Path) -> None:
    photos = _photos(tmp_path, 20)

    def featured() -> None:
        if len(watched.seen) == 3:
            watched.reader.follow(photos[::-1])

    watched.on_rest = featured
    watched.reader.follow(photos)
    watched.wait_for(23)
    assert watched.seen[:4] == ["0.png", "1.png", "2.png", "19.png"]
    assert watched.seen[3:] == [f"{n}.png" for n in reversed(range(20))]


def test_a_warning_goes_with_its_photo(watched: Watched, tmp_path: Path) -> None:
    photos = _photos(tmp_path, 3)
    photos[0].write_bytes(b"no picture")
    watched.reader.follow(photos)
    watched.wait_for(3)
    watched.reader.follow(photos[1:])
    watched.wait_for(5)
    watched.reader.stop()
    assert watched.reader.warnings == ()
