from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from studio.engine.disk import FLOOR_BYTES, DiskWatch, Room
from studio.media.clock import SystemClock
from tests.services.waiting import wait_for


def test_free_space_is_turned_into_time() -> None:
    room = Room(free=FLOOR_BYTES + 36_000_000_000, total=10**12)
    assert room.left_s(1_000_000) == 36_000


def test_at_the_floor_there_is_none_left() -> None:
    assert Room(free=FLOOR_BYTES, total=10**12).left_s(1_000_000) == 0
    assert Room(free=0, total=10**12).left_s(1_000_000) == 0
    assert Room(free=FLOOR_BYTES + 1, total=10**12).left_s(0) == 1


def test_a_small_disk_is_not_kept_empty_for_the_floor() -> None:
    assert Room(free=0, total=2_000_000_000).floor == 100_000_000


def test_it_looks_until_it_is_stopped(tmp_path: Path) -> None:
    watch = DiskWatch(tmp_path, SystemClock())
    watch.start()
    room = wait_for(lambda: watch.room, 10)
    assert 0 < room.free <= room.total
    watch.stop()


def test_of_a_folder_that_is_not_there_nobody_knows(tmp_path: Path) -> None:
    watch = DiskWatch(tmp_path / "gone", SystemClock())
    watch.start()
    watch.stop()
    assert watch.room is None


def test_a_disk_that_does_not_answer_holds_nobody_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked, answer = threading.Event(), threading.Event()
    really = shutil.disk_usage

    def hang(path: Path) -> object:
        asked.set()
        answer.wait(20)
        return really(path)

    monkeypatch.setattr("studio.engine.disk.shutil.disk_usage", hang)
    watch = DiskWatch(tmp_path, SystemClock())
    watch.start()
    assert asked.wait(10)
    watch.stop()
    assert watch.room is None
    answer.set()
