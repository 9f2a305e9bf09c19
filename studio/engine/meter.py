"""How loud the sound on air is, and how long nothing was heard."""

from __future__ import annotations

import math
from dataclasses import dataclass

from studio.media.sound import SAMPLE_RATE

FLOOR_DB = -100.0
SILENT_DB = -60.0
# IEC 60268-10 type I: a peak meter falls 20 dB in 1.7 s.
_FALL_DB_PER_SAMPLE = 20 / 1.7 / SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class SoundStatus:
    """The `audio` part of the status.

    Attributes:
        peak_db: the highest sample, falling slowly; 0 is full scale, -100 nothing.
        silent_s: seconds that the sound has been under -60 dBFS without being muted.
        drift_ms: how far the worst source's sound now lies after (negative: before) the time of its own stamps.
    """

    peak_db: float = FLOOR_DB
    silent_s: float = 0.0
    drift_ms: float = 0.0


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
