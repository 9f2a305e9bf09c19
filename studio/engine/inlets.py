"""What arrives from one source's process: its newest picture, and how it is doing."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec.structs import replace

from studio.media.clock import Clock
from studio.media.picture import Picture
from studio.media.ring import PictureRingReader, RingPicture, SoundRingReader
from studio.show.plan import PictureRequest, SourcePlan, SourceReport
from studio.show.status import SourceState, SourceStatus
from studio.show.watched import may_stay
from studio.workspace.paths import Workspace
from studio.workspace.slots import SlotReader

log = logging.getLogger(__name__)

# A second after the last picture the slate is out: so much of it is the tick's and the encoder's.
LATE_NS = 900_000_000  # without a new picture for so long, the slate is shown
DEAD_NS = 900_000_000  # without a sign of life for so long, the process is lost
_FIRST_NS = 5_000_000_000  # for its first report
_OPENING_NS = 10_000_000_000  # while it asks its device for the first time


@dataclass(frozen=True, slots=True)
class Rings:
    """One generation of a source's rings, swapped as a whole."""

    generation: int
    pictures: PictureRingReader | None
    sound: SoundRingReader | None


class SourceInlet:
    """One source as the engine sees it.

    `refresh` belongs to the control thread; `paste` to any feed thread: it reads one attribute and waits for nothing.
    """

    def __init__(self, plan: SourcePlan, workspace: Workspace, clock: Clock) -> None:
        self.plan = plan
        self._clock = clock
        self._may_stay = may_stay(plan.source)
        self._path = workspace.source_status(plan.source.name)
        self._slots: SlotReader | None = None
        self._inode = 0
        self._rings: Rings | None = None
        self._report: SourceReport | None = None
        self._opened_ns = clock.now_ns()
        self._newest_stamp_ns = 0  # of the picture pasted last; written by the feeds' threads only
        self._ever_seen = False
        self._state: SourceState = "opening"

    @property
    def rings(self) -> Rings | None:
        return self._rings

    @property
    def state(self) -> SourceState:
        return self._state

    @property
    def failed_to_open(self) -> bool:
        """It was tried, and never gave a picture."""
        return self._state == "lost" and not self._ever_seen and self._report is not None

    def refresh(self) -> None:
        """Look at the source's report; follow it to new rings."""
        report = _newest(self._report, self._read_report())
        self._report = report = report if report is not None and self._counts(report) else None
        if report is not None and (self._rings is None or self._rings.generation != report.generation):
            self._open_rings(report)
        self._state = self._judge()

    def paste(self, request: PictureRequest, onto: Picture, by_ns: int) -> bool:
        """Copy the newest picture taken by `by_ns` onto a place of the request's size; False: there is none to show.

        Where the picture is smaller than the place (fit "contain"), the rest stays as it was.
        """
        rings = self._rings
        if rings is None or rings.pictures is None or self._state in {"lost", "frozen"}:
            return False
        variant = self.plan.variant(request)
        for _ in range(3):  # the writer laps us only when this thread was held up for three pictures
            seen = rings.pictures.latest(variant, by_ns)
            if seen is None:
                continue
            if self._is_late(seen):  # at this very tick: nobody is waited for to say so
                return False
            onto.part(seen.content).paste(seen.picture.part(seen.content))
            self._newest_stamp_ns = seen.stamp_ns
            if rings.pictures.still_whole(variant, seen):
                return True
        return seen is not None

    @property
    def newest_stamp_ns(self) -> int:
        return self._newest_stamp_ns

    def status(self) -> SourceStatus:
        report = self._report
        reason = report.reason if report is not None else ""
        if self._state == "lost" and (report is None or report.state != "lost"):
            reason = "its process does not answer; it is being started again"
        elif self._state == "frozen" and (report is None or report.state != "frozen"):
            reason = "no new picture has come for about a second"
        elif self._state == "ok":
            reason = report.warning if report is not None else ""
        return SourceStatus(
            name=self.plan.source.name,
            state=self._state,
            fps=round(report.fps, 1) if report is not None and self._state == "ok" else 0.0,
            reason=reason,
            got=report.got if report is not None else "",
        )

    def _judge(self) -> SourceState:
        report, now = self._report, self._clock.now_ns()
        if report is None:
            return "opening" if now - self._opened_ns < _FIRST_NS else "lost"
        if now - report.beat_ns > (_OPENING_NS if report.state == "opening" else DEAD_NS):
            return "lost"
        if report.state != "ok":
            return report.state
        if not self.plan.pictures:
            return "ok"
        if self._rings is None or self._rings.pictures is None:
            return "opening"
        newest = self._rings.pictures.latest(0)
        if newest is not None:
            self._ever_seen = True
            if self._is_late(newest):
                return "frozen"
        return "ok"

    def _counts(self, report: SourceReport) -> bool:
        """Whether it tells of this show's process. One from before may be an earlier show's: only while it works."""
        if report.beat_ns >= self._opened_ns:
            return True
        return report.state == "ok" and self._clock.now_ns() - report.beat_ns <= DEAD_NS

    def _is_late(self, newest: RingPicture) -> bool:
        return not self._may_stay and self._clock.now_ns() - newest.stamp_ns > LATE_NS

    def _read_report(self) -> SourceReport | None:
        try:
            inode = self._path.stat().st_ino
            if self._slots is None or inode != self._inode:
                if self._slots is not None:
                    self._slots.close()
                self._slots, self._inode = SlotReader(self._path), inode
            payload = self._slots.read(0)
            return msgspec.json.decode(payload, type=SourceReport) if payload else None
        except (OSError, ValueError, msgspec.MsgspecError):
            return None

    def _open_rings(self, report: SourceReport) -> None:
        if report.plan_hash != self.plan.digest:
            return  # the rings of an older plan; its process is being replaced
        try:
            pictures = PictureRingReader(Path(report.pictures)) if report.pictures else None
            sound = SoundRingReader(Path(report.sound)) if report.sound else None
        except (OSError, ValueError) as error:
            log.debug("rings of %s cannot be opened yet: %s", self.plan.source.name, error)
            return
        self._rings = Rings(report.generation, pictures, sound)


def _newest(before: SourceReport | None, now: SourceReport | None) -> SourceReport | None:
    """What holds of a source: one that was lost stays so, whoever tries it next, until it gives something."""
    if before is None or now is None:
        return now or before
    if now.state == "opening" and before.state == "lost" and now.plan_hash == before.plan_hash:
        return replace(now, state="lost", reason=before.reason)
    return now
