"""Clips: requests taken up once, and written as ordinary files."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from studio.engine import clips as module
from studio.engine.clips import Airtime, ClipDesk, write_clip
from studio.engine.replay import Replay
from studio.errors import StudioError
from studio.media.clock import SystemClock
from studio.outputs.mp4 import RecordingFile
from studio.show.requests import Clip, Request
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace
from tests.outputs.conftest import FPS, Encoded, decode, encode
from tests.services.waiting import wait_for

CLOCK = SystemClock()
NOW = datetime(2026, 8, 1, 20, 30, 5, tzinfo=UTC)
NAME = f"{NOW.astimezone():%Y-%m-%d %H-%M-%S}"


@pytest.fixture(scope="module")
def encoded() -> Encoded:
    return encode(4, bframes=2)


class Desk:
    """A desk whose thread runs, the store through which it is asked, and a show of one feed or more."""

    def __init__(self, workspace: Workspace, encoded: Encoded) -> None:
        self.workspace = workspace
        self.store = WantedStore(workspace.wanted_db)
        self.replays = {"wide": Replay(encoded.format)}
        for packet in encoded.times(3):
            self.replays["wide"].offer(packet)
        self.on_air: Airtime | None = Airtime("a", self.replays)
        self.desk = ClipDesk(workspace, CLOCK, lambda: NOW)
        self.desk.start()

    def ask(self, seconds: float = 5, feed: str = "wide", show_id: str = "a") -> str:
        return self.store.ask(show_id, Clip(seconds=seconds, feed=feed))

    def follow(self, coming: str = "a") -> None:
        self.desk.follow(self.store.unanswered(), self.on_air, coming=coming)

    def answered(self, ident: str) -> Request:
        def look() -> Request | None:
            now = self.store.request(ident)
            return now if now is not None and now.state in {"done", "failed"} else None

        return wait_for(look, 20, "an answer")

    def clips(self) -> list[str]:
        return sorted(path.name for path in self.workspace.recordings.iterdir())


@pytest.fixture
def desk(workspace: Workspace, encoded: Encoded) -> Iterator[Desk]:
    desk = Desk(workspace, encoded)
    yield desk
    desk.desk.stop()
    desk.store.close()


def test_a_clip_is_an_ordinary_file_of_the_newest_seconds(desk: Desk) -> None:
    ident = desk.ask(5)
    desk.follow()
    answered = desk.answered(ident)
    assert (answered.state, answered.answer.note) == ("done", "")
    path = Path(answered.answer.said)
    assert path == desk.workspace.recordings / f"{NAME} clip.mp4"
    found = decode(path)
    assert found.rising
    assert found.pictures == 5 * FPS
    assert found.sounds > 200
    assert _boxes(path) == ["ftyp", "free", "mdat", "moov"], "one index over everything"
    assert desk.clips() == [path.name], "and nothing beside it"


def test_each_request_is_done_once_however_often_it_is_seen(desk: Desk) -> None:
    ident = desk.ask()
    (asked,) = desk.store.unanswered()
    for _ in range(5):
        desk.desk.follow([asked], desk.on_air, coming="a")
    desk.answered(ident)
    desk.desk.follow([asked], desk.on_air, coming="a")  # an old snapshot
    second = desk.ask()
    desk.follow()
    assert desk.answered(second).state == "done"
    assert desk.clips() == [f"{NAME} clip-2.mp4", f"{NAME} clip.mp4"]


def test_what_is_there_is_never_written_over(desk: Desk) -> None:
    (desk.workspace.recordings / f"{NAME} clip.mp4").write_bytes(b"precious")
    ident = desk.ask()
    desk.follow()
    assert desk.answered(ident).answer.said.endswith("clip-2.mp4")
    assert (desk.workspace.recordings / f"{NAME} clip.mp4").read_bytes() == b"precious"


def test_with_less_in_memory_it_says_how_much_there_is(desk: Desk) -> None:
    ident = desk.ask(60)
    desk.follow()
    assert desk.answered(ident).answer.note == "only 12 s are in memory"


def test_of_several_feeds_the_file_names_which(desk: Desk, encoded: Encoded) -> None:
    desk.replays["tall/ES"] = Replay(encoded.format)
    for packet in encoded.packets:
        desk.replays["tall/ES"].offer(packet)
    ident = desk.ask(2, "tall/ES")
    desk.follow()
    assert Path(desk.answered(ident).answer.said).name == f"{NAME} tall_ES clip.mp4"


@pytest.mark.parametrize(
    ("feed", "show_id", "said"),
    [
        ("tall", "a", "There is no feed tall on air"),
        ("wide", "b", "The show has ended"),
        ("empty", "a", "Nothing is in memory yet"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    desk: Desk, encoded: Encoded, feed: str, show_id: str, said: str
) -> None:
    desk.replays["empty"] = Replay(encoded.format)
    ident = desk.ask(5, feed, show_id)
    desk.follow()
    answered = desk.answered(ident)
    assert (answered.state, answered.answer.said) == ("failed", said)
    assert answered.answer.do
    assert desk.clips() == []


def test_a_request_waits_for_its_show_to_come_back_on_air(desk: Desk) -> None:
    on_air, desk.on_air = desk.on_air, None
    ident = desk.ask()
    desk.follow()
    assert [one.state for one in desk.store.unanswered()] == ["asked"]
    desk.on_air = on_air
    desk.follow()
    assert desk.answered(ident).state == "done"


def test_one_that_an_engine_took_and_did_not_finish_is_not_done_again(desk: Desk) -> None:
    ident = desk.ask()
    desk.store.take(ident)  # by an engine that then died, in the midst of writing
    left = desk.workspace.recordings / f".clip-{ident}.part"
    left.write_bytes(b"half a clip")
    desk.follow()
    answered = desk.answered(ident)
    assert answered.state == "failed"
    assert "restarted while the clip was being written" in answered.answer.said
    assert desk.clips() == []


def test_one_that_was_withdrawn_is_not_done(desk: Desk) -> None:
    ident = desk.ask()
    (asked,) = desk.store.unanswered()
    assert desk.store.withdraw(ident)
    desk.desk.follow([asked], desk.on_air, coming="a")
    after = desk.ask()
    desk.follow()
    desk.answered(after)
    assert len(desk.clips()) == 1


def test_a_folder_that_takes_nothing_is_said_and_the_next_clip_is_made(desk: Desk) -> None:
    recordings = desk.workspace.recordings
    recordings.rmdir()
    recordings.touch()
    ident = desk.ask()
    desk.follow()
    answered = desk.answered(ident)
    assert answered.state == "failed"
    assert str(recordings) in answered.answer.said
    assert "free some disk space" in answered.answer.do
    recordings.unlink()
    recordings.mkdir()
    ident = desk.ask()
    desk.follow()
    assert desk.answered(ident).state == "done"


def test_a_disk_that_hangs_holds_up_nobody_but_clips(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    hanging, free = threading.Event(), threading.Event()

    def hang(_: RecordingFile) -> None:
        hanging.set()
        assert free.wait(30)

    monkeypatch.setattr(RecordingFile, "sync", hang)
    first = desk.ask()
    desk.follow()
    assert hanging.wait(20)
    others = [desk.ask() for _ in range(6)]
    desk.follow()  # returns: else this test would
    free.set()
    assert desk.answered(first).state == "done"
    states = [desk.answered(one) for one in others]
    assert [one.state for one in states] == ["done"] * 4 + ["failed"] * 2
    assert "clips wait to be written" in states[-1].answer.said


def test_an_answer_waits_for_a_database_that_is_locked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    answer, locked = WantedStore.answer, iter([True, True])

    def refuse(store: WantedStore, *rest: object) -> None:
        if next(locked, False):
            raise StudioError("wanted.db cannot be used (locked)", do="wait")
        answer(store, *rest)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(WantedStore, "answer", refuse)
    monkeypatch.setattr(module, "_AGAIN_NS", 10_000_000)
    ident = desk.ask()
    desk.follow()
    assert desk.answered(ident).state == "done"
    assert len(desk.clips()) == 1


def test_a_clip_that_fails_midway_leaves_nothing(
    encoded: Encoded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = Replay(encoded.format)
    for packet in encoded.packets:
        replay.offer(packet)
    excerpt = replay.newest(4)
    assert excerpt is not None
    write: Callable[[RecordingFile, bytes], int] = RecordingFile.write

    def full(file: RecordingFile, data: bytes) -> int:
        if file.tell() > 20_000:
            file.failure = OSError(28, os.strerror(28))
        return write(file, data)

    monkeypatch.setattr(RecordingFile, "write", full)
    with pytest.raises(OSError, match="No space left"):
        write_clip(excerpt, tmp_path / "part", tmp_path / "clip.mp4", CLOCK)
    assert list(tmp_path.iterdir()) == []


def test_what_was_asked_is_still_written_at_the_end(workspace: Workspace, encoded: Encoded) -> None:
    desk = Desk(workspace, encoded)
    ident = desk.ask()
    desk.follow()
    desk.desk.stop()
    with closing(desk.store):
        now = desk.store.request(ident)
    assert now is not None
    assert now.state == "done"


def _boxes(path: Path) -> list[str]:
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append(data[at + 4 : at + 8].decode("ascii"))
        at += size if size != 1 else int.from_bytes(data[at + 8 : at + 16], "big")
    return found
