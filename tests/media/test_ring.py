from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from studio.media.picture import Picture, Rect, Size
from studio.media.ring import (
    MAX_BLOCK,
    PICTURE_SLOTS,
    SOUND_SLOTS,
    PictureRingReader,
    PictureRingWriter,
    SoundRingReader,
    SoundRingWriter,
    _Fence,
)
from tests.services.waiting import wait_for

BIG, SMALL = Size(64, 48), Size(32, 18)
WHOLE = [Rect(0, 0, *BIG), Rect(0, 0, *SMALL)]

# Each picture and block is full of its own number, so that two mixed ones cannot go unnoticed.
WRITER = """
import sys
from pathlib import Path
import numpy as np
from studio.media.picture import Rect, Size
from studio.media.ring import PictureRingWriter, SoundRingWriter

size = Size(640, 360)
pictures = PictureRingWriter(Path(sys.argv[1]), [size])
sound = SoundRingWriter(Path(sys.argv[2]))
for number in range(1, int(sys.argv[3]) + 1):
    slot = pictures.next_slots()[0]
    for plane in (slot.y, slot.u, slot.v):
        plane.fill(number % 251)
    pictures.announce(number, [Rect(0, 0, *size)])
    sound.write(np.full((480, 2), number, np.float32), 48000, number)
"""


def fill(writer: PictureRingWriter, value: int, contents: list[Rect] = WHOLE) -> int:
    for picture in writer.next_slots():
        picture.y.fill(value)
        picture.u.fill(value + 1)
        picture.v.fill(value + 2)
    return writer.announce(1000 * value, contents)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ring"


def test_a_new_ring_holds_nothing_yet(path: Path) -> None:
    PictureRingWriter(path, [BIG, SMALL])
    reader = PictureRingReader(path)
    assert reader.sizes == [BIG, SMALL]
    assert reader.newest() == 0
    assert reader.latest(0) is None


def test_every_variant_of_the_newest_picture_is_read(path: Path) -> None:
    writer = PictureRingWriter(path, [BIG, SMALL])
    reader = PictureRingReader(path)
    for value in range(10, 10 + 3 * PICTURE_SLOTS):
        number = fill(writer, value, [Rect(0, 0, *BIG), Rect(4, 2, 8, 6)])
        for variant, size in enumerate((BIG, SMALL)):
            seen = reader.latest(variant)
            assert seen is not None
            assert (seen.number, seen.stamp_ns, seen.picture.size) == (number, 1000 * value, size)
            assert {int(plane.min()) for plane in (seen.picture.y, seen.picture.u, seen.picture.v)} == {
                value,
                value + 1,
                value + 2,
            }
            assert reader.still_whole(variant, seen)
        assert seen is not None
        assert seen.content == Rect(4, 2, 8, 6)


def test_who_is_late_gets_the_picture_of_then_as_far_as_it_is_still_there(path: Path) -> None:
    writer = PictureRingWriter(path, [BIG, SMALL])
    reader = PictureRingReader(path)
    assert reader.latest(0, 5_000) is None
    for value in range(1, 7):
        fill(writer, value)

    def stamp_by(by_ns: int) -> int:
        seen = reader.latest(0, by_ns)
        assert seen is not None
        assert (seen.picture.y == seen.stamp_ns // 1000).all()
        return seen.stamp_ns

    assert [stamp_by(by_ns) for by_ns in (9_000, 6_000, 5_999, 4_000)] == [6_000, 6_000, 5_000, 4_000]
    assert stamp_by(3_999) == 4_000, "the one before may be being overwritten"
    writer.next_slots()
    assert stamp_by(0) == 4_000


def test_a_picture_that_was_overtaken_while_it_was_copied_is_noticed(path: Path) -> None:
    writer, reader = PictureRingWriter(path, [BIG, SMALL]), None
    fill(writer, 1)
    reader = PictureRingReader(path)
    seen = reader.latest(0)
    assert seen is not None
    for value in range(2, PICTURE_SLOTS + 1):
        fill(writer, value)
        assert reader.still_whole(0, seen)
    writer.next_slots()[0].y[0, 0] = 99  # begun, not announced
    assert not reader.still_whole(0, seen)
    newest = reader.latest(0)
    assert newest is not None
    assert newest.number == PICTURE_SLOTS


@pytest.mark.parametrize(
    "content",
    [b"", b"x" * 10, b"x" * 10_000, b"BCPICT01\xff\xff\xff\xff" + bytes(100), b"BCPICT01\x01\0\0\0" + bytes(20)],
)
def test_what_is_no_ring_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    for kind in (PictureRingReader, SoundRingReader):
        with pytest.raises(ValueError, match=r"ring|cut short|empty"):
            kind(path)
    with pytest.raises(OSError, match="gone"):
        PictureRingReader(path.with_name("gone"))


def test_a_ring_that_is_cut_short_is_refused(path: Path) -> None:
    PictureRingWriter(path, [BIG])
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ValueError, match="cut short"):
        PictureRingReader(path)


def test_who_reads_an_old_ring_keeps_it_when_a_new_one_takes_its_name(path: Path) -> None:
    writer = PictureRingWriter(path, [BIG, SMALL])
    fill(writer, 7)
    reader = PictureRingReader(path)
    PictureRingWriter(path, [SMALL])
    seen = reader.latest(0)
    assert seen is not None
    assert (seen.picture.y == 7).all()


def test_sound_comes_in_order_and_each_block_once(path: Path) -> None:
    writer = SoundRingWriter(path)
    reader = SoundRingReader(path)
    assert reader.read_from(0) == []
    for number in range(3):
        writer.write(np.full((480, 2), number, np.float32), 44_100, 10 * number)
    blocks = reader.read_from(0)
    assert [(one.number, one.stamp_ns, one.rate, float(one.samples[0, 1])) for one in blocks] == [
        (0, 0, 44_100, 0.0),
        (1, 10, 44_100, 1.0),
        (2, 20, 44_100, 2.0),
    ]
    assert [one.number for one in reader.read_from(2)] == [2]
    assert reader.read_from(3) == []


def test_who_was_away_too_long_sees_by_the_number_what_was_lost(path: Path) -> None:
    writer, reader = SoundRingWriter(path), SoundRingReader(path)
    for number in range(SOUND_SLOTS + 100):
        writer.write(np.full((8, 2), number, np.float32), 48_000, number)
    blocks = reader.read_from(3)
    assert [one.number for one in blocks] == list(range(101, SOUND_SLOTS + 100))
    assert all((one.samples == one.number).all() for one in blocks)


class LappedAt(_Fence):
    """Between copying a block and looking again, the writer comes round once."""

    def __init__(self, call: int, lap: Callable[[], None]) -> None:
        super().__init__()
        self._left, self._lap = call, lap

    def __call__(self) -> None:
        self._left -= 1
        if self._left == 0:
            self._lap()


def test_sound_that_is_overwritten_while_it_is_copied_is_left_out(path: Path) -> None:
    writer, reader = SoundRingWriter(path), SoundRingReader(path)

    def write(count: int) -> None:
        for _ in range(count):
            writer.write(np.zeros((8, 2), np.float32), 48_000, 0)

    write(3)
    reader._fence = LappedAt(3, lambda: write(SOUND_SLOTS))  # the call after the second block
    assert [one.number for one in reader.read_from(0)] == [0]
    assert [one.number for one in reader.read_from(0)] == list(range(4, SOUND_SLOTS + 3))


def test_long_sound_is_split_and_stamped_on(path: Path) -> None:
    writer, reader = SoundRingWriter(path), SoundRingReader(path)
    samples = np.arange(2 * (MAX_BLOCK + 952), dtype=np.float32).reshape(-1, 2)
    writer.write(samples, 48_000, 5_000)
    blocks = reader.read_from(0)
    assert [len(one.samples) for one in blocks] == [MAX_BLOCK, 952]
    assert blocks[1].stamp_ns == 5_000 + MAX_BLOCK * 10**9 // 48_000
    assert np.array_equal(np.concatenate([one.samples for one in blocks]), samples)


@pytest.fixture
def start_writer(tmp_path: Path) -> Callable[[int], subprocess.Popen[bytes]]:
    def start(count: int) -> subprocess.Popen[bytes]:
        args = [sys.executable, "-c", WRITER, str(tmp_path / "pictures"), str(tmp_path / "sound"), str(count)]
        return subprocess.Popen(args)

    return start


def opened(tmp_path: Path) -> tuple[PictureRingReader, SoundRingReader] | None:
    try:
        return PictureRingReader(tmp_path / "pictures"), SoundRingReader(tmp_path / "sound")
    except (OSError, ValueError):
        return None


def test_no_torn_picture_or_sound_is_taken_for_whole_while_another_process_writes_at_full_speed(
    tmp_path: Path, start_writer: Callable[[int], subprocess.Popen[bytes]]
) -> None:
    count = 4000
    process = start_writer(count)
    pictures, sound = wait_for(lambda: opened(tmp_path))
    copy = Picture.black(Size(640, 360))
    whole, last = 0, 0
    while pictures.newest() < count:
        seen = pictures.latest(0)
        if seen is not None:
            copy.paste(seen.picture)
            if pictures.still_whole(0, seen):
                whole += 1
                assert seen.number >= last
                assert seen.stamp_ns == seen.number
                last = seen.number
                for plane in (copy.y, copy.u, copy.v):
                    assert (plane == seen.number % 251).all()
        for block in sound.read_from(0):  # from the oldest on: the ones that are being overwritten
            assert block.stamp_ns == block.number + 1
            assert (block.samples == block.number + 1).all()
        assert process.poll() in {None, 0}
    assert process.wait() == 0
    assert whole > 0
    assert sound.newest() == count


def test_a_reader_that_does_not_look_again_would_see_torn_pictures(
    tmp_path: Path, start_writer: Callable[[int], subprocess.Popen[bytes]]
) -> None:
    """The test above means something: pictures are in fact overwritten under a reader's hands."""
    process = start_writer(4000)
    pictures, _ = wait_for(lambda: opened(tmp_path))
    overtaken = 0
    seen = wait_for(lambda: pictures.latest(0))
    while process.poll() is None and not overtaken:
        overtaken += not pictures.still_whole(0, seen)
    process.wait()
    assert overtaken or not pictures.still_whole(0, seen)
