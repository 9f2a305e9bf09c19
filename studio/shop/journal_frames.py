"""The order journal's file format: records one after the other, each recognised as whole or not at all.

A record is a header (magic, kind, number, order id, length), that many sealed bytes, and the CRC-32 of all before it.
One that was torn by a power cut, or whose bytes have rotted, fails its sum, and reading goes on at the next magic:
so nothing has to be cut off before the next record is appended.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

_MAGIC = b"BCJ\x01"
_HEADER = struct.Struct(">4sBI16sI")  # magic, kind, number, id, length of what is sealed
_SUM = struct.Struct(">I")


class Kind(IntEnum):
    """What a record says."""

    START = 1  # of a file: `number` is the last that was given out before
    HELD = 2  # an order as the database took it, with its number there: one that cannot be read keeps it all the same
    NOTED = 3  # an order that the database could not check: J-`number`


@dataclass(frozen=True, slots=True)
class Frame:
    """One record. `id` (16 bytes) is the order's own; `sealed` is what only the journal's key opens."""

    kind: Kind
    number: int
    id: bytes
    sealed: bytes = b""

    @property
    def bound(self) -> bytes:
        """What is sealed only together with this: the header, before the length is known."""
        return self._header(0)

    def _header(self, length: int) -> bytes:
        return _HEADER.pack(_MAGIC, self.kind, self.number, self.id, length)

    def pack(self) -> bytes:
        body = self._header(len(self.sealed)) + self.sealed
        return body + _SUM.pack(zlib.crc32(body))


def scan(data: bytes) -> Iterator[Frame]:
    """The whole records of a file, in order; whatever else is in it is passed over."""
    at = data.find(_MAGIC)
    while at >= 0:
        found = _frame_at(data, at)
        if found is not None:
            yield found
        # From a bit before its end: a torn record may lack only bytes with which the next one happens to begin.
        at = data.find(_MAGIC, at + 1 if found is None else at + len(found.pack()) - (len(_MAGIC) - 1))


def _frame_at(data: bytes, at: int) -> Frame | None:
    if len(data) - at < _HEADER.size + _SUM.size:
        return None
    _, kind, number, ident, length = _HEADER.unpack_from(data, at)
    end = at + _HEADER.size + length
    if end + _SUM.size > len(data) or _SUM.unpack_from(data, end)[0] != zlib.crc32(data[at:end]):
        return None
    return Frame(Kind(kind), number, ident, data[at + _HEADER.size : end]) if kind in set(Kind) else None
