"""A gain that moves in a straight line, so that nothing is switched with a click."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Gain = float | NDArray[np.float32]


class Fade:
    """A gain on its way to a target. Counted in samples, so it does not matter in which portions it is taken."""

    def __init__(self, value: float, length: int) -> None:
        """Stand at `value`; every later move takes `length` samples."""
        self._length = length
        self._from = self._to = value
        self._done = length

    @property
    def value(self) -> float:
        """The gain of the last sample taken."""
        return self._at(self._done)

    def to(self, target: float) -> None:
        """Move there from where it stands now; already on the way there: nothing changes."""
        if target != self._to:
            self._from, self._to, self._done = self.value, target, 0

    def jump(self, value: float) -> None:
        """Be there at once: only where nothing is heard."""
        self._from = self._to = value
        self._done = self._length

    def take(self, count: int) -> Gain:
        """The gains of the next `count` samples: one number, or float32 (count, 1) while it moves."""
        if self._done == self._length:
            return self._to
        steps = np.minimum(np.arange(self._done + 1, self._done + count + 1), self._length)
        self._done = min(self._length, self._done + count)
        gains = self._from + (self._to - self._from) * (steps / self._length)
        return gains.astype(np.float32).reshape(-1, 1)

    def _at(self, done: int) -> float:
        return self._from + (self._to - self._from) * (done / self._length)
