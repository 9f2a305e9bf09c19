"""A network camera: motion JPEG over HTTP from this process, paced like one. The same for the studio and its peer."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from studio.media.clock import Clock

_HEAD = (
    b"HTTP/1.0 200 OK\r\nConnection: close\r\nCache-Control: no-cache\r\n"
    b"Content-Type: multipart/x-mixed-replace;boundary=picture\r\n\r\n"
)


def split_jpegs(data: bytes) -> list[bytes]:
    """The pictures of a file of JPEGs one after the other.

    Inside a picture's data every 0xFF is followed by a zero or a restart marker (ITU-T T.81, section B.1.1.5), so
    an end followed by a start is a seam.
    """
    seam = b"\xff\xd9\xff\xd8"
    pictures = data.split(seam)
    last = len(pictures) - 1
    return [
        (b"\xff\xd8" if at else b"") + one + (b"\xff\xd9" if at < last else b"") for at, one in enumerate(pictures)
    ]


class Camera:
    """Serves pictures, again and again, at a steady rate, to everyone who asks; late ones are left out."""

    def __init__(self, jpegs: Sequence[bytes], clock: Clock, fps: int = 30) -> None:
        self._parts = [
            b"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(one) + one + b"\r\n"
            for one in jpegs
        ]
        self._clock, self._fps = clock, fps
        self._stop = threading.Event()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}/video"
        threading.Thread(target=self._accept, name="camera", daemon=True).start()

    def stop(self) -> None:
        self._stop.set()
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
        while not self._stop.is_set():
            try:
                viewer, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(viewer,), name="camera:viewer", daemon=True).start()

    def _serve(self, viewer: socket.socket) -> None:
        with viewer, suppress(OSError):
            viewer.settimeout(5)
            asked = b""
            while b"\r\n\r\n" not in asked and len(asked) < 8192:
                if not (more := viewer.recv(2048)):
                    return
                asked += more
            viewer.sendall(_HEAD)
            start_ns, number = self._clock.now_ns(), 0
            while not self._clock.wait_until(start_ns + number * 10**9 // self._fps, self._stop):
                viewer.sendall(self._parts[number % len(self._parts)])
                number = max(number + 1, (self._clock.now_ns() - start_ns) * self._fps // 10**9)
