"""The size that a picture file declares, read from its header: known before any memory is spent on decoding."""

from __future__ import annotations

import struct
from pathlib import Path

MOST_BYTES = 40_000_000
MOST_PIXELS = 60_000_000  # a 50-megapixel camera's; decoded that is 180 MB for a moment

_FRAME_HEADERS = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # JPEG's SOFn (ITU-T T.81, B.1.1.3)


class PictureRefused(Exception):
    """The file is not decoded; the words go on after its name."""


def read_picture(path: Path) -> tuple[bytes, tuple[int, int]]:
    """A picture file whose decoding takes no more memory than a photo's may, and the size that it declares.

    Raises:
        PictureRefused: it is too large, or none of the formats whose size is known beforehand.
        OSError: it cannot be read.
        ValueError: there can be no file of this name.
    """
    if path.stat().st_size > MOST_BYTES:
        raise PictureRefused(f"is larger than {MOST_BYTES // 1_000_000} MB")
    data = path.read_bytes()
    size = declared_size(data)
    if size is None:
        raise PictureRefused("is no JPEG, PNG or WebP picture")
    if min(size) < 1 or size[0] * size[1] > MOST_PIXELS:
        raise PictureRefused(f"is {size[0]}×{size[1]}; at most {MOST_PIXELS // 1_000_000} megapixels are taken")
    return data, size


def declared_size(data: bytes) -> tuple[int, int] | None:
    """(width, height) of a JPEG, PNG or WebP file as stored; None: it is none of these, or cut short."""
    try:
        if data[:8] == b"\x89PNG\r\n\x1a\n":
            width, height = struct.unpack_from(">II", data, 16)
            return width, height
        if data[:2] == b"\xff\xd8":
            return _jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _webp(data)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _FRAME_HEADERS:
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        else:
            at += 2 + struct.unpack_from(">H", data, at + 2)[0]
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    """RFC 9649: the first chunk is extended, lossless or lossy."""
    kind = data[12:16]
    if kind == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None
