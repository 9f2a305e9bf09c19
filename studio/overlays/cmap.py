"""Which characters a font file has: its `cmap` table, read without a font library.

The layout of the tables is that of the OpenType specification, chapters "Organization of an OpenType font" and
"cmap": big-endian; formats 4 (16 bit) and 12 (32 bit) are the ones that Unicode fonts carry.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_UNICODE_SUBTABLES = {(3, 10): 0, (0, 6): 1, (0, 4): 1, (3, 1): 2, (0, 3): 3}  # (platform, encoding): best first


@dataclass(frozen=True, slots=True)
class Coverage:
    """The characters that a font has, as sorted, closed ranges of code points."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __contains__(self, character: str) -> bool:
        code = ord(character)
        at = bisect_right(self.starts, code) - 1
        return at >= 0 and code <= self.ends[at]


def read_coverage(path: Path) -> Coverage:
    """The coverage of a font file; of a collection's first font (a CJK collection's fonts share their characters).

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no OpenType font with a Unicode cmap.
    """
    with path.open("rb") as file:
        cmap = _table(file, b"cmap")
    count = struct.unpack_from(">H", cmap, 2)[0]
    found = [struct.unpack_from(">HHI", cmap, 4 + 8 * n) for n in range(count)]
    known = sorted((_UNICODE_SUBTABLES[p, e], at) for p, e, at in found if (p, e) in _UNICODE_SUBTABLES)
    for _, at in known:
        kind = struct.unpack_from(">H", cmap, at)[0]
        if kind == 12:
            return _merge(_format_12(cmap, at))
        if kind == 4:
            return _merge(_format_4(cmap, at))
    raise ValueError(f"{path.name} has no Unicode cmap")


def _table(file: BinaryIO, tag: bytes) -> bytes:
    head = file.read(16)
    if head[:4] == b"ttcf":
        file.seek(struct.unpack_from(">I", head, 12)[0])
        head = file.read(12)
    else:
        file.seek(12)
    if len(head) < 12:
        raise ValueError("not a font")
    for _ in range(struct.unpack_from(">H", head, 4)[0]):
        record = file.read(16)
        if record[:4] == tag:
            offset, length = struct.unpack_from(">II", record, 8)
            file.seek(offset)
            return file.read(length)
    raise ValueError(f"no {tag.decode()} table")


def _format_12(cmap: bytes, at: int) -> list[tuple[int, int]]:
    count = struct.unpack_from(">I", cmap, at + 12)[0]
    groups = struct.unpack_from(f">{3 * count}I", cmap, at + 16)
    return list(zip(groups[0::3], groups[1::3], strict=True))


def _format_4(cmap: bytes, at: int) -> list[tuple[int, int]]:
    count = struct.unpack_from(">H", cmap, at + 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", cmap, at + 14)
    starts = struct.unpack_from(f">{count}H", cmap, at + 16 + 2 * count)
    # The last segment, 0xFFFF alone, is a sentinel and no character.
    return [(start, end) for start, end in zip(starts, ends, strict=True) if start != 0xFFFF]


def _merge(ranges: list[tuple[int, int]]) -> Coverage:
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(ranges):
        if ends and start <= ends[-1] + 1:
            ends[-1] = max(ends[-1], end)
        else:
            starts.append(start)
            ends.append(end)
    return Coverage(tuple(starts), tuple(ends))
