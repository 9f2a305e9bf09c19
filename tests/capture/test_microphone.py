from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from studio.capture.microphone import run_microphone, stereo
from studio.capture.sound_devices import list_microphones, refresh
from studio.errors import StudioError
from studio.media.clock import SystemClock
from studio.media.sound import Samples
from tests.services.desktop import PulseAudio
from tests.services.waiting import wait_for


@dataclass
class Listening:
    """A microphone opened again and again on a thread of its own, as a source's process does."""

    device: int | str = "pulse"
    blocks: list[tuple[Samples, int, int, int]] = field(default_factory=list)
    opened: list[str] = field(default_factory=list)
    errors: list[StudioError] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._run, name="microphone")
        self.thread.start()

    def _run(self) -> None:
        clock = SystemClock()

        def write(samples: Samples, rate: int, stamp_ns: int) -> None:
            self.blocks.append((samples, rate, stamp_ns, clock.now_ns()))

        while not self.stop.is_set():
            try:
                run_microphone(self.device, write, self.stop, clock, self.opened.append)
            except StudioError as error:
                self.errors.append(error)

    def hears(self, level: float = 0.01) -> bool:
        return len(self.blocks) > 10 and all(np.abs(samples).max() > level for samples, *_ in self.blocks[-10:])

    def end(self) -> None:
        self.stop.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture
def listening(pulse_audio: PulseAudio) -> Iterator[Listening]:
    pulse_audio.play("sine=frequency=440:sample_rate=48000,volume=0.8")
    listening = Listening()
    yield listening
    listening.end()


@pytest.mark.service
def test_level_and_frequency_are_right_and_the_stamps_steady(listening: Listening) -> None:
    wait_for(listening.hears, timeout=30)
    start = len(listening.blocks)
    wait_for(lambda: len(listening.blocks) > start + 400, timeout=30)
    blocks = listening.blocks[-200:]
    rate = blocks[0][1]
    sound = np.concatenate([samples for samples, *_ in blocks])
    assert sound.shape[1] == 2
    assert len(sound) == 2 * rate
    spectrum = np.abs(np.fft.rfft(sound[:, 0] * np.hanning(len(sound))))
    assert spectrum.argmax() / 2 == pytest.approx(440, abs=1)
    # ffmpeg's sine is an eighth of full scale, and one channel made two loses 3 dB.
    assert 20 * np.log10(np.abs(sound).max()) == pytest.approx(20 * np.log10(0.8 / 8) - 3.01, abs=0.5)
    steps_ms = np.diff([stamp_ns for _, _, stamp_ns, _ in blocks]) / 1e6
    assert np.median(steps_ms) == pytest.approx(10, abs=0.2)
    ages_ms = [(now_ns - stamp_ns) / 1e6 for _, _, stamp_ns, now_ns in blocks]
    assert -20 < np.median(ages_ms) < 200
    assert listening.opened == ["pulse"]
    assert not listening.errors


@pytest.mark.service
def test_a_microphone_that_is_unplugged_says_so_and_is_heard_again_afterwards(
    listening: Listening, pulse_audio: PulseAudio
) -> None:
    wait_for(listening.hears, timeout=30)
    pulse_audio.stop_playing()
    listening.errors.clear()
    pulse_audio.unplug()
    wait_for(lambda: listening.errors, timeout=30)
    assert "pulse" in str(listening.errors[0])
    assert listening.errors[0].do
    pulse_audio.plug_in()
    pulse_audio.play()
    listening.blocks.clear()
    wait_for(listening.hears, timeout=30)


@pytest.mark.service
def test_a_name_that_is_not_there_is_refused_in_words(pulse_audio: PulseAudio) -> None:
    refresh()
    assert "pulse" in [one.name for one in list_microphones()]
    with pytest.raises(StudioError, match="no microphone called “Nobody”"):
        run_microphone("Nobody", lambda *_: None, threading.Event(), SystemClock(), lambda _: None)


def test_one_channel_goes_to_both_sides() -> None:
    assert stereo(np.array([[0.25], [0.5]], np.float32)).tolist() == [[0.25, 0.25], [0.5, 0.5]]
    both = np.array([[0.25, -0.25]], np.float32)
    assert stereo(both) is both
