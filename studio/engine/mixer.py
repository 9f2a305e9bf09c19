"""All sources' sound as one, on the show's clock."""

from __future__ import annotations

import numpy as np

from studio.engine.fade import Fade
from studio.engine.inlet import LEVEL_FADE, Inlet, InletSettings, SoundReader
from studio.engine.meter import Clipping, Meter, SoundStatus
from studio.media.sleep import SLEEP_NS
from studio.media.sound import CHANNELS, SAMPLE_RATE, Samples

MIX_LATENCY_NS = 60_000_000  # how long the mix waits for blocks still on their way: mix(now - this)
_MOST = SAMPLE_RATE  # samples of one call
_SLEEP = SLEEP_NS * SAMPLE_RATE // 10**9

_KNEE = 10 ** (-1 / 20)  # -1 dBFS


def soft_clip(samples: Samples) -> Samples:
    """Hold sound within ±1. Up to -1 dBFS untouched; above, bent by a tanh that leaves the knee without a corner.

    Without look-ahead, so it costs no time; the distortion is in what would otherwise have been cut off.
    """
    over = np.abs(samples) - _KNEE
    bent = np.copysign(_KNEE + (1 - _KNEE) * np.tanh(over / (1 - _KNEE)), samples)
    return np.where(over > 0, bent, samples).astype(np.float32, copy=False)


class Mixer:
    """Sums the sources for each stretch of show time. Owned by the mix thread; only `status` may be read elsewhere.

    The timeline is counted in samples from the anchor, so it never drifts: sample n is heard at anchor + n/48000 s.
    """

    def __init__(self, anchor_ns: int) -> None:
        """`anchor_ns`: the monotonic time of sample number 0, which is the show's time 0."""
        self.anchor_ns = anchor_ns
        self.number = 0  # of the next sample that `mix` gives
        self.status = SoundStatus()  # replaced, never changed: safe to read from any thread
        self._inlets: dict[str, Inlet] = {}
        self._leaving: list[Inlet] = []
        self._master = Fade(1.0, LEVEL_FADE)
        self._muted = False
        self._meter, self._clipping = Meter(), Clipping()

    def attach(self, name: str, reader: SoundReader, settings: InletSettings) -> None:
        """Add a source, or give one its new ring after a restart. Only what is written from now on is heard."""
        inlet = self._inlets.get(name)
        if inlet is None:
            self._inlets[name] = Inlet(reader, settings, self.anchor_ns)
        else:
            inlet.replace(reader)
            inlet.adjust(settings)

    def adjust(self, name: str, settings: InletSettings) -> None:
        """Change a source's settings, faded; a name that is not attached is left alone."""
        inlet = self._inlets.get(name)
        if inlet is not None:
            inlet.adjust(settings)

    def detach(self, name: str) -> None:
        """Fade a source out and forget it."""
        inlet = self._inlets.pop(name, None)
        if inlet is not None:
            inlet.adjust(InletSettings(on=False))
            self._leaving.append(inlet)

    def mute(self, on: bool) -> None:
        """Fade everything out, or in again."""
        self._muted = on
        self._master.to(0.0 if on else 1.0)

    def drift_ms(self) -> dict[str, float]:
        """Per source, how far its sound lies after (negative: before) the time of its own stamps."""
        return {name: inlet.drift_ms for name, inlet in self._inlets.items()}

    def wake(self, until_ns: int) -> None:
        """Leave out the sound up to `until_ns` if nobody was awake to mix it: it would be silence, and late."""
        due = (until_ns - self.anchor_ns) * SAMPLE_RATE // 10**9
        if due - self.number > _SLEEP:
            self.number = due

    def mix(self, until_ns: int) -> Samples:
        """The sound from `number` up to `until_ns` (monotonic), float32 (n, 2) at 48 kHz within ±1.

        At most one second a call: after a stall, call again until nothing comes. Never blocks.
        """
        due = (until_ns - self.anchor_ns) * SAMPLE_RATE // 10**9
        count = max(0, min(due - self.number, _MOST))
        total = np.zeros((count, CHANNELS), np.float32)
        if not count:
            return total
        for inlet in (*self._inlets.values(), *self._leaving):
            part = inlet.read(self.number, count)
            if part is not None:
                total += part
        self._leaving = [inlet for inlet in self._leaving if not inlet.is_silent]
        gain = self._master.take(count)
        if not (isinstance(gain, float) and gain == 1.0):
            total *= gain
        peak = max(float(total.max()), -float(total.min()))
        full = int((np.abs(total) >= 1.0).sum()) if peak >= 1.0 else 0
        if peak > _KNEE:
            total = soft_clip(total)
            peak = min(peak, 1.0)
        self.number += count
        self._meter.follow(peak, count, muted=self._muted)
        self._clipping.follow(full, count)
        self.status = self._told()
        return total

    def _told(self) -> SoundStatus:
        if self._muted:  # nobody is to be told that what was switched off is off
            self._clipping = Clipping()
            for inlet in self._inlets.values():
                inlet.ear.reset()
        drift = max((inlet.drift_ms for inlet in self._inlets.values()), key=abs, default=0.0)
        levels = tuple(inlet.ear.level(name) for name, inlet in self._inlets.items() if not inlet.is_silent)
        return SoundStatus(self._meter.peak_db, self._meter.silent_s, drift, self._clipping.on, levels)
