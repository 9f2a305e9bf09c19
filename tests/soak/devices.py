"""A camera and a microphone for virtual time: the real rings, written when it is due."""

from __future__ import annotations

import os
import random
from pathlib import Path

import msgspec
import numpy as np

from studio.capture.device_clock import DeviceClock
from studio.media.picture import Rect, Size
from studio.media.ring import PictureRingWriter, SoundRingWriter
from studio.media.sound import CHANNELS, SAMPLE_RATE
from studio.show.plan import REPORT_BYTES, SourcePlan, SourceReport
from studio.workspace.paths import Workspace
from studio.workspace.slots import SlotWriter
from tests.soak.parts import PPM

_FLASH_NS = 100_000_000
_BEEP_S = 0.1
_BLOCK = 480
_JITTER_NS = 300_000  # of the stamps that a driver gives, standard deviation
_CONVERSION_NS = 8_000_000  # what decoding and conversion take; the studio holds the sound back by as much
_DARK, _WHITE = 50, 235


class Reporter:
    """What a source's process says of itself."""

    def __init__(self, workspace: Workspace, plan: SourcePlan, *, pictures: Path | None, sound: Path | None) -> None:
        self._slots = SlotWriter(workspace.source_status(plan.source.name), [REPORT_BYTES])
        self._plan = plan
        self._pictures, self._sound = str(pictures or ""), str(sound or "")

    def beat(self, now_ns: int) -> None:
        report = SourceReport(
            os.getpid(), self._plan.digest, 1, self._pictures, self._sound, state="ok", beat_ns=now_ns
        )
        self._slots.write(0, msgspec.json.encode(report))

    def close(self) -> None:
        self._slots.close()


class RingCamera:
    """Thirty pictures a second, white for a tenth of a second at each whole second of the clock, else dark."""

    def __init__(self, workspace: Workspace, plan: SourcePlan, folder: Path, now_ns: int) -> None:
        path = folder / "pictures"
        request = plan.pictures[0]
        self._ring = PictureRingWriter(path, [Size(request.width, request.height)])
        self._content = Rect(0, 0, request.width, request.height)
        self._number = now_ns * 30 // 10**9 + 1
        self.reporter = Reporter(workspace, plan, pictures=path, sound=None)

    @property
    def due_ns(self) -> int:
        return self._taken_ns + _CONVERSION_NS

    def work(self) -> None:
        """Write the picture that is due."""
        (picture,) = self._ring.next_slots()
        picture.y.fill(_WHITE if self._taken_ns % 10**9 < _FLASH_NS else _DARK)
        picture.u.fill(128)
        picture.v.fill(128)
        self._ring.announce(self._taken_ns, [self._content])
        self._number += 1

    @property
    def _taken_ns(self) -> int:
        return -(-self._number * 10**9 // 30)  # up: the picture of a whole second is not before it


class RingMicrophone:
    """Blocks of 10 ms, 1 kHz for a tenth of a second at each whole second; its crystal is 200 ppm fast."""

    def __init__(self, workspace: Workspace, plan: SourcePlan, folder: Path, now_ns: int) -> None:
        path = folder / "sound"
        self._ring = SoundRingWriter(path)
        self._began_ns, self._sent = now_ns, 0
        self._clock = DeviceClock(SAMPLE_RATE)
        self._random = random.Random(1)
        self._silence = np.zeros((_BLOCK, CHANNELS), np.float32)
        self.reporter = Reporter(workspace, plan, pictures=None, sound=path)

    @property
    def due_ns(self) -> int:
        """When the block's last sample has been taken."""
        return self._at_ns(self._sent + _BLOCK)

    def work(self) -> None:
        """Write the block that is due."""
        first_ns = self._at_ns(self._sent)
        stamp_ns = self._clock.stamp(self._sent, first_ns + round(self._random.gauss(0, _JITTER_NS)))
        self._ring.write(self._samples(first_ns), SAMPLE_RATE, stamp_ns)
        self._sent += _BLOCK

    def _samples(self, first_ns: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        into_s = first_ns % 10**9 / 1e9
        if _BEEP_S < into_s < 0.98:
            return self._silence
        at = (into_s + np.arange(_BLOCK) / (SAMPLE_RATE * (1 + PPM / 1e6))) % 1
        wave = np.where(at < _BEEP_S, 0.5 * np.sin(2 * np.pi * 1000 * at), 0).astype(np.float32)
        return np.repeat(wave[:, None], CHANNELS, axis=1)

    def _at_ns(self, sample: int) -> int:
        """When that sample is taken, by the true clock."""
        return self._began_ns + sample * 10**15 // (SAMPLE_RATE * (10**6 + PPM))
