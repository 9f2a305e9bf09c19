"""The engine's sign of life, in a file of the runtime folder: when its slowest feed last ticked.

A file of its own, for the status is written by the control loop, which may be busy while pictures go out.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from studio.workspace.slots import SlotReader, SlotWriter

_BEAT = struct.Struct("<QQ")
_LOOKS = 5


@dataclass(frozen=True, slots=True)
class Beat:
    """`ticked_ns` is monotonic; that of an engine without feeds is when it last looked."""

    pid: int
    ticked_ns: int


class BeatWriter:
    """The engine's side. To be made as soon as it holds its lock: then who holds the lock is who beats."""

    def __init__(self, path: Path, pid: int) -> None:
        """Make the file anew, with no beat in it. Raises OSError."""
        self._pid = pid
        self._slots = SlotWriter(path, [_BEAT.size])

    def beat(self, ticked_ns: int) -> None:
        self._slots.write(0, _BEAT.pack(self._pid, ticked_ns))

    def close(self) -> None:
        self._slots.close()


def read_beat(path: Path) -> Beat | None:
    """The newest beat; None: no engine has beaten since it took its lock."""
    try:
        slots = SlotReader(path)
    except (OSError, ValueError):
        return None
    try:
        for _ in range(_LOOKS):  # now and then one meets it half written
            payload = slots.read(0)
            if payload is not None and len(payload) == _BEAT.size:
                return Beat(*_BEAT.unpack(payload))
    finally:
        slots.close()
    return None
