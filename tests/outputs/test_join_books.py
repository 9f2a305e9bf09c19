"""What shows left is joined later, however the computer stopped, and what fails is tried again."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest

from studio.media.clock import SystemClock
from studio.outputs.join import join
from studio.outputs.join_books import JoinWork, join_book
from studio.outputs.part_book import Failed, Joined, Joining, Part, note, put_in_place, read_book, write_book
from studio.outputs.recorder import Recorder
from studio.system.processes import command
from studio.workspace.paths import Workspace
from tests.outputs.conftest import NS, Encoded, decode, shifted


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "recordings"
    made.mkdir()
    return made


@pytest.fixture
def parts(folder: Path, encoded: Encoded, clock: SystemClock) -> list[Part]:
    found = []
    for number, name in enumerate(("show.mp4", "show-2.mp4")):
        recorder = Recorder(folder / name, encoded.format, clock)
        recorder.start()
        for packet in encoded.packets:
            recorder.offer(shifted(packet, number * 12 * NS))
        assert recorder.finish()
        found.append(Part("wide", str(folder / name), number * 12 * NS, "same"))
    return found


@pytest.fixture
def book(tmp_path: Path, parts: list[Part]) -> Path:
    write_book(tmp_path / "parts-a.jsonl", parts)
    return tmp_path / "parts-a.jsonl"


def _names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_what_a_book_names_is_joined_and_the_book_goes_last(folder: Path, book: Path) -> None:
    join_book(book, 0)
    assert _names(folder) == ["show.mp4"]
    assert decode(folder / "show.mp4").pictures == 240
    assert not book.exists()


def test_a_join_that_was_killed_is_done_again_without_what_it_left(folder: Path, book: Path) -> None:
    """Its half file goes, and no other of such a name."""
    mine = folder / "show joining.mp4"
    mine.write_bytes(b"somebody's own")
    half = folder / "show joining-2.mp4"
    half.write_bytes(b"half")
    note(book, Joining(str(half)))
    join_book(book, 0)
    assert _names(folder) == ["show joining.mp4", "show.mp4"]
    assert decode(folder / "show.mp4").pictures == 240
    assert not book.exists()


def test_one_that_was_stopped_before_the_parts_went_does_not_join_them_twice(
    folder: Path, parts: list[Part], book: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = Path(parts[1].path).read_bytes()

    def stop(joined: Joined) -> None:
        put_in_place(joined)
        (folder / "show-2.mp4").write_bytes(second)  # as it is when the computer stops in between
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("studio.outputs.join.put_in_place", stop)
        with pytest.raises(KeyboardInterrupt):
            join(parts, [], book)
    join_book(book, 0)
    assert _names(folder) == ["show.mp4"]
    assert decode(folder / "show.mp4").pictures == 240
    assert not book.exists()


def test_one_that_fails_says_why_and_is_tried_again_but_not_for_ever(folder: Path, book: Path) -> None:
    free = shutil.disk_usage(folder).free
    for tries in (1, 2):
        join_book(book, 2 * free)
        failures = [one for one in read_book(book) if isinstance(one, Failed)]
        assert len(failures) == tries
        assert "has no room" in failures[-1].why
    join_book(book, 2 * free)
    assert not book.exists()
    assert _names(folder) == ["show-2.mp4", "show.mp4"]


def test_a_book_that_another_process_has_done_is_no_failure(tmp_path: Path) -> None:
    join_book(tmp_path / "gone.jsonl", 0)


def test_one_part_alone_stays_as_it_is(folder: Path, parts: list[Part], book: Path) -> None:
    write_book(book, parts[:1])
    before = Path(parts[0].path).read_bytes()
    join_book(book, 0)
    assert Path(parts[0].path).read_bytes() == before
    assert not book.exists()


def test_the_process_joins_all_books_that_it_is_told(workspace: Workspace, folder: Path, book: Path) -> None:
    work = JoinWork(home=str(workspace.home), books=(str(folder / "none.jsonl"), str(book)))
    done = subprocess.run(
        command("_join"), input=msgspec.json.encode(work) + b"\n", capture_output=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert _names(folder) == ["show.mp4"]
    assert "joined" in (workspace.logs / "join.log").read_text(encoding="utf-8")


def test_the_process_does_nothing_when_nobody_tells_it_its_work() -> None:
    assert subprocess.run(command("_join"), input=b"", capture_output=True, timeout=60, check=False).returncode == 1
