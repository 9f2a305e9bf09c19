"""One unbroken time line for a clip whose time stamps fall back or leap, as those of joined recordings do. Pure."""

from __future__ import annotations

from dataclasses import dataclass

_FALL_NS = 100_000_000  # less is untidy muxing: a new stretch would move this stream against the others for good
_LEAP_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part whose streams' stamps belong together: the stamp it begins with, and what brings it onto the line."""

    begins_ns: int
    shift_ns: int


class Timeline:
    """Where packets lie, in the order in which the file gives them. All times in ns.

    A stream that breaks goes to the stretch that another stream has already begun there, so that sound and pictures
    stay in step; else it begins a new one at the end of all that was.

    Attributes:
        end_ns: the end of the last packet, on the line.
    """

    def __init__(self, start_ns: int, *, closes_gaps: bool) -> None:
        """`closes_gaps`: whether a leap is a break. In most formats it is only a pause, shown as long as it lasts."""
        self.end_ns = start_ns
        self._closes_gaps = closes_gaps
        self._stretches = [_Stretch(start_ns, 0)]
        self._streams: dict[int, tuple[int, int]] = {}  # its stretch, and its last packet's time of decoding

    def shift(self, stream: int, decoded_ns: int, shown_ns: int, lasts_ns: int) -> int:
        """What to add to this packet's stamps. If it does not say how long it lasts: as the one before."""
        at, last_ns = self._streams.get(stream, (0, decoded_ns))
        fallen = decoded_ns < last_ns - _FALL_NS
        if fallen or decoded_ns > last_ns + _LEAP_NS:
            at = self._behind_break(at, decoded_ns, shown_ns, fallen=fallen)
        else:
            lasts_ns = lasts_ns or max(0, decoded_ns - last_ns)
        self._streams[stream] = at, decoded_ns
        shift_ns = self._stretches[at].shift_ns
        self.end_ns = max(self.end_ns, shown_ns + shift_ns + lasts_ns)
        return shift_ns

    def _behind_break(self, at: int, decoded_ns: int, shown_ns: int, *, fallen: bool) -> int:
        begun = range(at + 1, len(self._stretches))
        off_ns = {one: abs(self._stretches[one].begins_ns - decoded_ns) for one in begun}
        nearest = min(off_ns, key=off_ns.__getitem__, default=at)
        if off_ns.get(nearest, _LEAP_NS) < _LEAP_NS:
            return nearest
        # Measured from the end of all streams: pictures may be far apart while the sound goes on between them.
        leapt = shown_ns + self._stretches[at].shift_ns > self.end_ns + _LEAP_NS
        if fallen or (self._closes_gaps and leapt):
            self._stretches.append(_Stretch(decoded_ns, self.end_ns - shown_ns))
            return len(self._stretches) - 1
        return at
