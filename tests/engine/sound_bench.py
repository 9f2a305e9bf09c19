"""Sources with clocks of their own, real rings, and a show time that only moves when told to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from studio.engine.inlet import InletSettings
from studio.engine.mixer import MIX_LATENCY_NS, Mixer
from studio.media.ring import SoundRingReader, SoundRingWriter
from studio.media.sound import SAMPLE_RATE, Samples

ANCHOR_NS = 10**15  # far from zero, as a clock may be
Wave = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def sine(frequency: float = 440.0, level: float = 0.1) -> Wave:
    return lambda at_s: level * np.sin(2 * np.pi * frequency * at_s)


class Device:
    """A microphone that hears `wave` (a function of true show time) and counts time a little wrong.

    Attributes:
        ppm: how much faster than told its clock runs.
        latency_ns: how long after its last sample a block arrives.
        shift_ns: by how much its stamps are wrong.
    """

    def __init__(self, path: Path, wave: Wave, *, rate: int = SAMPLE_RATE, ppm: float = 0.0) -> None:
        self.writer = SoundRingWriter(path)
        self.reader = SoundRingReader(path)
        self.latency_ns = 20_000_000
        self.shift_ns = 0
        self.lost = False
        self._wave, self._rate, self._true_rate = wave, rate, rate * (1 + ppm * 1e-6)
        self._given = 0

    def write_until(self, show_ns: int) -> None:
        """Write every block that has arrived by then; while `lost`, they are heard by nobody."""
        block = self._rate // 100
        while (self._given + block) / self._true_rate * 1e9 + self.latency_ns <= show_ns:
            at_s = (self._given + np.arange(block)) / self._true_rate
            if not self.lost:
                samples = np.repeat(self._wave(at_s).astype(np.float32).reshape(-1, 1), 2, axis=1)
                stamp_ns = ANCHOR_NS + round(at_s[0] * 1e9) + self.shift_ns
                self.writer.write(samples, self._rate, stamp_ns)
            self._given += block


class Desk:
    """A mixer and its devices."""

    def __init__(self, folder: Path) -> None:
        self.mixer = Mixer(ANCHOR_NS)
        self.now_ns = 0
        self._folder = folder
        self._devices: dict[str, Device] = {}

    def plug(
        self,
        name: str = "mic",
        wave: Wave | None = None,
        settings: InletSettings | None = None,
        *,
        rate: int = SAMPLE_RATE,
        ppm: float = 0.0,
    ) -> Device:
        device = Device(self._folder / f"{name}-{self.now_ns}.ring", wave or sine(), rate=rate, ppm=ppm)
        device.lost = True
        device.write_until(self.now_ns)  # what was before, nobody heard
        device.lost = False
        self._devices[name] = device
        self.mixer.attach(name, device.reader, settings or InletSettings())
        return device

    def sleep(self, seconds: float) -> None:
        """Nobody is awake for so long, no device either."""
        self.now_ns += round(seconds * 1e9)
        for device in self._devices.values():
            device.lost = True
            device.write_until(self.now_ns)
            device.lost = False
        self.mixer.wake(ANCHOR_NS + self.now_ns - MIX_LATENCY_NS)

    def run(self, seconds: float, step_ms: float = 20.0) -> Samples:
        """What is mixed while show time goes on by so much."""
        until_ns, parts = self.now_ns + round(seconds * 1e9), []
        while self.now_ns < until_ns:
            self.now_ns = min(until_ns, self.now_ns + round(step_ms * 1e6))
            for device in self._devices.values():
                device.write_until(self.now_ns)
            parts.append(self.mixer.mix(ANCHOR_NS + self.now_ns - MIX_LATENCY_NS))
        return np.concatenate(parts)


def show_times(first: int, count: int) -> NDArray[np.float64]:
    """The show times of samples, in seconds."""
    return (first + np.arange(count)) / SAMPLE_RATE


def bend(samples: Samples) -> float:
    """The sharpest corner in the sound: a click is a corner of the size of its step."""
    return float(np.abs(np.diff(samples[:, 0], n=2)).max())
