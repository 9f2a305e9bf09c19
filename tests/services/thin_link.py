"""A TCP relay as a network of a chosen width, which may change while it is used."""

from __future__ import annotations

import contextlib
import socket
import threading

_PIECE = 2048
_BUFFER = 8 * 1024  # of its own sockets: what they hold, the sender takes for delivered


class ThinLink:
    """Listens at `port` and passes everything on to another, towards it at no more than `kbps`; None: unhindered."""

    def __init__(self, to_port: int, kbps: float | None = None) -> None:
        self.kbps = kbps
        self._to_port = to_port
        self._ended = threading.Event()
        self._sockets: list[socket.socket] = []
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.port: int = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, name="link:accept", daemon=True)]
        self._threads[0].start()

    def stop(self) -> None:
        self._ended.set()
        for one in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to_port))
            self._sockets += [near, far]
            for name, one, other, thin in (("up", near, far, True), ("down", far, near, False)):
                thread = threading.Thread(
                    target=self._pass_on, args=(one, other), kwargs={"thin": thin}, name=f"link:{name}", daemon=True
                )
                self._threads.append(thread)
                thread.start()

    def _pass_on(self, one: socket.socket, other: socket.socket, *, thin: bool) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(_PIECE):
                other.sendall(data)
                if thin and self.kbps is not None:
                    self._ended.wait(len(data) * 8 / self.kbps / 1000)
            other.shutdown(socket.SHUT_WR)
