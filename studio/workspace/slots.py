"""A status file: a few fixed slots that one process writes and any may read, without locks.

A slot carries a sequence number and a CRC32, because Python offers no memory barrier: a reader that meets a
half-written slot sees a wrong sum and takes the next chance, never a mixed picture.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

from studio.system.mapped import create_mapped, open_mapped

_MAGIC = b"BCSLOTS2"
_HEAD = struct.Struct("<8sI")  # magic, number of slots; then a uint32 capacity for each
_SLOT = struct.Struct("<QII")  # sequence, payload length, CRC32 of sequence and payload


def _offsets(capacities: Sequence[int]) -> list[int]:
    at = _HEAD.size + 4 * len(capacities)
    found = []
    for capacity in capacities:
        at = (at + 63) & ~63
        found.append(at)
        at += _SLOT.size + capacity
    found.append(at)
    return found


def _sum(payload: bytes | memoryview, sequence: int) -> int:
    """CRC32 that begins with the sequence: else a half-written head would pass for an empty payload."""
    return zlib.crc32(payload, sequence & 0xFFFFFFFF)


class SlotWriter:
    """The one writer of a status file. Not for two threads at once."""

    def __init__(self, path: Path, capacities: Sequence[int]) -> None:
        """Create the file with one slot for each capacity, in bytes. Raises OSError."""
        self._capacities = tuple(capacities)
        *self._at, size = _offsets(self._capacities)
        self._map = create_mapped(path, size)
        self._sequence = [0] * len(self._at)
        _HEAD.pack_into(self._map, 0, _MAGIC, len(self._at))
        struct.pack_into(f"<{len(self._at)}I", self._map, _HEAD.size, *self._capacities)

    def write(self, slot: int, payload: bytes | memoryview) -> None:
        """Replace what a slot says. Raises ValueError when it does not fit."""
        size = len(payload)
        if size > self._capacities[slot]:
            raise ValueError(f"slot {slot} holds {self._capacities[slot]} bytes, not {size}")
        at = self._at[slot]
        self._sequence[slot] += 1
        # The old head is made invalid first, so that a reader in between sees a wrong sum.
        _SLOT.pack_into(self._map, at, 0, 0, 0)
        self._map[at + _SLOT.size : at + _SLOT.size + size] = payload
        _SLOT.pack_into(self._map, at, self._sequence[slot], size, _sum(payload, self._sequence[slot]))

    def close(self) -> None:
        self._map.close()


class SlotReader:
    """Reads a status file that another process writes."""

    def __init__(self, path: Path) -> None:
        """Open it. Raises OSError or ValueError when it is not there or not one of ours."""
        self._map = open_mapped(path)
        if len(self._map) < _HEAD.size:
            raise ValueError(f"{path.name} is no status file")
        magic, count = _HEAD.unpack_from(self._map, 0)
        if magic != _MAGIC or _HEAD.size + 4 * count > len(self._map):
            raise ValueError(f"{path.name} is no status file of this version")
        capacities = struct.unpack_from(f"<{count}I", self._map, _HEAD.size)
        *self._at, size = _offsets(capacities)
        if size > len(self._map):
            raise ValueError(f"{path.name} is cut short")
        self._capacities = capacities

    def sequence(self, slot: int) -> int:
        """Changes whenever the slot does; cheap to ask. 0: never written, being written, or not in this file."""
        if slot >= len(self._at):
            return 0
        return int(_SLOT.unpack_from(self._map, self._at[slot])[0])

    def read(self, slot: int) -> bytes | None:
        """What the slot says; None when nothing yet, when it was being written just now, or is not in this file."""
        if slot >= len(self._at):
            return None
        sequence, size, crc = _SLOT.unpack_from(self._map, self._at[slot])
        if sequence == 0 or size > self._capacities[slot]:
            return None
        start = self._at[slot] + _SLOT.size
        payload = self._map[start : start + size]
        return payload if _sum(payload, sequence) == crc else None

    def close(self) -> None:
        self._map.close()
