"""How overlays move: pure functions of the time since the change. Nothing is drawn anew, one raster moves."""

from __future__ import annotations

from typing import NamedTuple

from studio.media.picture import Rect, Size
from studio.overlays.frame import even

ENTER_NS = 320_000_000
LEAVE_NS = 240_000_000
FLIP_NS = 260_000_000
# What the very first frame of a change already shows: whoever changes a price sees it on the next frame.
_FIRST_SHARE = 0.35
_TRAVEL = 0.035  # of the frame's height: how far a card slides


class Pose(NamedTuple):
    """Where and how an overlay is at one instant; dx, dy even, so that its prepared planes fit 4:2:0."""

    dx: int = 0
    dy: int = 0
    opacity: float = 1.0
    clip: Rect | None = None


AT_REST = Pose()


def enter(elapsed_ns: int, size: Size, from_above: bool = False) -> Pose:
    """Rises to its place (or sinks, at the frame's top) and becomes opaque, fast at first."""
    if elapsed_ns >= ENTER_NS:
        return AT_REST
    eased = 1 - (1 - max(0, elapsed_ns) / ENTER_NS) ** 3
    away = _TRAVEL * size.height * (1 - eased)
    return Pose(0, even(-away if from_above else away), _FIRST_SHARE + (1 - _FIRST_SHARE) * eased)


def leave(elapsed_ns: int, size: Size, from_above: bool = False) -> Pose | None:
    """Goes back where it came from and fades; None: gone."""
    if elapsed_ns >= LEAVE_NS:
        return None
    eased = (max(0, elapsed_ns) / LEAVE_NS) ** 2
    away = _TRAVEL * size.height * eased
    return Pose(0, even(-away if from_above else away), (1 - _FIRST_SHARE) * (1 - eased))


def flip(elapsed_ns: int, changed: Rect, size: Size) -> tuple[Rect, Rect] | None:
    """The new raster rolls down over the old one, across the rows that differ: (new's clip, old's clip).

    Together the two clips are the whole frame, so that no see-through panel is laid twice. Half of what changed is
    new from the first frame. None: only the new one is left.
    """
    if elapsed_ns >= FLIP_NS:
        return None
    eased = 1 - (1 - max(0, elapsed_ns) / FLIP_NS) ** 2
    line = even(changed.y + changed.height * (0.5 + 0.5 * eased))
    line = max(0, min(size.height, line))
    return Rect(0, 0, size.width, line), Rect(0, line, size.width, size.height - line)
