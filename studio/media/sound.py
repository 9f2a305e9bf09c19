"""Sound on the frame path: interleaved stereo float32 at 48 kHz unless a block says otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 48_000
CHANNELS = 2

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Block:
    """Some sound as its device gave it.

    Attributes:
        number: counts the source's blocks from 0; a gap means blocks were lost.
        stamp_ns: monotonic time of the first sample, by the device's clock where there is one.
        rate: the device's nominal samples a second.
        samples: float32 (n, 2), full scale ±1.
    """

    number: int
    stamp_ns: int
    rate: int
    samples: Samples
