"""The bundled workbench as a source, with the quiet tapping of its tool."""

from __future__ import annotations

import numpy as np

from studio.capture.colour import WANTED
from studio.capture.planes import Planes
from studio.capture.source import READ_NS, Opening, Shot
from studio.capture.workbench import SIZE, TAP_NS, Workbench
from studio.media.sound import CHANNELS, SAMPLE_RATE, Samples

_FPS = 30
_BLOCK = SAMPLE_RATE // 100
_BLOCK_NS = 10_000_000
_TAP_SAMPLES = SAMPLE_RATE // 20


class DemoSource:
    """A picture at each thirtieth of a second of the clock, sound in blocks of 10 ms when they have been heard."""

    def __init__(self, opening: Opening) -> None:
        self._clock, self._stop, self._ring = opening.clock, opening.stop, opening.sound
        self._bench = Workbench()
        self._number = opening.clock.now_ns() * _FPS // 10**9 + 1
        self._block = opening.clock.now_ns() // _BLOCK_NS

    @property
    def got(self) -> str:
        return f"{SIZE.width}x{SIZE.height} drawn {_FPS}"

    def read(self) -> Shot | None:
        now_ns = self._clock.now_ns()
        due_ns = self._number * 10**9 // _FPS
        late = self._clock.wait_until(min(due_ns, now_ns + READ_NS), self._stop)
        self._play()
        if late or due_ns > self._clock.now_ns():
            return None
        self._number = max(self._number + 1, self._clock.now_ns() * _FPS // 10**9)
        return Shot(due_ns, lambda: self._draw(due_ns))

    def close(self) -> None:
        """Nothing to give back."""

    def _draw(self, at_ns: int) -> Planes:
        picture = self._bench.draw(at_ns)
        return Planes(picture.y, picture.u, picture.v, WANTED)

    def _play(self) -> None:
        now = self._clock.now_ns() // _BLOCK_NS
        self._block = max(self._block, now - SAMPLE_RATE // _BLOCK)  # after a stall: no more than a second
        while self._ring is not None and self._block < now:
            stamp_ns = self._block * _BLOCK_NS
            self._ring.write(demo_sound(stamp_ns % self._bench.round_ns), SAMPLE_RATE, stamp_ns)
            self._block += 1


def demo_sound(at_ns: int) -> Samples:
    """10 ms of the tapping from a time within a round: a dull knock of wood at each blow."""
    since = (at_ns % TAP_NS) * SAMPLE_RATE // 10**9 + np.arange(_BLOCK)
    t = since / SAMPLE_RATE
    blow = 0.85 + 0.15 * np.sin(at_ns // TAP_NS * 2.4)  # no two are alike
    knock = np.sin(2 * np.pi * 190 * t) * np.exp(-t * 75) + 0.35 * np.sin(2 * np.pi * 1130 * t) * np.exp(-t * 260)
    wave = np.where(since < _TAP_SAMPLES, 0.11 * blow * knock, 0.0).astype(np.float32)
    return np.repeat(wave.reshape(-1, 1), CHANNELS, axis=1)
