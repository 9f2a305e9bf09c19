"""A camera that flashes and a microphone that beeps at each second; the microphone's clock runs 200 ppm fast."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import cv2
import numpy as np

from studio.bench.camera import _HEAD, Camera
from studio.media.clock import Clock
from tests.services.desktop import PulseAudio

PPM = 200
_RATE = 48_000
_FLASH_NS = 100_000_000
_BEEP_S = 0.1
_BLOCK_NS = 20_000_000


class FlashCamera(Camera):
    """HTTP MJPEG, 30 a second: moving noise, white for a tenth of a second at each whole second of the clock."""

    def __init__(self, clock: Clock) -> None:
        noise = np.random.default_rng(1)
        dark = [np.clip(noise.normal(50, 9, (720, 1280, 3)), 0, 255).astype(np.uint8) for _ in range(10)]
        white = np.full((720, 1280, 3), 235, np.uint8)
        jpegs = [cv2.imencode(".jpg", one, [cv2.IMWRITE_JPEG_QUALITY, 70])[1].tobytes() for one in (*dark, white)]
        super().__init__(jpegs, clock)

    def _serve(self, viewer: socket.socket) -> None:
        with viewer, suppress(OSError):
            viewer.settimeout(5)
            viewer.recv(4096)
            viewer.sendall(_HEAD)
            number = self._clock.now_ns() * self._fps // 10**9
            while not self._clock.wait_until(number * 10**9 // self._fps, self._stop):
                flash = number * 10**9 // self._fps % 10**9 < _FLASH_NS
                viewer.sendall(self._parts[-1] if flash else self._parts[number % (len(self._parts) - 1)])
                number = max(number + 1, self._clock.now_ns() * self._fps // 10**9)


class FastMicrophone:
    """A PulseAudio source fed through a pipe at our pace: 1 kHz for a tenth of a second at each whole second."""

    def __init__(self, service: PulseAudio, folder: Path, clock: Clock) -> None:
        self._clock, self._stop = clock, threading.Event()
        pipe = folder / "microphone"
        wave = ["format=s16le", f"rate={_RATE}", "channels=1"]
        loaded = service._pactl("load-module", "module-pipe-source", "source_name=fast", f"file={pipe}", *wave)
        assert loaded.returncode == 0, loaded.stderr
        self.env = {**service.env, "PULSE_SOURCE": "fast"}
        self._pipe = os.open(pipe, os.O_WRONLY)
        os.set_blocking(self._pipe, False)  # while nobody records, PulseAudio does not read
        self._thread = threading.Thread(target=self._run, name="microphone")
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        os.close(self._pipe)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _run(self) -> None:
        rate = _RATE * (1 + PPM / 1e6)
        begun_ns, sent, due_ns = self._clock.now_ns(), 0, self._clock.now_ns()
        with suppress(OSError):
            while not self._clock.wait_until(due_ns, self._stop):
                count = int((due_ns - begun_ns) * rate / 1e9) - sent
                at = begun_ns / 1e9 + np.arange(sent, sent + count) / rate
                wave = np.where(at % 1 < _BEEP_S, 0.5 * np.sin(2 * np.pi * 1000 * (at % 1)), 0)
                with suppress(BlockingIOError):  # a block is written whole or not at all
                    os.write(self._pipe, (wave * 32767).astype("<i2").tobytes())
                sent += count
                due_ns += _BLOCK_NS
