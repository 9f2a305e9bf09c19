"""A show's recordings: their parts, and the disk they are on."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from studio.outputs.mp4 import RecordingFile
from studio.outputs.receiver import check
from studio.show.flags import WishFlags
from studio.show.start import resume_show
from studio.show.wanted import end
from tests.engine.engine_bench import CLOCK, Room
from tests.services.waiting import wait_for

S = 1_000_000_000

pytestmark = pytest.mark.long


def _wake(room: Room, slept_s: int) -> None:
    assert room.engine is not None
    room.engine._on_wake(slept_s * S)


def _end(room: Room) -> None:
    room.store.change(end)
    room.wait_end()


def test_after_a_sleep_a_new_part_begins_and_in_the_end_they_are_one(room: Room) -> None:
    room.give_pictures()
    room.begin("a")
    room.start()
    room.wait(lambda now: bool(now.recordings) and now.recordings[0].seconds > 1, "a recording")
    _wake(room, 5)
    now = room.wait(lambda now: len(now.recordings[0].parts) == 2, "a new part")
    assert now.recordings[0].state == "on"
    assert now.recordings[0].path == now.recordings[0].parts[1]
    room.wait_live("a", now.feeds[0].frames + 45)
    _end(room)
    (final,) = room.status.recordings
    first, second = (Path(one) for one in final.parts)
    assert (final.path, final.joining) == (str(first), True)
    wait_for(lambda: not second.exists(), 20, "the parts to be joined")
    found = check(first)
    assert (found.errors, found.rising) == (0, True)
    assert found.seconds == pytest.approx(final.seconds, abs=0.3)
    wait_for(lambda: not list(room.workspace.home.glob("parts-*")), 20, "the book to go, which goes last")


def test_after_a_long_sleep_the_show_is_over(room: Room) -> None:
    """A computer that is opened in the evening must not film the room."""
    room.give_pictures()
    room.begin("a")
    room.start()
    room.wait_live("a")
    _wake(room, 61)
    room.wait_end()
    assert (room.status.final, room.status.ended) == (True, "lease")
    assert room.store.read()[1].mode == "off"


def test_one_part_is_never_touched_again(room: Room) -> None:
    room.give_pictures()
    room.begin("a")
    room.start()
    room.wait_live("a", 30)
    _end(room)
    (final,) = room.status.recordings
    assert (final.parts, final.joining) == ((), False)
    assert list(room.workspace.recordings.iterdir()) == [Path(final.path)]


def _leave_two_parts(room: Room) -> tuple[Path, Path]:
    """What a show leaves whose computer was switched off before its parts were joined."""
    room.give_pictures()
    room.begin("left")
    room.start()
    room.wait_live("left", 45)
    _wake(room, 5)
    now = room.wait(lambda now: len(now.recordings[0].parts) == 2, "a new part")
    room.wait_live("left", now.feeds[0].frames + 45)
    (book,) = room.workspace.home.glob("parts-*")
    kept = book.read_bytes()
    parts = [Path(one) for one in room.status.recordings[0].parts]
    _end(room)
    wait_for(lambda: not parts[1].exists() and not book.exists(), 20, "the parts to be joined")
    shutil.copy(parts[0], parts[1])
    book.write_bytes(kept)
    return parts[0], parts[1]


def test_what_a_show_left_is_told_in_the_next_and_joined_after_it(room: Room) -> None:
    first, second = _leave_two_parts(room)
    room.begin("next")
    room.start()
    now = room.wait(lambda now: any("2 parts" in one for one in now.problems), "what was left to be told")
    assert f"The recording {first} is still in 2 parts, which are joined after this show" in now.problems
    room.wait_live("next", 30)
    assert second.exists(), "not while a show is on air"
    _end(room)
    wait_for(lambda: not second.exists(), 20, "the parts to be joined")
    wait_for(lambda: not list(room.workspace.home.glob("parts-*")), 20, "the books to go")
    assert (check(first).errors, check(first).rising) == (0, True)


def test_what_a_show_left_is_joined_at_once_when_nothing_is_on_air(room: Room) -> None:
    first, second = _leave_two_parts(room)
    room.store.change(end)
    room.start()
    wait_for(lambda: not second.exists(), 20, "the parts to be joined")
    wait_for(lambda: not list(room.workspace.home.glob("parts-*")), 20, "the book to go")
    assert (check(first).errors, check(first).rising) == (0, True)


def test_a_show_that_the_system_ends_and_a_person_carries_on_is_one_recording(room: Room) -> None:
    room.give_pictures()
    room.begin("a")
    room.start()
    room.wait_live("a", 45)
    assert room.engine is not None
    room.engine.stop()
    room.wait_end()
    (left,) = room.status.recordings
    assert (left.state, left.joining) == ("ended", False)
    resume_show(room.store, CLOCK, WishFlags(room.workspace))
    room.start()
    now = room.wait(lambda now: bool(now.recordings and now.recordings[0].parts), "another part")
    assert now.recordings[0].parts[0] == left.path
    room.wait_live("a", now.feeds[0].frames + 45)
    _end(room)
    (final,) = room.status.recordings
    assert (final.path, final.joining) == (left.path, True)
    wait_for(lambda: not Path(final.parts[1]).exists(), 20, "the parts to be joined")
    found = check(Path(left.path))
    assert (found.errors, found.rising) == (0, True)
    assert found.frames > 80


def _disk(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    usage = SimpleNamespace(total=10**12, used=0, free=free)
    monkeypatch.setattr("studio.engine.disk.shutil", SimpleNamespace(disk_usage=lambda _: usage))


def test_little_room_is_told_in_minutes(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    _disk(monkeypatch, 500_000_000 + 41_000 * 301)  # at 328 kb/s
    room.give_pictures()
    room.begin("a")
    room.start()
    now = room.wait(lambda now: any("little room" in one for one in now.problems), "a warning")
    assert any("ends in 5 minutes" in one for one in now.problems)
    assert now.recordings[0].left_s == pytest.approx(301, abs=1)
    assert now.recordings[0].state == "on"


def test_at_the_floor_the_recording_is_closed_and_the_show_goes_on(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.give_pictures()
    room.begin("a")
    room.start()
    room.wait_live("a", 30)
    _disk(monkeypatch, 500_000_000)
    now = room.wait(lambda now: now.recordings[0].state == "ended", "the recording to be closed")
    assert now.mode == "live"
    assert now.recordings[0].reason in now.problems
    assert "free some space" in now.recordings[0].reason
    assert now.recordings[0].left_s is None
    assert check(Path(now.recordings[0].path)).errors == 0


def test_a_dead_drive_costs_no_frame_and_holds_up_no_end(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    really, free, dead = RecordingFile.write, threading.Event(), threading.Event()
    usage = shutil.disk_usage

    def write(file: RecordingFile, data: bytes) -> int:
        if dead.is_set():
            free.wait(30)
        return really(file, data)

    def look(path: Path) -> object:
        if dead.is_set():
            free.wait(30)
        return usage(path)

    monkeypatch.setattr(RecordingFile, "write", write)
    monkeypatch.setattr("studio.engine.disk.shutil", SimpleNamespace(disk_usage=look))
    room.give_pictures()
    room.begin("a")
    room.start()
    try:
        frames = room.wait_live("a", 30).feeds[0].frames
        dead.set()
        now = room.wait(lambda now: any("behind" in one for one in now.problems), "the disk to be told")
        assert now.feeds[0].frames > frames + 60
        _end(room)
        (final,) = room.status.recordings
        assert final.state == "failed"
        assert "takes nothing" in final.reason
    finally:
        free.set()
