"""Whether a show may be on air, and whether one that may begins now. Decides only; does nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from studio.show.status import Ended, SourceState
from studio.show.wanted import Lease, Wanted

Verdict = Literal["wait", "begin", "no_source"]

OFFER = (
    "A show was on air and was cut off: carry it on with: benchcast live --resume, or leave it with: benchcast off"
)
FIRST_PICTURE_NS = 4_000_000_000  # a new show waits so long for its camera before viewers see the slate
OPENING_NS = 8_000_000_000  # and so long while all of them are still opening: a network camera needs its time
FIRST_CARD_NS = 1_000_000_000  # and so long, after its camera, for its card


def refusal(
    wanted: Wanted, lease: Lease | None, over: Mapping[str, Ended], *, boot_id: str, seen_ns: int, now_ns: int
) -> Ended:
    """Why nothing may be on air; empty: a show may.

    `over`: shows that have ended, by id. `seen_ns`: when this show was last found wanted while on air: as good as a
    stamp on its lease, when the database cannot be written.
    """
    if wanted.mode != "live" or wanted.show is None:
        return "off"
    if wanted.show_id in over:
        return over[wanted.show_id]
    if lease is None:
        return "lease"
    lease = replace(lease, stamp_ns=max(lease.stamp_ns, seen_ns))
    return lease.refusal(wanted.show_id, boot_id, now_ns)


def is_offered(wanted: Wanted, lease: Lease | None, over: Mapping[str, Ended], *, boot_id: str, now_ns: int) -> bool:
    """Whether a show waits for a person to carry it on: nobody ended it, and its lease has run out."""
    why = refusal(wanted, lease, over, boot_id=boot_id, seen_ns=0, now_ns=now_ns)
    return lease is not None and lease.show_id == wanted.show_id and why == "lease" and wanted.show_id not in over


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source of the scene that is wanted on air, as it is judged here."""

    state: SourceState
    failed_to_open: bool


class Admission:
    """A new show waits for its first picture, then for its first card; neither for ever."""

    def __init__(self) -> None:
        self._waiting_ns = 0  # since when it has been waiting; 0: nothing waits
        self._pictured_ns = 0  # since when it has had its picture

    def reset(self) -> None:
        """Nothing waits any more."""
        self._waiting_ns = self._pictured_ns = 0

    def judge(self, sources: Sequence[SourceView], *, drawn: bool, now_ns: int) -> Verdict:
        """`drawn`: the first frame would carry the overlays that are wanted."""
        self._waiting_ns = self._waiting_ns or now_ns
        if sources and all(one.failed_to_open for one in sources):
            return "no_source"
        if not (_has_picture(sources) or now_ns - self._waiting_ns > _patience_ns(sources)):
            return "wait"
        self._pictured_ns = self._pictured_ns or now_ns
        return "begin" if drawn or now_ns - self._pictured_ns > FIRST_CARD_NS else "wait"


def _has_picture(sources: Sequence[SourceView]) -> bool:
    return any(one.state == "ok" for one in sources)


def _patience_ns(sources: Sequence[SourceView]) -> int:
    opening = bool(sources) and all(one.state == "opening" for one in sources)
    return OPENING_NS if opening else FIRST_PICTURE_NS
