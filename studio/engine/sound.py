"""The mix thread: every source's sound as one, encoded once for each bit rate, to every feed on air."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from studio.engine.aac import AacEncoder
from studio.engine.compose import CONVERSION_NS
from studio.engine.faults import Faults
from studio.engine.feed import FeedThread
from studio.engine.inlet import InletSettings
from studio.engine.meter import SoundStatus
from studio.engine.mixer import MIX_LATENCY_NS, Mixer
from studio.media.clock import Clock
from studio.media.ring import SoundRingReader
from studio.show.model import Show

log = logging.getLogger(__name__)

Listeners = tuple[tuple[FeedThread, AacEncoder], ...]  # the feeds on air with their encoders

_TURN_NS = 20_000_000


def picture_delay_ms(show: Show) -> float:
    """How much later than it was taken a picture is shown: its conversion, and half a tick in the mean.

    Sound can be placed to the sample, a picture only at a tick: sound is held back by this, so that they meet.
    """
    return CONVERSION_NS / 1e6 + 500 / max(feed.fps for feed in show.feeds)


@dataclass(frozen=True, slots=True)
class SoundSource:
    """A source as the mix should have it: which ring, of which generation, and how it is heard."""

    generation: int
    reader: SoundRingReader
    settings: InletSettings


@dataclass(frozen=True, slots=True)
class SoundPlan:
    """All that the mix should do, swapped whole."""

    sources: Mapping[str, SoundSource]
    listeners: Listeners
    muted: bool


class MixThread:
    """Owns the mixer and uses the encoders; runs on the thread `mix`."""

    def __init__(self, clock: Clock, epoch_ns: int) -> None:
        self._clock = clock
        self._mixer = Mixer(epoch_ns)
        self._plan = SoundPlan({}, (), muted=False)
        self._heard: dict[str, SoundSource] = {}
        self._faults = Faults("the mix")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mix", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def follow(self, plan: SoundPlan) -> None:
        """From the next turn on, do as this plan says."""
        self._plan = plan

    @property
    def status(self) -> SoundStatus:
        return self._mixer.status

    def _run(self) -> None:
        due = self._clock.now_ns()
        while not self._clock.wait_until(due, self._stop):
            now = self._clock.now_ns()
            due = max(due + _TURN_NS, now)
            try:
                self._turn(self._plan, now)
            except Exception as error:  # noqa: BLE001 - a bad turn must not silence the show; the log tells of it
                self._faults.caught(error)

    def _turn(self, plan: SoundPlan, now_ns: int) -> None:
        self._rearrange(plan)
        self._mixer.wake(now_ns - MIX_LATENCY_NS)
        first = self._mixer.number
        samples = self._mixer.mix(now_ns - MIX_LATENCY_NS)
        if not len(samples):
            return
        packets = {encoder: encoder.encode(samples, first) for encoder in {one for _, one in plan.listeners}}
        for feed, encoder in plan.listeners:
            feed.add_audio(packets[encoder])

    def _rearrange(self, plan: SoundPlan) -> None:
        for name in [name for name in self._heard if name not in plan.sources]:
            self._mixer.detach(name)
            del self._heard[name]
        for name, source in plan.sources.items():
            before = self._heard.get(name)
            if before is None or before.generation != source.generation:
                self._mixer.attach(name, source.reader, source.settings)
            elif before.settings != source.settings:
                self._mixer.adjust(name, source.settings)
            self._heard[name] = source
        self._mixer.mute(plan.muted)
