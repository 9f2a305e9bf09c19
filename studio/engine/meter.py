"""How loud the sound on air is, and how long nothing was heard."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from studio.media.sound import SAMPLE_RATE, Samples

FLOOR_DB = -100.0
SILENT_DB = -60.0
# IEC 60268-10 type I: a peak meter falls 20 dB in 1.7 s.
_FALL_DB_PER_SAMPLE = 20 / 1.7 / SAMPLE_RATE


# A converter that is driven too far gives its highest number again and again, of 16 bits 0.99997; one such sample may
# be chance, three of them in a portion of 10 to 40 ms are a flat top.
_FULL = 0.999
_FLAT = 3
# A single bang is no fault: three flat portions within two seconds are. Told for five more, for a person to see it.
_BANGS, _WITHIN, _HELD = 3, 2 * SAMPLE_RATE, 5 * SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class SourceLevel:
    """How one source sounds, before its gain.

    Attributes:
        peak_db: as of the mix.
        silent_s: seconds that it has been under -60 dBFS, or has given nothing, without being muted.
        clipping: it is cut off at full scale again and again.
        heard: it has given sound at all. An address may have none.
    """

    name: str
    peak_db: float
    silent_s: float
    clipping: bool
    heard: bool


@dataclass(frozen=True, slots=True)
class SoundStatus:
    """The `audio` part of the status.

    Attributes:
        peak_db: the highest sample, falling slowly; 0 is full scale, -100 nothing.
        silent_s: seconds that the sound has been under -60 dBFS without being muted.
        drift_ms: how far the worst source's sound now lies after (negative: before) the time of its own stamps.
        clipping: the sum of all is over full scale again and again.
        sources: those that are switched on.
    """

    peak_db: float = FLOOR_DB
    silent_s: float = 0.0
    drift_ms: float = 0.0
    clipping: bool = False
    sources: tuple[SourceLevel, ...] = ()


class Meter:
    """Follows the mixed sound, portion by portion. Owned by the mix thread."""

    def __init__(self) -> None:
        self.peak_db = FLOOR_DB
        self._silent = 0

    @property
    def silent_s(self) -> float:
        return self._silent / SAMPLE_RATE

    def follow(self, peak: float, count: int, *, muted: bool) -> None:
        """`peak`: the highest absolute value among the next `count` samples."""
        heard_db = 20 * math.log10(peak) if peak > 10 ** (FLOOR_DB / 20) else FLOOR_DB
        self.peak_db = max(heard_db, self.peak_db - _FALL_DB_PER_SAMPLE * count, FLOOR_DB)
        self._silent = 0 if muted or heard_db >= SILENT_DB else self._silent + count


class Clipping:
    """Whether sound is cut off again and again. Time is counted in samples."""

    def __init__(self) -> None:
        self._now = self._until = 0
        self._flat: deque[int] = deque(maxlen=_BANGS)

    @property
    def on(self) -> bool:
        return self._now < self._until

    def follow(self, full: int, count: int) -> None:
        """`full`: how many of the next `count` samples are at full scale."""
        self._now += count
        if full >= _FLAT:
            self._flat.append(self._now)
        if len(self._flat) == _BANGS and self._now - self._flat[0] <= _WITHIN:
            self._until = self._now + _HELD


class Ear:
    """Follows one source as its device gives it. Owned by the mix thread."""

    def __init__(self) -> None:
        self._heard = False
        self._peak, self._full = 0.0, 0  # of what came since the last portion
        self.reset()

    def reset(self) -> None:
        """What was is forgotten: it was switched off or muted."""
        self._meter, self._clipping = Meter(), Clipping()

    def hear(self, samples: Samples) -> None:
        """Some sound came."""
        self._heard = True
        size = abs(samples)
        self._peak = max(self._peak, float(size.max(initial=0.0)))
        if self._peak >= _FULL:
            self._full += int((size >= _FULL).sum())

    def follow(self, count: int) -> None:
        """So many samples of show time went by."""
        self._meter.follow(self._peak, count, muted=False)
        self._clipping.follow(self._full, count)
        self._peak, self._full = 0.0, 0

    def level(self, name: str) -> SourceLevel:
        meter = self._meter
        return SourceLevel(name, meter.peak_db, meter.silent_s, self._clipping.on, self._heard)
