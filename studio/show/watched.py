"""What of each kind of source is watched on air: one table for the engine and for the sources' processes."""

from __future__ import annotations

from msgspec import Struct

from studio.show.model import Source, SourceKind


class Watched(Struct, frozen=True):
    """Of which faults a kind of source can be accused.

    Attributes:
        late: that no picture comes. Not one whose picture may stay as it is.
        repeats_s: that it gives the very same picture for so many seconds; None: that is no fault. Sensors have
            noise, so a camera never repeats itself exactly. An address does while nothing moves before it: H.264
            leaves out what stays the same until the next key frame, which may be ten seconds away.
        black: that its picture is black (a lens that is covered). A clip may be, for a while.
        level: that it is silent, or so loud that it is cut off. Of what was recorded, both were meant.
    """

    late: bool = False
    repeats_s: float | None = None
    black: bool = False
    level: bool = False


WATCHED: dict[SourceKind, Watched] = {
    "camera": Watched(late=True, repeats_s=5, black=True),
    "url": Watched(late=True, repeats_s=20, black=True, level=True),
    "file": Watched(late=True),
    "image": Watched(),
    "demo": Watched(late=True),
    "microphone": Watched(level=True),
    "tone": Watched(),
}


def may_stay(source: Source) -> bool:
    """Whether its last picture may stay for ever: a still one, or the end of a clip that is not repeated."""
    return not WATCHED[source.kind].late or (source.kind == "file" and not source.loop)
