"""A network camera of our own: motion JPEG over HTTP, that can be made to give the same picture again and again."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

import cv2
import numpy as np

_INTERVAL_S = 0.04
_PICTURES = 8
_HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=next\r\n\r\n"


class PhotoCamera:
    """One viewer after the other. Its pictures are grey, with a sensor's noise, until it is stuck on one of them."""

    def __init__(self) -> None:
        random = np.random.default_rng(1)
        noisy = (random.normal(150, 12, (180, 320, 3)).clip(0, 255).astype(np.uint8) for _ in range(_PICTURES))
        self._pictures = [cv2.imencode(".jpg", one)[1].tobytes() for one in noisy]
        self._moves, self._stop = threading.Event(), threading.Event()
        self._moves.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.05)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/video"
        self.viewers = 0  # so far
        self._thread = threading.Thread(target=self._run, name="photo camera")
        self._thread.start()

    def stick(self) -> None:
        """From now on, the very same picture."""
        self._moves.clear()

    def move(self) -> None:
        """As a camera does again."""
        self._moves.set()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(TimeoutError):
                viewer, _ = self._listener.accept()
                self.viewers += 1
                with viewer, suppress(OSError):
                    self._serve(viewer)

    def _serve(self, viewer: socket.socket) -> None:
        viewer.settimeout(5)
        viewer.recv(4096)
        viewer.sendall(_HEAD)
        number = 0
        while not self._stop.wait(_INTERVAL_S):
            number += self._moves.is_set()
            picture = self._pictures[number % len(self._pictures)]
            viewer.sendall(b"--next\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture))
            viewer.sendall(picture + b"\r\n")
