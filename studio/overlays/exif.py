"""How a picture was held, from the EXIF of a PNG or WebP file: OpenCV turns only what it reads without alpha."""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

_ORIENTATION = 0x0112
# EXIF 2.32, 4.6.4 A: transposed or not, then flipped (left to right, upside down), by orientation.
_TURNS = {
    2: (False, True, False),
    3: (False, True, True),
    4: (False, False, True),
    5: (True, False, False),
    6: (True, True, False),
    7: (True, True, True),
    8: (True, False, True),
}


def upright(pixels: NDArray[np.uint8], data: bytes) -> NDArray[np.uint8]:
    """Pixels (h, w, 3) as stored in the PNG or WebP file `data`, turned as its EXIF says."""
    transposed, mirrored, upside_down = _TURNS.get(orientation(data), (False, False, False))
    if transposed:
        pixels = pixels.swapaxes(0, 1)
    if mirrored:
        pixels = pixels[:, ::-1]
    if upside_down:
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def orientation(data: bytes) -> int:
    """1 to 8 as EXIF counts; 1 (upright) where the file says nothing, or nothing that can be read."""
    try:
        if data[:8] == b"\x89PNG\r\n\x1a\n":
            return _of_tiff(_chunk(data, 8, ">I4s", b"eXIf"))
        if data[:4] == b"RIFF":
            return _of_tiff(_chunk(data, 12, "<4sI", b"EXIF").removeprefix(b"Exif\0\0"))
    except struct.error:
        pass
    return 1


def _chunk(data: bytes, at: int, head: str, wanted: bytes) -> bytes:
    """The content of a file's chunk; empty: it has none. PNG: length, kind, content, check; RIFF: padded to even."""
    while at + 8 <= len(data):
        one, other = struct.unpack_from(head, data, at)
        kind, length, after = (other, one, 4) if head.startswith(">") else (one, other, other % 2)
        if kind == wanted:
            return data[at + 8 : at + 8 + length]
        at += 8 + length + after
    return b""


def _of_tiff(exif: bytes) -> int:
    """The orientation in the first directory of a TIFF block (TIFF 6.0, section 2)."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    (at,) = struct.unpack_from(order + "I", exif, 4)
    (count,) = struct.unpack_from(order + "H", exif, at)
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, _, _, value = struct.unpack_from(order + "HHIH", exif, entry)
        if tag == _ORIENTATION:
            return int(value)
    return 1
