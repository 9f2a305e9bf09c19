"""The status map: what the engine tells, and what anybody reads of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.show.status import FeedStatus, Status
from studio.show.status_map import PREVIEW_EDGE, PREVIEWS, StatusMapReader, StatusMapWriter
from studio.workspace.slots import SlotWriter

STATUS = Status(t=1.5, pid=7, mode="live", show_id="a", scene="工作台", feeds=(FeedStatus(name="wide", fps=30.0),))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "status.map"


@pytest.fixture
def reader(path: Path) -> Iterator[StatusMapReader]:
    reader = StatusMapReader(path)
    yield reader
    reader.close()


@pytest.fixture
def writer(path: Path) -> Iterator[StatusMapWriter]:
    writer = StatusMapWriter(path)
    yield writer
    writer.close()


def test_without_an_engine_there_is_no_status(reader: StatusMapReader) -> None:
    assert reader.status() is None
    assert reader.beat() == (0, 0)
    assert reader.preview(0, 0) is None


def test_what_is_written_is_read(reader: StatusMapReader, writer: StatusMapWriter) -> None:
    assert reader.status() is None
    writer.write_status(STATUS)
    assert reader.status() == STATUS


def test_the_beat_changes_with_each_write_also_of_the_same(reader: StatusMapReader, writer: StatusMapWriter) -> None:
    writer.write_status(STATUS)
    first = reader.beat()
    assert reader.beat() == first
    writer.write_status(STATUS)
    assert reader.beat() != first


def test_the_map_of_the_next_engine_is_followed(path: Path, reader: StatusMapReader, writer: StatusMapWriter) -> None:
    writer.write_status(STATUS)
    assert reader.status() == STATUS
    before = reader.beat()
    following = StatusMapWriter(path)
    assert reader.status() is None, "it says nothing yet"
    following.write_status(Status(pid=8))
    assert reader.status() == Status(pid=8)
    assert reader.beat() != before
    writer.write_status(STATUS)
    assert reader.status() == Status(pid=8), "the old one is not heard any more"
    following.close()


def test_a_map_that_was_removed_says_nothing(path: Path, reader: StatusMapReader, writer: StatusMapWriter) -> None:
    writer.write_status(STATUS)
    assert reader.status() == STATUS
    path.unlink()
    assert reader.status() is None
    path.write_bytes(b"something else")
    assert reader.status() is None


@pytest.mark.parametrize("words", [b"{", b'{"pid": "seven"}', b"", b'{"x": ' + b"[" * 2000, b'{"mode": "\x80"}'])
def test_what_is_no_status_is_none(path: Path, reader: StatusMapReader, words: bytes) -> None:
    slots = SlotWriter(path, [4000])
    slots.write(0, words)
    assert reader.status() is None
    slots.close()


def test_a_status_too_long_is_refused(writer: StatusMapWriter) -> None:
    with pytest.raises(ValueError, match="slot 0 holds"):
        writer.write_status(Status(problems=("x" * 200_000,)))


class TestPreviews:
    def test_each_feed_has_its_own_and_each_picture_is_seen_once(
        self, reader: StatusMapReader, writer: StatusMapWriter
    ) -> None:
        pictures = [bytes([number]) * (4 * (number + 1) * 2) for number in range(PREVIEWS)]
        for number, rows in enumerate(pictures):
            writer.write_preview(number, number + 1, 2, rows)
        for number, rows in enumerate(pictures):
            found = reader.preview(number, newer_than=0)
            assert found is not None
            sequence, width, height, seen = found
            assert (width, height, seen) == (number + 1, 2, rows)
            assert reader.preview(number, newer_than=sequence) is None
            writer.write_preview(number, 1, 1, b"abcd")
            newer = reader.preview(number, newer_than=sequence)
            assert newer is not None
            assert newer[0] != sequence
            assert newer[3] == b"abcd"

    def test_the_largest_fits(self, reader: StatusMapReader, writer: StatusMapWriter) -> None:
        rows = bytes(PREVIEW_EDGE * PREVIEW_EDGE * 4)
        writer.write_preview(0, PREVIEW_EDGE, PREVIEW_EDGE, rows)
        found = reader.preview(0, newer_than=0)
        assert found is not None
        assert found[1:3] == (PREVIEW_EDGE, PREVIEW_EDGE)

    @pytest.mark.parametrize("rows", [b"", b"too few"])
    def test_one_whose_rows_do_not_fit_its_size_is_left_out(
        self, reader: StatusMapReader, writer: StatusMapWriter, rows: bytes
    ) -> None:
        writer.write_preview(0, 4, 4, rows)
        assert reader.preview(0, newer_than=0) is None
