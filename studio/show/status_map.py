"""The status map: one file of the runtime folder in which the engine tells what is actual.

Slot 0 is the status as JSON, ten times a second. Slots 1 to 4 hold preview pictures of the first feeds, ready for
`QImage` (RGB32): 8 bytes of width and height, then the rows; written only while a window wants them.
"""

from __future__ import annotations

import struct
from pathlib import Path

import msgspec

from studio.show.status import Status
from studio.workspace.slots import SlotReader, SlotWriter

PREVIEWS = 4
PREVIEW_EDGE = 960  # pixels of a preview's longer side at most
_SIZE = struct.Struct("<II")
_STATUS_BYTES = 128 * 1024
_PREVIEW_BYTES = _SIZE.size + PREVIEW_EDGE * PREVIEW_EDGE * 4


class StatusMapWriter:
    """The engine's side. One thread writes the status, one at a time each preview."""

    def __init__(self, path: Path) -> None:
        self._slots = SlotWriter(path, [_STATUS_BYTES] + [_PREVIEW_BYTES] * PREVIEWS)

    def write_status(self, status: Status) -> None:
        self._slots.write(0, msgspec.json.encode(status))

    def write_preview(self, feed: int, width: int, height: int, rgb32: bytes) -> None:
        """A picture of the feed with that index; rows of `width` 32-bit pixels, BGRA in memory."""
        self._slots.write(1 + feed, _SIZE.pack(width, height) + rgb32)

    def close(self) -> None:
        self._slots.close()


class StatusMapReader:
    """Anybody's side. Opens the map again when a new engine has made a new one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._slots: SlotReader | None = None
        self._inode = 0

    def status(self) -> Status | None:
        """The newest status; None: no engine has ever run, or it is being written just now."""
        slots = self._open()
        payload = slots.read(0) if slots else None
        if payload is None:
            return None
        try:
            return msgspec.json.decode(payload, type=Status)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):  # no JSON, no text, nested too deeply
            return None

    def beat(self) -> tuple[int, int]:
        """Which map, and which write of its status: changes with each, also while the status says the same."""
        slots = self._open()
        return (self._inode, slots.sequence(0)) if slots else (0, 0)

    def preview(self, feed: int, newer_than: int) -> tuple[int, int, int, bytes] | None:
        """(sequence, width, height, rows) when there is a picture newer than that sequence."""
        slots = self._open()
        if slots is None or slots.sequence(1 + feed) in {0, newer_than}:
            return None
        sequence = slots.sequence(1 + feed)
        payload = slots.read(1 + feed)
        if payload is None or len(payload) < _SIZE.size:
            return None
        width, height = _SIZE.unpack_from(payload)
        rows = payload[_SIZE.size :]
        return (sequence, width, height, rows) if len(rows) == width * height * 4 else None

    def close(self) -> None:
        if self._slots:
            self._slots.close()
            self._slots = None

    def _open(self) -> SlotReader | None:
        try:
            inode = self._path.stat().st_ino
            if self._slots is None or inode != self._inode:
                self.close()
                self._slots, self._inode = SlotReader(self._path), inode
        except (OSError, ValueError):
            self.close()
        return self._slots
