"""Makes what is actual equal to what is wanted, again and again, like a thermostat."""

from __future__ import annotations

import logging
import os
import threading

from studio.engine.admission import OFFER, Admission, is_offered, refusal
from studio.engine.airing import Airing
from studio.engine.clips import Airtime, ClipDesk
from studio.engine.crew import Crew
from studio.engine.floor import Floor
from studio.engine.heart import Heart
from studio.engine.journal import ShowJournal
from studio.engine.keys import KeyAsker
from studio.engine.live import LiveShow
from studio.engine.mirror import Mirror, Wish
from studio.engine.recordings import join_what_was_left
from studio.engine.report import status_of
from studio.errors import StudioError
from studio.media.clock import Clock, utc_now
from studio.overlays.text import start_text
from studio.show.flags import WishFlags
from studio.show.model import Show
from studio.show.status import AudioStatus, Ended
from studio.show.status_map import StatusMapWriter
from studio.show.wanted import Lease
from studio.system import boot_id
from studio.system.locks import is_held
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)

_TURN_S = 0.05
_STATUS_NS = 100_000_000
_IDLE_NS = 6_000_000_000  # an engine that nobody wants ends after so long

PATIENCE_NS = 60_000_000_000  # long enough to give a refused destination a fresh key


class Engine:
    """The composition root of the engine's process. `run` is its control loop, on the main thread."""

    def __init__(self, workspace: Workspace, clock: Clock, keys: KeyAsker, *, patience_ns: int = PATIENCE_NS) -> None:
        """`patience_ns`: a show that nobody gets goes on for so long."""
        self._workspace, self._clock, self._keys = workspace, clock, keys
        self._patience_ns = patience_ns
        self._wake = threading.Event()
        self._stop_wanted = threading.Event()
        self._boot_id = boot_id()
        self._epoch_ns = clock.now_ns()
        self._heart = Heart(workspace.beat, clock, self._epoch_ns, self._on_wake)
        self._slept_ns = 0  # told by the heart, taken by the next turn
        self._mirror = Mirror(workspace, clock, self._wake.set)
        self._flags = WishFlags(workspace)
        self._journal = ShowJournal(workspace)
        self._clips = ClipDesk(workspace, clock)
        self._map = StatusMapWriter(workspace.status)
        self._crew = Crew(clock, self._epoch_ns)
        self._may_draw = False  # the crew is at work
        self._floor: Floor | None = None
        self._admission = Admission()
        self._next: LiveShow | None = None  # has met its servers, and waits for its first picture and card
        self._air: Airing | None = None
        self._ended: Airing | None = None  # has just been on air: what became of it stays in the status
        self._over: dict[str, Ended] = {}  # shows that have ended, by id
        self._leaves = False  # for a person to carry the show on
        self._failure: tuple[str, ...] = ()  # why the newest show could not be made
        self._told_ns = 0
        self._useful_ns = clock.now_ns()

    def stop(self) -> None:
        """Asked to end by the system, as when the computer shuts down: nobody starts the show again but a person."""
        self._stop_wanted.set()
        self._wake.set()

    def run(self) -> None:
        """Until nothing is wanted any more."""
        self._heart.start()
        self._journal.start()
        self._clips.start()
        self._mirror.start()
        self._mirror.ready.wait(5)
        if self._mirror.wish.wanted.mode == "off":
            join_what_was_left(self._workspace)
        try:
            # Once ahead of the fonts, which take half a second: an engine that died has servers to meet again.
            goes_on = self._turn()
            start_text()  # on the main thread: Qt ties its application to the thread that made it
            self._crew.start()
            self._may_draw = True
            while goes_on:
                self._wake.wait(_TURN_S)
                self._wake.clear()
                goes_on = self._turn()
            # Not after a fault of ours: a stream that was ended in order is over for its viewers, one that was cut
            # goes on with the next engine.
            self._go_off("off")
        finally:
            self._heart.follow(())
            if self._floor is not None:
                self._floor.stop()
            if self._may_draw:
                self._crew.stop()
            self._mirror.stop()
            self._clips.stop()
            self._journal.stop()
            self._heart.stop()

    def _on_wake(self, slept_ns: int) -> None:
        self._slept_ns = slept_ns
        self._wake.set()

    def _turn(self) -> bool:
        """Look, decide, act, tell. False: nothing is left to do."""
        now = self._clock.now_ns()
        self._heart.turned()
        wish = self._wish()
        wanted = wish.wanted
        if self._stop_wanted.is_set():
            if self._air is not None or wanted.mode == "live":
                self._journal.leave(wanted.show_id, now)
                self._leaves = True
            return False
        if any(one is not None and one.show_id != wanted.show_id for one in (self._next, self._air)):
            self._go_off("off")  # another show, even if it is the same file, has taken its place
        slept_ns, self._slept_ns = self._slept_ns, 0
        if slept_ns > Lease.MAX_AGE_NS:
            self._go_off("lease")  # nor does a computer film a room unasked that was put to sleep and is opened again
        elif slept_ns and self._air is not None:
            self._air.wake(slept_ns)
        seen_ns = self._air.seen_ns if self._air is not None else 0
        refused = refusal(wanted, wish.lease, self._over, boot_id=self._boot_id, seen_ns=seen_ns, now_ns=now)
        window = is_held(self._workspace.lock("window"))
        if wanted.show is not None and (window or not refused):
            self._prepare(wanted.show)
        if self._floor is not None:
            self._arrange(self._floor, wish, window=window)
        if refused:
            self._admission.reset()
            self._go_off(refused)
        elif self._floor is not None:
            self._go_on(self._floor, wish, now)
        self._answer_requests("" if refused else wanted.show_id)
        if now - self._told_ns >= _STATUS_NS:
            self._told_ns = now
            self._tell(wish, now)
        if window or not refused:
            self._useful_ns = now
        # After a show there is nothing to wait for; before the first, whoever started us is about to want it.
        return now - self._useful_ns <= (0 if self._over else _IDLE_NS)

    def _wish(self) -> Wish:
        """The newest wish, with what flags say where the database could not be written."""
        wish = self._mirror.wish
        return Wish(wish.revision, self._flags.applied(wish.wanted), wish.lease)

    def _prepare(self, show: Show) -> None:
        """A floor for this show, if it is another one."""
        if self._floor is not None and self._floor.show == show:
            return
        self._go_off("off")
        self._heart.follow(())
        if self._floor is not None:
            self._floor.stop()
        self._floor = Floor(show, self._crew, self._map, self._workspace, self._clock, self._epoch_ns)
        self._heart.follow(self._floor.threads.values())

    def _arrange(self, floor: Floor, wish: Wish, *, window: bool) -> None:
        floor.refresh()
        floor.arrange(wish.wanted, wish.revision, self._mirror.catalogue)
        floor.sound(wish.wanted, self._air.live.listeners if self._air is not None else ())
        floor.preview(wanted=window)

    def _go_on(self, floor: Floor, wish: Wish, now: int) -> None:
        """The show is wanted on air: put it there, or keep it as wanted."""
        if self._air is None:
            try:
                live = self._next = self._next or self._meet(floor, wish)
            except StudioError as error:
                self._give_up(wish, error)
                return
            live.follow(wish.wanted)
            if self._may_begin(floor, wish, now):
                self._begin(live, floor, wish, now)
        if self._air is not None and (why := self._air.follow(wish.wanted, self._mirror.catalogue, now)):
            self._go_off(why)

    def _answer_requests(self, coming: str) -> None:
        air = self._air
        on_air = Airtime(air.show_id, air.live.replays) if air is not None else None
        self._clips.follow(self._mirror.requests, on_air, coming=coming)

    def _may_begin(self, floor: Floor, wish: Wish, now: int) -> bool:
        if not self._may_draw:
            return False
        if wish.resumed:
            return True
        drawn = floor.revision >= wish.revision
        verdict = self._admission.judge(floor.on_scene(wish.wanted), drawn=drawn, now_ns=now)
        if verdict == "no_source":
            self._over[wish.wanted.show_id] = "no_source"
            self._journal.write_off(wish.wanted.show_id)
            self._told_ns = 0  # told in this turn: it may be the last
        return verdict == "begin"

    def _meet(self, floor: Floor, wish: Wish) -> LiveShow:
        self._failure = ()
        if not wish.resumed:
            self._keys.forget()
        live = LiveShow(
            wish.wanted,
            floor.threads,
            self._workspace,
            self._clock,
            self._keys,
            self._epoch_ns,
            utc_now(),
            resumed=wish.resumed,
        )
        live.meet(wish.wanted)
        return live

    def _give_up(self, wish: Wish, error: StudioError) -> None:
        """The show cannot be made: it is over before it began, and says why."""
        log.error("%s", error)
        self._failure = (str(error),)
        self._over[wish.wanted.show_id] = "nothing_out"
        self._journal.write_off(wish.wanted.show_id)
        self._told_ns = 0  # told in this turn: it may be the last

    def _begin(self, live: LiveShow, floor: Floor, wish: Wish, now: int) -> None:
        self._next = None
        self._admission.reset()
        # Ahead of the feeds: the first sound is encoded when the first picture is, not a turn later.
        floor.sound(wish.wanted, live.listeners)
        air = Airing(live, self._journal, self._clock, patience_ns=self._patience_ns)
        air.begin(wish.wanted, wish.lease, now)
        self._air = air
        self._flags.sweep(keep=wish.wanted.show_id)
        self._wake.set()

    def _go_off(self, why: Ended) -> None:
        waiting, self._next = self._next, None
        if waiting is not None:  # its servers were met, and nothing was published
            waiting.end()
            self._over.setdefault(waiting.show_id, why)
            self._tell(self._wish(), self._clock.now_ns())
        air, self._air = self._air, None
        if air is None:
            return
        wish = self._wish()
        self._over[air.show_id] = why
        air.end(why, leaves=self._leaves)
        self._ended = air
        self._tell(wish, self._clock.now_ns())

    def _tell(self, wish: Wish, now: int) -> None:
        """Write the status."""
        wanted, floor = wish.wanted, self._floor
        shows = (one for one in (self._air, self._ended) if one is not None)
        air = next((one for one in shows if one.show_id == wanted.show_id), None)
        problems = [*self._failure, *self._mirror.problems, *self._journal.problems]
        if floor is not None:
            problems += floor.problems
        if air is not None:
            problems += air.recordings.problems
        elif is_offered(wish.wanted, wish.lease, self._over, boot_id=self._boot_id, now_ns=now):
            problems.append(OFFER)
        status = status_of(
            wanted,
            revision=floor.revision if floor is not None else wish.revision,
            pid=os.getpid(),
            t=air.seconds(now) if air is not None else 0.0,
            live=air.live if air is not None else None,
            threads=floor.threads if floor is not None else {},
            inlets=floor.inlets if floor is not None else {},
            audio=floor.audio if floor is not None else AudioStatus(),
            recordings=air.recordings.status() if air is not None else (),
            ended=self._over.get(wanted.show_id, ""),
            final=wanted.show_id in self._over,
            problems=(*problems, *self._crew.photos.warnings),
        )
        try:
            self._map.write_status(status)
        except ValueError as error:
            log.warning("the status does not fit: %s", error)
