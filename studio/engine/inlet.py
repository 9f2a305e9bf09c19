"""One source's way into the mix: its blocks, laid on the show's timeline by their stamps."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from studio.engine.fade import Fade
from studio.engine.meter import Ear
from studio.engine.resampler import Resampler
from studio.media.sound import CHANNELS, SAMPLE_RATE, Block, Samples

LEVEL_FADE = SAMPLE_RATE // 50  # 20 ms: on, off and gain
EDGE_FADE = SAMPLE_RATE // 200  # 5 ms: where a source's sound begins or breaks off
_JUMP_NS = 100_000_000  # stamps that leap further are a new beginning, not drift: stretching it away would be heard
_AHEAD = 10 * SAMPLE_RATE  # a stamp further in the future is not believed
_JUDGED = 5 * SAMPLE_RATE  # how long a source is watched before it is judged to be late or early
_LATE_BATCHES = 10
_MARGIN = SAMPLE_RATE // 100


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
    sound comes too late for the mix again and again is moved back by what it needs: late is better than unheard,
    `drift_ms` tells, and it is taken back when the source has become quicker. `ear` judges its level.
    """

    def __init__(self, reader: SoundReader, settings: InletSettings, anchor_ns: int) -> None:
        """`anchor_ns`: the monotonic time of sample number 0. Only what is written from now on is heard."""
        self._anchor_ns = anchor_ns
        self._settings = settings
        self._level = Fade(settings.level, LEVEL_FADE)
        self._presence = Fade(0.0, EDGE_FADE)
        self._runs: deque[_Run] = deque()
        self.ear = Ear()
        self.replace(reader)

    def replace(self, reader: SoundReader) -> None:
        """Go on with another ring: its source was restarted."""
        self._reader = reader
        self._next = reader.newest()
        self._last: Block | None = None
        self._resampler: Resampler | None = None  # None: the next block begins a new run
        self._lag = 0  # samples by which a late source was moved back
        self._watch(0)

    def adjust(self, settings: InletSettings) -> None:
        if settings.delay_ms != self._settings.delay_ms:
            self._resampler = None
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
            self.ear.reset()
            return None
        if not self._is_covered(first + count + EDGE_FADE):
            self._fetch(first, first + count)
        self.ear.follow(count)
        out = self._render(first, first + count)
        gain = self._level.take(count)
        if out is not None and not (isinstance(gain, float) and gain == 1.0):
            out *= gain
        return out

    @property
    def _shift(self) -> int:
        """How far from its stamps the sound is laid, in samples."""
        return round(self._settings.delay_ms * SAMPLE_RATE / 1000) + self._lag

    def _is_covered(self, until: int) -> bool:
        """Whether the ring may keep what it has for now: resampling some blocks together is cheaper.

        A delay does not count: the ring would be full before it is over.
        """
        return self._resampler is not None and self._runs[-1].end - max(0, self._shift) >= until

    def _fetch(self, position: int, until: int) -> None:
        for batch in _unbroken(self._reader.read_from(self._next)):
            self._next = batch[-1].number + 1
            self._place(batch, position, until)

    def _place(self, batch: Sequence[Block], position: int, until: int) -> None:
        """Resample some unbroken blocks and lay them on the timeline."""
        head = batch[0]
        resampler = self._resampler
        if resampler is not None and self._last is not None and not _follows(self._last, head):
            self._lag, resampler = 0, None
        elif resampler is not None and abs(resampler.error_s) * 1e9 > _JUMP_NS:
            resampler = None
        self._last = batch[-1]
        resampler = resampler or self._begin(head, position)
        self._resampler = resampler
        if resampler is None:
            return
        samples = np.concatenate([block.samples for block in batch])
        if not np.isfinite(samples).all():  # a broken driver's NaN would stop the encoder
            samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        self.ear.hear(samples)
        run = self._runs[-1]
        fresh_at = run.end
        run.append(resampler.push(samples, head.stamp_ns))
        self._judge(position + EDGE_FADE - fresh_at, run.end - until - EDGE_FADE, position)

    def _begin(self, block: Block, position: int) -> Resampler | None:
        """A new run, where the block's stamp says; what would lie under the run before is left out."""
        due = (block.stamp_ns - self._anchor_ns) * SAMPLE_RATE
        start = (due + 500_000_000) // 10**9 + self._shift
        if start - position > _AHEAD:
            return None
        free = max(start, self._runs[-1].end) if self._runs else start
        self._runs.append(_Run(free, free, free - start))
        return Resampler(block.rate)

    def _watch(self, position: int) -> None:
        self._watched_from = position
        self._late_count = self._late_worst = 0
        self._spare = _AHEAD

    def _judge(self, late: int, spare: int, position: int) -> None:
        """Late once may be a stall; again and again means a device whose latency is longer than the mixer's."""
        if late > 0:
            self._late_count += 1
            self._late_worst = max(self._late_worst, late)
        self._spare = min(self._spare, spare)
        if self._late_count >= _LATE_BATCHES:
            self._move(self._late_worst + _MARGIN, position)
        elif position - self._watched_from > _JUDGED:
            too_much = min(self._lag, self._spare - _MARGIN)
            self._move(-too_much if too_much > _MARGIN else 0, position)

    def _move(self, by: int, position: int) -> None:
        if by:
            self._lag += by
            self._resampler = None
        self._watch(position)

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
