"""What overlays a feed shows at each instant: the current raster of each slot and, while it goes, the one before."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from studio.media.picture import Picture, Rect, Size
from studio.overlays.blend import Prepared, blend
from studio.overlays.motion import FLIP_NS, enter, flip, leave

SLOTS = ("title", "price", "card")  # from bottom to top


@dataclass(frozen=True, slots=True)
class _Slot:
    """One slot since its last change. Replaced as a whole."""

    now: Prepared | None = None
    before: Prepared | None = None
    since_ns: int = 0
    changed: Rect | None = None  # the rows that differ, where one took the other's place


class Stage:
    """A feed's overlays. Used by the feed's own thread alone; what it is handed is never changed by anyone."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._slots = dict.fromkeys(SLOTS, _Slot())

    def show(self, slot: str, prepared: Prepared | None, now_ns: int) -> None:
        """Put an overlay in a slot, or with None empty it: it enters, leaves, or rolls over what was there."""
        old = self._slots[slot].now
        if prepared is None and old is None:
            return
        changed = _difference(old, prepared) if old is not None and prepared is not None else None
        self._slots[slot] = _Slot(prepared, old, now_ns, changed)

    def draw(self, picture: Picture, now_ns: int) -> None:
        """Lay every slot on the picture as it is at `now_ns`."""
        for name, slot in self._slots.items():
            if slot.before is not None and now_ns - slot.since_ns >= FLIP_NS and slot.now is not None:
                slot = self._slots[name] = replace(slot, before=None)
            self._draw(picture, slot, now_ns - slot.since_ns, name)

    def _draw(self, picture: Picture, slot: _Slot, elapsed_ns: int, name: str) -> None:
        if slot.now is None:
            if slot.before is None:
                return
            away = leave(elapsed_ns, self._size, self._above(slot.before))
            if away is None:
                self._slots[name] = _Slot()
            else:
                blend(picture, slot.before, *away)
            return
        if slot.changed is None:
            blend(picture, slot.now, *enter(elapsed_ns, self._size, self._above(slot.now)))
            return
        clips = flip(elapsed_ns, slot.changed, self._size) if slot.before is not None else None
        if clips is None or slot.before is None:
            blend(picture, slot.now)
            return
        blend(picture, slot.now, clip=clips[0])
        blend(picture, slot.before, clip=clips[1])

    def _above(self, overlay: Prepared) -> bool:
        return overlay.rect.y + overlay.rect.height / 2 < self._size.height / 2


def _difference(old: Prepared, new: Prepared) -> Rect:
    """Where two overlays differ, on the frame: the rows and columns with a different pixel."""
    a, b = old.rect, new.rect
    if a != b:
        left, top = min(a.x, b.x), min(a.y, b.y)
        right, bottom = max(a.x + a.width, b.x + b.width), max(a.y + a.height, b.y + b.height)
        return Rect(left, top, right - left, bottom - top)
    # Luma is enough to find the rows, and a quarter of the bytes.
    parity = (a.x & 1, a.y & 1)
    rows = np.flatnonzero((old.planes(parity).y != new.planes(parity).y).any(axis=1))
    if not rows.size:
        return a
    return Rect(a.x, a.y + int(rows[0]), a.width, int(rows[-1] - rows[0]) + 1)
