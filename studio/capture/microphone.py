"""A microphone by PortAudio: blocks of sound with stamps of its own clock."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from studio.capture.device_clock import DeviceClock
from studio.capture.sound_devices import Microphone, find_microphone, list_microphones, portaudio, refresh
from studio.errors import StudioError
from studio.media.clock import Clock
from studio.media.sound import CHANNELS, Samples

Write = Callable[[Samples, int, int], None]

_BLOCKS_A_SECOND = 100
_KEPT = 200  # blocks between the callback and us: 2 s; the oldest go first
_SILENT_NS = 750_000_000  # without a callback for so long, the device is gone
_FIRST_NS = 3_000_000_000  # for the first one: some wake up slowly (PulseAudio's monitors take 2 s)
_WAIT_S = 0.1
_STANDARD_RATE = 48_000


@dataclass(frozen=True, slots=True)
class _Heard:
    """One callback's catch. `position`: of its first sample, counted from the opening."""

    samples: Samples
    position: int
    stamp_ns: int


class _Catcher:
    """PortAudio's callback: copies, stamps, and leaves. Runs on PortAudio's thread."""

    def __init__(self, clock: Clock, rate: int) -> None:
        self.stream: Any = None  # set before it is started
        self.heard: deque[_Heard] = deque(maxlen=_KEPT)
        self.arrived = threading.Event()
        self.ended = threading.Event()
        self._clock, self._rate = clock, rate
        self._position = 0

    def __call__(self, samples: Samples, frames: int, times: Any, _status: object) -> None:  # noqa: ANN401 - cffi's
        # Both clocks read in one breath: how late this callback runs does not matter then.
        age_s = self.stream.time - times.inputBufferAdcTime
        now_ns = self._clock.now_ns()
        if times.inputBufferAdcTime <= 0 or not 0 <= age_s < 2:  # some drivers leave it out
            age_s = frames / self._rate + self.stream.latency
        self.heard.append(_Heard(samples.copy(), self._position, now_ns - round(age_s * 1e9)))
        self._position += frames
        self.arrived.set()

    def on_end(self) -> None:
        self.ended.set()
        self.arrived.set()


def run_microphone(
    device: int | str,
    write: Write,
    stop: threading.Event,
    clock: Clock,
    on_open: Callable[[str], None],
) -> None:
    """Write a microphone's sound in blocks of 10 ms until `stop` is set.

    `device`: its index, name or part of its name. `on_open` is told its name once sound comes. `write` is given
    stereo float32 (n, 2), the device's rate and the first sample's stamp: the device's clock, in our time.

    Restarts PortAudio first, so that a replugged device is seen: no other stream may be open in this process.

    Raises:
        StudioError: there is none, it cannot be opened, or it was lost; call again to try again.
    """
    refresh()
    microphone = find_microphone(device, list_microphones())
    catcher, rate = _open(microphone, clock)
    try:
        _carry(microphone, catcher, rate, write, stop, clock, on_open)
    finally:
        # A driver whose device is gone may never come back from here: then the keeper misses this process's signs of
        # life, and starts another.
        catcher.stream.abort()
        catcher.stream.close()


def _open(microphone: Microphone, clock: Clock) -> tuple[_Catcher, int]:
    """A running stream at the device's own rate, or at 48 kHz where it does not take its own."""
    sd = portaudio()
    refused: Exception | None = None
    for rate in dict.fromkeys((microphone.rate, _STANDARD_RATE)):
        catcher = _Catcher(clock, rate)
        try:
            catcher.stream = sd.InputStream(
                device=microphone.port,
                samplerate=rate,
                channels=min(CHANNELS, microphone.channels),
                dtype="float32",
                blocksize=rate // _BLOCKS_A_SECOND,
                latency="low",
                callback=catcher,
                finished_callback=catcher.on_end,
            )
            catcher.stream.start()
        except sd.PortAudioError as error:
            refused = error
            continue
        return catcher, rate
    raise StudioError(
        f"The microphone “{microphone.name}” cannot be opened",
        do="close other programs that use it, and allow access to the microphone in the system's settings",
    ) from refused


def _carry(
    microphone: Microphone,
    catcher: _Catcher,
    rate: int,
    write: Write,
    stop: threading.Event,
    clock: Clock,
    on_open: Callable[[str], None],
) -> None:
    device_clock = DeviceClock(rate)
    due_ns = clock.now_ns() + _FIRST_NS
    while not stop.is_set():
        catcher.arrived.wait(_WAIT_S)
        catcher.arrived.clear()
        while catcher.heard:
            one = catcher.heard.popleft()
            if one.position == 0:
                on_open(microphone.name)
            write(stereo(one.samples), rate, device_clock.stamp(one.position, one.stamp_ns))
            due_ns = clock.now_ns() + _SILENT_NS
        if catcher.ended.is_set() or clock.now_ns() > due_ns:
            raise StudioError(
                f"The microphone “{microphone.name}” gives no sound any more",
                do="check its plug; it is tried again by itself",
            )


def stereo(samples: Samples) -> Samples:
    """One channel to both sides; two as they are. float32 (n, 2)."""
    return samples if samples.shape[1] == CHANNELS else np.repeat(samples[:, :1], CHANNELS, axis=1)
