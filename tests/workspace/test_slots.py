"""The status file: what was written is read whole, or not at all."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.workspace.slots import SlotReader, SlotWriter
from tests.services.waiting import wait_for


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "status.map"


@pytest.fixture
def writer(path: Path) -> Iterator[SlotWriter]:
    writer = SlotWriter(path, [16, 4, 100])
    yield writer
    writer.close()


def test_a_new_file_says_nothing(path: Path, writer: SlotWriter) -> None:
    reader = SlotReader(path)
    assert [reader.read(slot) for slot in range(3)] == [None, None, None]
    assert reader.sequence(0) == 0
    reader.close()


@pytest.mark.parametrize("slots", [0, 1])
def test_a_slot_that_the_file_does_not_have_says_nothing(path: Path, slots: int) -> None:
    SlotWriter(path, [16] * slots).close()
    reader = SlotReader(path)
    assert (reader.sequence(slots), reader.read(slots)) == (0, None)
    reader.close()


def test_each_slot_says_what_was_written_last(path: Path, writer: SlotWriter) -> None:
    reader = SlotReader(path)
    writer.write(0, b"first")
    writer.write(1, b"abcd")
    writer.write(0, b"")
    assert reader.read(0) == b""
    assert reader.read(1) == b"abcd"
    assert reader.read(2) is None


def test_the_sequence_changes_with_each_write_of_that_slot(path: Path, writer: SlotWriter) -> None:
    reader = SlotReader(path)
    writer.write(0, b"same")
    first = reader.sequence(0)
    writer.write(0, b"same")
    assert reader.sequence(0) != first
    assert reader.sequence(1) == 0


def test_what_does_not_fit_is_refused_and_the_old_stays(path: Path, writer: SlotWriter) -> None:
    writer.write(1, b"full")
    with pytest.raises(ValueError, match="slot 1 holds 4 bytes, not 5"):
        writer.write(1, b"fuller"[:5])
    assert SlotReader(path).read(1) == b"full"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=5), st.integers(0, 3))
def test_whatever_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, payloads: list[bytes], spare: int
) -> None:
    path = tmp_path_factory.mktemp("slots") / "map"
    writer = SlotWriter(path, [len(one) + spare for one in payloads])
    reader = SlotReader(path)
    for slot, payload in enumerate(payloads):
        writer.write(slot, payload)
    assert [reader.read(slot) for slot in range(len(payloads))] == payloads
    reader.close()
    writer.close()


@pytest.mark.parametrize("at", [0, 8, 12, 17], ids=["sequence", "length", "sum", "payload"])
def test_a_torn_slot_is_refused(path: Path, writer: SlotWriter, at: int) -> None:
    """Whichever part of a slot is not of the same write, the reader takes the next chance."""
    writer.write(0, b"hello")
    reader = SlotReader(path)
    assert reader.read(0) == b"hello"
    with path.open("r+b") as file:
        start = path.read_bytes().index(b"hello") - 16
        file.seek(start + at)
        file.write(b"\x00\x00\x00\x00\x00\x00\x00\x00" if at == 0 else b"\x01")
    assert reader.read(0) is None
    writer.write(0, b"again")
    assert reader.read(0) == b"again"


def test_a_length_beyond_the_slot_is_refused(path: Path, writer: SlotWriter) -> None:
    writer.write(0, b"hello")
    start = path.read_bytes().index(b"hello") - 16
    with path.open("r+b") as file:
        file.seek(start + 8)
        file.write(struct.pack("<I", 2**31))
    assert SlotReader(path).read(0) is None


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (b"short", "no status file"),
        (b"BCSLOTS9" + bytes(100), "of this version"),
        (struct.pack("<8sI", b"BCSLOTS2", 2**30) + bytes(100), "of this version"),
        (struct.pack("<8sII", b"BCSLOTS2", 1, 4096) + bytes(100), "cut short"),
    ],
    ids=["empty", "short", "another version", "too many slots", "cut short"],
)
def test_what_is_no_status_file_is_refused(path: Path, content: bytes, complaint: str) -> None:
    path.write_bytes(content)
    with pytest.raises(ValueError, match=complaint):
        SlotReader(path)


def test_there_may_be_no_file_yet(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        SlotReader(path)


def test_a_reader_keeps_the_old_file_when_a_new_one_takes_its_place(path: Path, writer: SlotWriter) -> None:
    writer.write(0, b"old")
    reader = SlotReader(path)
    newer = SlotWriter(path, [16])
    newer.write(0, b"new")
    assert reader.read(0) == b"old"
    assert SlotReader(path).read(0) == b"new"
    newer.close()


_WRITER = """
import sys, pathlib
from studio.workspace.slots import SlotWriter
writer = SlotWriter(pathlib.Path(sys.argv[1]), [6_000])
print("ready", flush=True)
for number in range(10**9):
    writer.write(0, bytes([number % 251]) * (2_000 + number % 4_000))
"""


def test_a_reader_never_sees_two_writes_mixed(path: Path) -> None:
    """Against a process that writes without a pause."""
    with subprocess.Popen([sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            reader, seen = SlotReader(path), set()

            def look() -> bool:
                for _ in range(5_000):
                    payload = reader.read(0)
                    if payload is not None:
                        assert len(set(payload)) == 1, "all of one write"
                        seen.add(len(payload))
                return len(seen) >= 20

            wait_for(look, 20, "twenty different payloads")
        finally:
            process.kill()
