"""The parts of a show, noted for an engine that comes after."""

from __future__ import annotations

from pathlib import Path

from studio.engine.parts import Part, PartBook, ShowMark, join_order
from studio.outputs.join import JoinPart, Mark

S = 10**9


def _part(number: int, *, feed: str = "wide", form: str = "same") -> Part:
    return Part(feed, f"/r/{number}.mp4", 5 + number * 60 * S, form)


def _book(folder: Path, show_id: str = "a") -> PartBook:
    return PartBook(folder, show_id, lambda job: job())


def test_the_next_engine_knows_the_parts_of_the_one_before(tmp_path: Path) -> None:
    first = _book(tmp_path)
    first.open(resumed=False)
    first.note(_part(0))
    first.note(ShowMark("Bag", S))
    second = _book(tmp_path)
    second.open(resumed=True)
    second.note(ShowMark("Bag", 60 * S))  # the engine marks anew what is on air
    second.note(_part(1))
    second.note(_part(1, feed="tall"))
    assert second.parts("wide") == (_part(0), _part(1))
    assert second.marks() == (ShowMark("Bag", S),)


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    first = _book(tmp_path)
    first.note(_part(0))
    first.note(_part(1))
    (path,) = tmp_path.glob("parts-*")
    path.write_bytes(path.read_bytes()[:-9])
    second = _book(tmp_path)
    second.open(resumed=True)
    assert second.parts("wide") == (_part(0),)


def test_after_a_show_nothing_is_left(tmp_path: Path) -> None:
    book = _book(tmp_path)
    book.note(_part(0))
    book.close()
    assert not list(tmp_path.iterdir())


def test_what_another_show_left_is_swept(tmp_path: Path) -> None:
    _book(tmp_path, "old").note(_part(0))
    _book(tmp_path, "new").open(resumed=False)
    assert not list(tmp_path.iterdir())


def test_a_disk_that_takes_no_note_is_no_failure(tmp_path: Path) -> None:
    book = _book(tmp_path / "nowhere")
    book.note(_part(0))
    assert book.parts("wide") == (_part(0),)


def test_parts_are_joined_in_the_first_ones_time(tmp_path: Path) -> None:
    order = join_order([_part(0), _part(1)], [ShowMark("Bag", 5 + S)], tmp_path, 7)
    assert order is not None
    assert order.parts == (JoinPart("/r/0.mp4", 0), JoinPart("/r/1.mp4", 60 * S))
    assert order.marks == (Mark("Bag", S),)
    assert (order.home, order.spare_bytes) == (str(tmp_path), 7)


def test_one_part_and_parts_that_differ_are_left_as_they_are(tmp_path: Path) -> None:
    assert join_order([_part(0)], [], tmp_path, 0) is None
    assert join_order([_part(0), _part(1, form="other")], [], tmp_path, 0) is None
