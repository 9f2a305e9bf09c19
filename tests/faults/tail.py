"""Follows what a server records while it records it, so that each picture has the time of its arrival there.

nginx-rtmp writes each message into its FLV file as soon as it is whole. To read along changes nothing between the
studio and the server, which a relay would: it would take what a stopped server does not.
"""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from studio.media.clock import Clock
from tests.faults.arrivals import Picture, Sound

_HEADER, _TAG, _SIZE_AFTER = 9 + 4, 11, 4  # FLV, annex E.2, E.3 and E.4.1
_AUDIO, _VIDEO, _KEY, _CODED = 8, 9, 1, 1
_VIDEO_HEAD = 5  # before a picture's data
_LOOK_NS = 5_000_000


class FlvReader:
    """Finds pictures and sound in a growing FLV file's bytes."""

    def __init__(self, connection: int) -> None:
        self._connection = connection
        self._buffer = bytearray()
        self._skip = _HEADER

    def feed(self, data: bytes, now_ns: int) -> list[Picture | Sound]:
        """What is whole with these bytes."""
        self._buffer += data
        skipped = min(self._skip, len(self._buffer))
        del self._buffer[:skipped]
        self._skip -= skipped
        found: list[Picture | Sound] = []
        while len(self._buffer) >= _TAG:
            size = int.from_bytes(self._buffer[1:4], "big")
            whole = _TAG + size + _SIZE_AFTER
            if len(self._buffer) < whole:
                break
            tag = bytes(self._buffer[:whole])
            del self._buffer[:whole]
            body = tag[_TAG : _TAG + size]
            dts = int.from_bytes(tag[4:7], "big") | tag[7] << 24
            if tag[0] == _VIDEO and len(body) > _VIDEO_HEAD and body[1] == _CODED:
                pts = dts + int.from_bytes(body[2:_VIDEO_HEAD], "big", signed=True)
                is_key = body[0] >> 4 == _KEY
                found.append(Picture(self._connection, now_ns, pts, is_key, size, hash(body[_VIDEO_HEAD:])))
            elif tag[0] == _AUDIO and len(body) > 1 and body[1] == _CODED:
                found.append(Sound(self._connection, now_ns, dts))
        return found


class FlvTail:
    """Reads along what a server records of one key. `pictures` and `sounds` grow in order of arrival."""

    def __init__(self, folder: Path, key: str, clock: Clock) -> None:
        self._folder, self._key, self._clock = folder, key, clock
        self._files: dict[Path, tuple[FlvReader, int]] = {}
        self._stop = threading.Event()
        self.pictures: list[Picture] = []
        self.sounds: list[Sound] = []
        self._thread = threading.Thread(target=self._run, name=f"tail:{key}")
        self._thread.start()

    @property
    def connections(self) -> int:
        return len(self._files)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        while not self._clock.wait_until(self._clock.now_ns() + _LOOK_NS, self._stop):
            self._look()
        self._look()

    def _look(self) -> None:
        for path in self._folder.glob(f"{self._key}-*.flv"):
            reader, at = self._files.get(path) or (FlvReader(len(self._files)), 0)
            with path.open("rb") as file:
                file.seek(at)
                data = file.read()
            self._files[path] = reader, at + len(data)
            found = reader.feed(data, self._clock.now_ns())
            self.pictures += [one for one in found if isinstance(one, Picture)]
            self.sounds += [one for one in found if isinstance(one, Sound)]
