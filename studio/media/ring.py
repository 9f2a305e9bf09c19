"""Shared-memory rings: pictures and sound from a source's process to the engine.

One writer, any number of readers, no lock, newest wins. A slot is written, then announced; a reader that was
overtaken while it copied notices by the slot's own number. Python has no memory barrier, so the writer and the
reader pass through a lock of their own between data and announcement: taking a lock is one (needed on ARM).
"""

from __future__ import annotations

import mmap
import struct
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.media.picture import Picture, Rect, Size
from studio.media.sound import CHANNELS, Block, Samples
from studio.system.mapped import create_mapped, open_mapped

PICTURE_SLOTS = 4
SOUND_SLOTS = 256
MAX_BLOCK = 2048  # samples of one sound block

_PICTURE_MAGIC = b"BCPICT01"
_SOUND_MAGIC = b"BCSOUN01"
_HEAD = struct.Struct("<8sIQ")  # magic, number of variants, last number announced (0: none)
_VARIANT = struct.Struct("<II")  # width, height
_PICTURE = struct.Struct("<Qqiiii")  # number, stamp_ns, content x, y, width, height
_SOUND = struct.Struct("<QqII")  # number + 1, stamp_ns, rate, samples
_ANNOUNCED = 12  # offset of the last number in _HEAD, packed without padding
_NUMBER = struct.Struct("<Q")


def _aligned(at: int) -> int:
    return (at + 63) & ~63


class _Fence:
    """A memory barrier that the interpreter and every CPU respects."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            pass


@dataclass(frozen=True, slots=True)
class RingPicture:
    """A picture still lying in the ring: copy it, then ask `still_whole`.

    Attributes:
        number: counts the source's pictures from 1.
        stamp_ns: when it was taken, monotonic.
        content: where in `picture` there is something (less than the whole under fit "contain").
    """

    number: int
    stamp_ns: int
    content: Rect
    picture: Picture


def _picture_layout(sizes: Sequence[Size]) -> tuple[list[list[int]], int]:
    at = _HEAD.size + _VARIANT.size * len(sizes)
    slots: list[list[int]] = []
    for size in sizes:
        row = []
        for _ in range(PICTURE_SLOTS):
            at = _aligned(at)
            row.append(at)
            at = _aligned(at + _PICTURE.size) + size.i420_bytes
        slots.append(row)
    return slots, at


class PictureRingWriter:
    """Owned by a source's process: every variant of a picture, announced together."""

    def __init__(self, path: Path, sizes: Sequence[Size]) -> None:
        """Create the ring with one variant for each size. Raises OSError."""
        self._slots, total = _picture_layout(sizes)
        self._map = create_mapped(path, total)
        self._bytes = np.frombuffer(self._map, np.uint8)
        self._sizes = list(sizes)
        self._fence = _Fence()
        self._number = 0
        for index, size in enumerate(sizes):
            _VARIANT.pack_into(self._map, _HEAD.size + _VARIANT.size * index, *size)
        _HEAD.pack_into(self._map, 0, _PICTURE_MAGIC, len(sizes), 0)

    def next_slots(self) -> list[Picture]:
        """The pictures to fill, one a variant, in the order of the sizes; then `announce`."""
        place = self._number % PICTURE_SLOTS
        pictures = []
        for size, row in zip(self._sizes, self._slots, strict=True):
            _NUMBER.pack_into(self._map, row[place], 0)  # no reader may take it for the old one
            data = _aligned(row[place] + _PICTURE.size)
            pictures.append(Picture.over(self._bytes[data : data + size.i420_bytes], size))
        self._fence()
        return pictures

    def announce(self, stamp_ns: int, contents: Sequence[Rect]) -> int:
        """Publish what was filled; its number."""
        place = self._number % PICTURE_SLOTS
        self._number += 1
        self._fence()
        for row, content in zip(self._slots, contents, strict=True):
            _PICTURE.pack_into(self._map, row[place], self._number, stamp_ns, *content)
        self._fence()
        _NUMBER.pack_into(self._map, _ANNOUNCED, self._number)
        return self._number


class PictureRingReader:
    """Owned by one thread of the engine."""

    def __init__(self, path: Path) -> None:
        """Open the ring. Raises OSError or ValueError when there is none yet."""
        self._map = open_mapped(path)
        if len(self._map) < _HEAD.size:
            raise ValueError(f"{path.name} is no ring")
        magic, variants, _ = _HEAD.unpack_from(self._map, 0)
        if magic != _PICTURE_MAGIC or variants > 64:
            raise ValueError(f"{path.name} is no picture ring of this version")
        self.sizes = [Size(*_VARIANT.unpack_from(self._map, _HEAD.size + _VARIANT.size * i)) for i in range(variants)]
        self._slots, total = _picture_layout(self.sizes)
        if total > len(self._map):
            raise ValueError(f"{path.name} is cut short")
        self._bytes: NDArray[np.uint8] = np.frombuffer(self._map, np.uint8)
        self._fence = _Fence()

    def newest(self) -> int:
        """The number of the newest picture; 0: none yet."""
        return int(_NUMBER.unpack_from(self._map, _ANNOUNCED)[0])

    def latest(self, variant: int, by_ns: int | None = None) -> RingPicture | None:
        """The newest picture of a variant, in place; None: none yet.

        With `by_ns`: the newest that was taken by then, or of those still there the one closest to it.
        """
        newest = self.newest()
        self._fence()
        found = None
        # One slot is left out: the writer may be at work in it.
        for number in range(newest, max(0, newest - PICTURE_SLOTS + 1), -1):
            older = self._at(variant, number)
            if older is None:
                break
            found = older
            if by_ns is None or found.stamp_ns <= by_ns:
                break
        return found

    def _at(self, variant: int, number: int) -> RingPicture | None:
        at = self._slots[variant][(number - 1) % PICTURE_SLOTS]
        found, stamp_ns, *content = _PICTURE.unpack_from(self._map, at)
        if found != number:
            return None
        data = _aligned(at + _PICTURE.size)
        size = self.sizes[variant]
        return RingPicture(
            number, stamp_ns, Rect(*content), Picture.over(self._bytes[data : data + size.i420_bytes], size)
        )

    def still_whole(self, variant: int, seen: RingPicture) -> bool:
        """Whether the writer has not begun to overwrite it: ask after copying."""
        self._fence()
        at = self._slots[variant][(seen.number - 1) % PICTURE_SLOTS]
        return int(_NUMBER.unpack_from(self._map, at)[0]) == seen.number


def _sound_at(place: int) -> int:
    first = _aligned(_HEAD.size)
    return first + place * _aligned(_SOUND.size + MAX_BLOCK * CHANNELS * 4)


class SoundRingWriter:
    """Owned by a source's process."""

    def __init__(self, path: Path) -> None:
        """Create the ring. Raises OSError."""
        self._map: mmap.mmap = create_mapped(path, _sound_at(SOUND_SLOTS))
        self._fence = _Fence()
        self._number = 0
        _HEAD.pack_into(self._map, 0, _SOUND_MAGIC, 0, 0)

    def write(self, samples: Samples, rate: int, stamp_ns: int) -> None:
        """Publish sound, float32 (n, 2); longer than a block is split, and stamped on."""
        for start in range(0, len(samples), MAX_BLOCK):
            part = np.ascontiguousarray(samples[start : start + MAX_BLOCK], np.float32)
            at = _sound_at(self._number % SOUND_SLOTS)
            _NUMBER.pack_into(self._map, at, 0)
            self._fence()
            data = at + _SOUND.size
            self._map[data : data + part.nbytes] = part.tobytes()
            self._fence()
            self._number += 1
            _SOUND.pack_into(self._map, at, self._number, stamp_ns + start * 10**9 // rate, rate, len(part))
            self._fence()
            _NUMBER.pack_into(self._map, _ANNOUNCED, self._number)


class SoundRingReader:
    """Owned by the mix thread."""

    def __init__(self, path: Path) -> None:
        """Open the ring. Raises OSError or ValueError when there is none yet."""
        self._map = open_mapped(path)
        if len(self._map) < _sound_at(SOUND_SLOTS):
            raise ValueError(f"{path.name} is no ring")
        if _HEAD.unpack_from(self._map, 0)[0] != _SOUND_MAGIC:
            raise ValueError(f"{path.name} is no sound ring of this version")
        self._fence = _Fence()

    def newest(self) -> int:
        """How many blocks were ever written."""
        return int(_NUMBER.unpack_from(self._map, _ANNOUNCED)[0])

    def read_from(self, number: int) -> list[Block]:
        """All blocks from `number` (counted from 0) that are still there, copied, oldest first.

        The first one's own number tells how many were lost.
        """
        newest = self.newest()
        self._fence()
        blocks = []
        # One slot is left out: the writer may be at work in it.
        for wanted in range(max(number, newest - SOUND_SLOTS + 1), newest):
            at = _sound_at(wanted % SOUND_SLOTS)
            found, stamp_ns, rate, count = _SOUND.unpack_from(self._map, at)
            if found != wanted + 1 or count > MAX_BLOCK:
                continue
            samples = np.frombuffer(self._map[at + _SOUND.size : at + _SOUND.size + count * CHANNELS * 4], np.float32)
            self._fence()
            if int(_NUMBER.unpack_from(self._map, at)[0]) == wanted + 1:
                blocks.append(Block(wanted, stamp_ns, rate, samples.reshape(count, CHANNELS)))
        return blocks
