"""What every fault stands on: a folder, a clock, a voice, and how long each fault lasts."""

from __future__ import annotations

from dataclasses import dataclass

from studio.bench.ground import Ground


@dataclass(frozen=True, slots=True)
class Times:
    """How long everything lasts, in seconds. `back` is for how long a part that must come back is waited for."""

    warm: float = 4.0
    after: float = 5.0
    back: float = 30.0
    stalled: float = 30.0
    away: float = 10.0
    shaped: float = 60.0
    released: float = 40.0
    down: float = 20.0
    locked: float = 60.0
    frozen: float = 30.0
    refused: float = 60.0


# For `make test`, which looks at states, counts and loss, and at no seconds.
SHORT = Times(warm=2, after=2, stalled=4, away=2, shaped=5, released=10, down=4, locked=4, frozen=4, refused=6)


@dataclass(frozen=True, slots=True)
class Trial:
    """Given to each fault. `size` and `kbps`: of the feed, and `size` of the camera too."""

    ground: Ground
    times: Times = Times()
    size: tuple[int, int] = (1280, 720)
    kbps: int = 2500

    def now_ns(self) -> int:
        return self.ground.clock.now_ns()

    def wait(self, seconds: float) -> None:
        self.ground.wait(seconds)


def short(ground: Ground) -> Trial:
    """With a small picture, so that a show fits on a computer that does much else."""
    return Trial(ground, SHORT, (640, 360), 800)
