"""One source's way into the mix: its blocks, laid on the show's timeline by their stamps."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from studio.engine.fade import Fade
from studio.engine.resampler import Resampler
from studio.media.sound import CHANNELS, SAMPLE_RATE, Block, Samples

LEVEL_FADE = SAMPLE_RATE // 50  # 20 ms: on, off and gain
EDGE_FADE = SAMPLE_RATE // 200  # 5 ms: where a source's sound begins or breaks off
_JUMP_NS = 100_000_000  # stamps that leap further are a new beginning, not drift: stretching it away would be heard
_AHEAD = 10 * SAMPLE_RATE  # nothing is kept for longer than this
_LATE_BATCHES = 10
_LATE_WINDOW = 5 * SAMPLE_RATE
_LATE_MARGIN = SAMPLE_RATE // 100


class SoundReader(Protocol):
    """A sound ring, or what behaves like one."""

    def newest(self) -> int: ...
    def read_from(self, number: int) -> list[Block]: ...


@dataclass(frozen=True, slots=True)
class InletSettings:
    """How a source is heard. `delay_ms` may be negative as far as the mix latency allows."""

    on: bool = True
    gain_db: float = 0.0
    delay_ms: float = 0.0

    @property
    def level(self) -> float:
        return 10 ** (self.gain_db / 20) if self.on else 0.0


@dataclass(slots=True)
class _Run:
    """Unbroken sound on the timeline, in sample numbers. What was mixed is dropped from its front."""

    start: int
    end: int
    skip: int  # of what comes next, so much lies under the run before
    parts: deque[Samples] = field(default_factory=deque)

    def append(self, samples: Samples) -> None:
        rest = samples[self.skip :]
        self.skip -= len(samples) - len(rest)
        if len(rest):
            self.parts.append(rest)
            self.end += len(rest)

    def drop_before(self, number: int) -> None:
        while self.parts and self.start < number:
            part = self.parts.popleft()
            if self.start + len(part) > number:
                self.parts.appendleft(part[number - self.start :])
                self.start = number
            else:
                self.start += len(part)

    def copy(self, first: int, last: int) -> Samples:
        """The samples [first, last), which must be there, as an array of its own."""
        out = np.empty((last - first, CHANNELS), np.float32)
        at = self.start
        for part in self.parts:
            low, high = max(at, first), min(at + len(part), last)
            if low < high:
                out[low - first : high - first] = part[low - at : high - at]
            at += len(part)
            if at >= last:
                break
        return out


class Inlet:
    """Reads a source's ring and gives its sound for any stretch of the timeline. Owned by the mix thread.

    Drift is resampled away. Where sound is missing there is silence between two short fades. A source whose
    sound always comes too late for the mix is moved back by what it needs: late is better than unheard, and
    `drift_ms` tells.
    """

    def __init__(self, reader: SoundReader, settings: InletSettings, anchor_ns: int) -> None:
        """`anchor_ns`: the monotonic time of sample number 0. Only what is written from now on is heard."""
        self._anchor_ns = anchor_ns
        self._settings = settings
        self._level = Fade(0.0, LEVEL_FADE)
        self._level.jump(settings.level)
        self._presence = Fade(0.0, EDGE_FADE)
        self._runs: deque[_Run] = deque()
        self.replace(reader)

    def replace(self, reader: SoundReader) -> None:
        """Go on with another ring: its source was restarted."""
        self._reader = reader
        self._next = reader.newest()
        self._last: Block | None = None
        self._resampler: Resampler | None = None
        self._lag = 0  # samples: for a source that always comes late
        self._late_worst = self._late_count = self._late_since = 0

    def adjust(self, settings: InletSettings) -> None:
        if settings.delay_ms != self._settings.delay_ms:
            self._resampler = None  # the next block begins a new run, elsewhere
        self._settings = settings
        self._level.to(settings.level)

    @property
    def is_silent(self) -> bool:
        """Whether it is switched off, and faded out."""
        return self._level.value == 0.0 and not self._settings.on

    @property
    def drift_ms(self) -> float:
        """How far its sound lies after (negative: before) the time of its stamps, the wanted delay left out."""
        error_s = self._resampler.error_s if self._resampler else 0.0
        return error_s * 1e3 + self._lag * 1e3 / SAMPLE_RATE

    def read(self, first: int, count: int) -> Samples | None:
        """Its part of the mix for the samples [first, first + count); None: nothing to hear."""
        if self.is_silent:
            self._next = self._reader.newest()
            self._resampler = None
            self._runs.clear()
            return None
        blocks = self._reader.read_from(self._next)
        for batch in _unbroken(blocks):
            self._next = batch[-1].number + 1
            self._place(batch, first)
        out = self._render(first, first + count)
        gain = self._level.take(count)
        if out is not None and not (isinstance(gain, float) and gain == 1.0):
            out *= gain
        return out

    def _place(self, batch: Sequence[Block], position: int) -> None:
        """Resample some unbroken blocks and lay them on the timeline."""
        head = batch[0]
        resampler = self._resampler
        unbroken = self._last is not None and _follows(self._last, head)
        if resampler is None or not unbroken or abs(resampler.error_s) > _JUMP_NS / 1e9:
            resampler = self._begin(head)
        self._last = batch[-1]
        samples = np.concatenate([block.samples for block in batch])
        if not np.isfinite(samples).all():  # a broken driver's NaN would stop the encoder
            samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        run = self._runs[-1]
        fresh_at = run.end
        run.append(resampler.push(samples, head.stamp_ns))
        if run.end - position > _AHEAD:
            self._runs.pop()
            self._resampler = None
        elif run.end > fresh_at:
            self._judge_lateness(position - fresh_at, position)

    def _begin(self, block: Block) -> Resampler:
        """A new run, where the block's stamp says; what would lie under the run before is left out."""
        due = (block.stamp_ns - self._anchor_ns) * SAMPLE_RATE
        start = (due + 500_000_000) // 10**9 + round(self._settings.delay_ms * SAMPLE_RATE / 1000) + self._lag
        free = max(start, self._runs[-1].end) if self._runs else start
        self._runs.append(_Run(free, free, free - start))
        self._resampler = Resampler(block.rate)
        return self._resampler

    def _judge_lateness(self, late: int, position: int) -> None:
        """Once may be a stall; again and again means that this device's latency is longer than the mixer's."""
        if late <= 0:
            return
        if position - self._late_since > _LATE_WINDOW:
            self._late_since, self._late_count, self._late_worst = position, 0, 0
        self._late_count += 1
        self._late_worst = max(self._late_worst, late)
        if self._late_count >= _LATE_BATCHES:
            self._lag += self._late_worst + _LATE_MARGIN
            self._late_count = self._late_worst = 0
            self._resampler = None

    def _render(self, first: int, last: int) -> Samples | None:
        out: Samples | None = None
        at = first
        while at < last:
            while self._runs and self._runs[0].end <= at and (len(self._runs) > 1 or self._resampler is None):
                self._runs.popleft()
            run = self._runs[0] if self._runs else None
            if run is None or run.end <= at or run.start >= last:
                self._presence.jump(0.0)
                break
            run.drop_before(at)
            if run.start > at:
                self._presence.jump(0.0)
                at = run.start
            stop = min(last, run.end)
            if out is None:
                out = np.zeros((last - first, CHANNELS), np.float32)
            out[at - first : stop - first] = run.copy(at, stop)
            # Less than a fade's length left after this stretch: it may be the end, so fade out while there is
            # something to fade. If more arrives in time, it fades in again.
            turn = min(stop, max(at, run.end - EDGE_FADE)) if run.end < last + EDGE_FADE else stop
            for begin, end, target in ((at, turn, 1.0), (turn, stop, 0.0)):
                if begin < end:
                    self._presence.to(target)
                    gain = self._presence.take(end - begin)
                    if not (isinstance(gain, float) and gain == 1.0):
                        out[begin - first : end - first] *= gain
            at = stop
        return out


def _follows(before: Block, block: Block) -> bool:
    """Whether nothing lies between two blocks: none lost, the same rate, no leap of the stamps."""
    expected_ns = before.stamp_ns + len(before.samples) * 10**9 // before.rate
    return (
        block.number == before.number + 1
        and block.rate == before.rate
        and abs(block.stamp_ns - expected_ns) < _JUMP_NS
    )


def _unbroken(blocks: Sequence[Block]) -> list[list[Block]]:
    batches: list[list[Block]] = []
    for block in blocks:
        if batches and _follows(batches[-1][-1], block):
            batches[-1].append(block)
        else:
            batches.append([block])
    return batches
