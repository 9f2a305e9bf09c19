"""A book's lines, and what they say of files when the computer stopped at any moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.outputs.part_book import (
    Joined,
    Joining,
    Line,
    Part,
    ShowMark,
    can_join,
    marks_of,
    note,
    parts_of,
    read_book,
    settle,
    write_book,
)

S = 10**9


def _part(number: int, *, feed: str = "wide", form: str = "same") -> Part:
    return Part(feed, f"/r/{number}.mp4", number * 60 * S, form)


def test_lines_are_read_as_they_were_noted(tmp_path: Path) -> None:
    book = tmp_path / "book"
    write_book(book, [_part(0), ShowMark("手工", 5)])
    lines: list[Line] = [_part(1), Joining("/r/a"), Joined("/r/a", 7, "/r/0", ("/r/1",))]
    for line in lines:
        note(book, line)
    assert read_book(book) == (_part(0), ShowMark("手工", 5), *lines)


def test_a_line_that_was_cut_off_costs_no_other(tmp_path: Path) -> None:
    book = tmp_path / "book"
    note(book, _part(0))
    note(book, _part(1))
    book.write_bytes(book.read_bytes()[:-9])
    note(book, _part(2))
    assert read_book(book) == (_part(0), _part(2))


def test_one_part_and_parts_that_differ_are_not_joined() -> None:
    assert can_join((_part(0), _part(1)))
    assert not can_join((_part(0),))
    assert not can_join((_part(0), _part(1, form="other")))
    assert parts_of([_part(0), _part(1, feed="tall")], "tall") == (_part(1, feed="tall"),)


def test_a_mark_that_says_what_the_one_before_said_is_left_out() -> None:
    marks = [ShowMark("Bag", 0), ShowMark("Bag", 5), ShowMark("", 6), ShowMark("Bag", 7)]
    assert marks_of(marks) == (marks[0], *marks[2:])


class Files:
    """Three parts, of which the first two were joined into `joining.mp4`, and what a stop left of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        names = [str(folder / name) for name in ("0.mp4", "1.mp4", "2.mp4")]
        self.parts = tuple(Part("wide", name, 0, "same") for name in names)
        fresh = str(folder / "joining.mp4")
        self.lines: tuple[Line, ...] = (*self.parts, Joining(fresh), Joined(fresh, 9, names[0], (names[1],)))

    def put(self, **contents: str) -> None:
        for name, content in contents.items():
            (self.folder / f"{name.strip('_')}.mp4").write_text(content)

    def now(self) -> dict[str, str]:
        return {path.stem: path.read_text() for path in self.folder.iterdir()}


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_a_file_that_was_whole_when_the_computer_stopped_takes_its_place(files: Files) -> None:
    files.put(_0="old", _1="one", _2="two", joining="joined001")
    assert parts_of(settle(files.lines), "wide") == (files.parts[0], files.parts[2])
    assert files.now() == {"0": "joined001", "2": "two"}


def test_a_part_that_is_in_the_joined_file_already_goes_and_is_not_joined_again(files: Files) -> None:
    files.put(_0="joined001", _1="one", _2="two")
    assert parts_of(settle(files.lines), "wide") == (files.parts[0], files.parts[2])
    assert files.now() == {"0": "joined001", "2": "two"}


def test_a_file_that_was_half_made_goes_and_all_parts_stay(files: Files) -> None:
    files.put(_0="old", _1="one", _2="two", joining="joined")
    lines = files.lines[:-1]
    assert parts_of(settle(lines), "wide") == files.parts
    assert files.now() == {"0": "old", "1": "one", "2": "two"}


def test_a_joined_file_that_is_nowhere_any_more_costs_no_part(files: Files) -> None:
    files.put(_0="old", _1="one", _2="two")
    assert parts_of(settle(files.lines), "wide") == files.parts
    assert files.now() == {"0": "old", "1": "one", "2": "two"}
