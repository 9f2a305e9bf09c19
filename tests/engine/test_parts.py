"""The parts of a show, noted for an engine that comes after, and handed over to be joined."""

from __future__ import annotations

from pathlib import Path

from studio.engine.parts import PartBook, books_in
from studio.outputs.part_book import Failed, Joined, Part, ShowMark, note, read_book

S = 10**9


def _part(number: int, *, feed: str = "wide") -> Part:
    return Part(feed, f"/r/{number}.mp4", 5 + number * 60 * S, "same")


def _book(folder: Path, show_id: str = "a") -> PartBook:
    return PartBook(folder, show_id, lambda job: job())


def _handed_over(book: PartBook, *feeds: str) -> list[str]:
    """The names of the books that are handed over."""
    given: list[tuple[str, ...]] = []
    book.hand_over(feeds, given.append)
    (paths,) = given
    return [Path(one).name for one in paths]


def test_the_next_engine_knows_the_parts_of_the_one_before(tmp_path: Path) -> None:
    first = _book(tmp_path)
    first.open(resumed=False)
    first.note(_part(0))
    first.note(ShowMark("Bag", S))
    second = _book(tmp_path)
    second.open(resumed=True)
    second.note(_part(1))
    second.note(_part(1, feed="tall"))
    assert second.parts("wide") == (_part(0), _part(1))
    assert not second.others


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    first = _book(tmp_path)
    first.note(_part(0))
    first.note(_part(1))
    (path,) = books_in(tmp_path)
    path.write_bytes(path.read_bytes()[:-9])
    second = _book(tmp_path)
    second.open(resumed=True)
    assert second.parts("wide") == (_part(0),)


def test_a_part_that_is_in_another_one_already_is_none_any_more(tmp_path: Path) -> None:
    """The show was joined, and then carried on after all."""
    parts = [Part("wide", str(tmp_path / name), 0, "same") for name in ("0.mp4", "1.mp4")]
    Path(parts[0].path).write_text("joined")
    first = _book(tmp_path)
    for one in parts:
        first.note(one)
    note(books_in(tmp_path)[0], Joined(str(tmp_path / "gone.mp4"), 6, parts[0].path, (parts[1].path,)))
    second = _book(tmp_path)
    second.open(resumed=True)
    assert second.parts("wide") == (parts[0],)


def test_after_a_show_with_nothing_to_join_nothing_is_left(tmp_path: Path) -> None:
    book = _book(tmp_path)
    book.note(_part(0))
    assert _handed_over(book) == []
    assert not list(tmp_path.iterdir())


def test_the_book_is_handed_over_with_the_feeds_that_are_to_be_joined(tmp_path: Path) -> None:
    book = _book(tmp_path)
    lines: list[Part | ShowMark] = [_part(0), ShowMark("Bag", S), _part(0, feed="tall"), _part(1)]
    for line in lines:
        book.note(line)
    books_in(tmp_path)[0].write_bytes(b"")  # a disk that was full took nothing
    assert _handed_over(book, "wide") == ["parts-a.jsonl"]
    assert read_book(books_in(tmp_path)[0]) == (_part(0), ShowMark("Bag", S), _part(1))


def test_what_another_show_left_is_told_and_handed_over_too(tmp_path: Path) -> None:
    old = _book(tmp_path, "Z-old")
    for line in (_part(0), _part(1), _part(0, feed="tall")):
        old.note(line)
    new = _book(tmp_path, "new")
    new.open(resumed=False)
    assert new.others
    assert new.left == ("The recording /r/0.mp4 is still in 2 parts, which are joined after this show",)
    note(books_in(tmp_path)[0], Failed("The disk is full"))
    new.open(resumed=False)
    assert new.left[0].endswith("; the last time: The disk is full")
    for number in (7, 8):
        new.note(_part(number))
    assert _handed_over(new, "wide") == ["parts-new.jsonl", "parts-Z-old.jsonl"]


def test_a_disk_that_takes_no_note_is_no_failure(tmp_path: Path) -> None:
    book = _book(tmp_path / "nowhere")
    book.note(_part(0))
    assert book.parts("wide") == (_part(0),)
    assert _handed_over(book, "wide") == []
