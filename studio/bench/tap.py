"""A relay in front of an RTMP server that notes when a publisher came, and when its first picture was through."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from studio.media.clock import Clock
from studio.outputs.chunks import ChunkError, ChunkReader, Kind

_HANDSHAKE = 1 + 1536 + 1536  # C0, C1 and C2 (RTMP 1.0, section 5.2)
_CODED = 1  # the second byte of a picture's message: coded data, not a header (FLV, annex E.4.3.1)


class Tap:
    """Listens at a port of its own and passes everything on. The three times are of the first publisher.

    Attributes:
        connected_ns: when it was there; 0: not yet.
        first_byte_ns: when its first byte came.
        first_picture_ns: when its first coded picture was there, whole.
    """

    def __init__(self, upstream_port: int, clock: Clock) -> None:
        self._upstream, self._clock = upstream_port, clock
        self.connected_ns = self.first_byte_ns = self.first_picture_ns = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, name="tap", daemon=True).start()

    def stop(self) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _accept(self) -> None:
        while True:
            try:
                publisher, _ = self._server.accept()
            except OSError:
                return
            self.connected_ns = self.connected_ns or self._clock.now_ns()
            server = socket.create_connection(("127.0.0.1", self._upstream), 5)
            server.settimeout(None)
            for ways in ((publisher, server, True), (server, publisher, False)):
                threading.Thread(target=self._pass_on, args=ways, name="tap:way", daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, watched: bool) -> None:
        watch = PictureWatch() if watched else None
        with suppress(OSError):
            while data := source.recv(65536):
                now_ns = self._clock.now_ns()
                target.sendall(data)
                if watched:
                    self.first_byte_ns = self.first_byte_ns or now_ns
                if watch is not None and watch.feed(data):
                    self.first_picture_ns = self.first_picture_ns or now_ns
                    watch = None
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()


class PictureWatch:
    """Follows what a publisher sends up to its first picture."""

    def __init__(self) -> None:
        self._skip = _HANDSHAKE
        self._reader = ChunkReader()

    def feed(self, data: bytes) -> bool:
        """True: the first coded picture is whole with these bytes."""
        skipped = min(self._skip, len(data))
        self._skip -= skipped
        try:
            messages = self._reader.feed(data[skipped:])
        except ChunkError:
            return False
        return any(one.kind == Kind.VIDEO and one.body[1:2] == bytes([_CODED]) for one in messages)
