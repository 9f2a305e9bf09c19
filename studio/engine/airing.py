"""A show on air, as the control loop keeps it: as wanted, under its lease, with what it showed written down."""

from __future__ import annotations

import logging
from contextlib import ExitStack

from studio.engine.journal import ShowJournal
from studio.engine.live import LiveShow
from studio.engine.recordings import Recordings
from studio.media.clock import Clock
from studio.shop.catalogue import Catalogue
from studio.show.status import Ended
from studio.show.wanted import Lease, Wanted
from studio.system import going_live

log = logging.getLogger(__name__)

_RENEW_NS = 5_000_000_000


class Airing:
    """From going on air to the end, and after it what became of the show. Owned by the control thread."""

    def __init__(self, live: LiveShow, journal: ShowJournal, clock: Clock, *, patience_ns: int) -> None:
        """`patience_ns`: a show that nobody gets goes on for so long."""
        self.live = live
        self.recordings = Recordings(live, journal, clock)
        self.seen_ns = 0  # when it was last found wanted
        self._journal, self._clock, self._patience_ns = journal, clock, patience_ns
        self._wanted = Wanted()  # as it began
        self._started_ns = self._ended_ns = 0
        self._heard_ns = 0  # when somebody, or a recording, last got it
        self._renewed_ns = 0
        self._shown = ""  # the SKU of the product on air
        self._power = ExitStack()

    @property
    def show_id(self) -> str:
        return self.live.show_id

    def seconds(self, now_ns: int) -> float:
        """Show time: until now, or until its end."""
        return max(0.0, ((self._ended_ns or now_ns) - self._started_ns) / 1e9)

    def begin(self, wanted: Wanted, lease: Lease | None, now_ns: int) -> None:
        """Go on air. A show that was on air before keeps its clock, which its lease tells."""
        self._power.enter_context(going_live())
        self.live.start(wanted)
        began_ns = self.live.first_tick_ns() or self._clock.now_ns()
        self._wanted, self._heard_ns = wanted, now_ns
        self._started_ns = (lease.started_ns if lease is not None else 0) or began_ns
        self._journal.begin(wanted, self._started_ns)
        resumed = lease is not None and lease.started_ns != 0
        if resumed:
            self._journal.resume(now_ns)
        self.recordings.begin(self._started_ns, resumed=resumed)
        log.info("on air: %s", wanted.show_id)

    def follow(self, wanted: Wanted, catalogue: Catalogue, now_ns: int) -> Ended:
        """Keep it as wanted; why it should end, if so."""
        self.seen_ns = now_ns
        self.live.follow(wanted)
        self.recordings.follow()
        if not self.live.nothing_out:
            self._heard_ns = now_ns
        if now_ns - self._heard_ns > self._patience_ns:
            return "nothing_out"
        if now_ns - self._renewed_ns > _RENEW_NS:
            self._renewed_ns = now_ns
            self._journal.renew(wanted.show_id, now_ns)
        self._note_product(wanted, catalogue)
        return ""

    def wake(self, slept_ns: int) -> None:
        """Nobody was awake until now: go on with fresh connections, and in a new part of each recording."""
        log.warning("awake again after %d s: the connections are made anew", slept_ns // 10**9)
        self.live.wake()

    def end(self, why: Ended, *, leaves: bool = False) -> None:
        """Close all that is open and write down that the show is over. `leaves`: it may be carried on."""
        log.info("going off air: %s", why)
        self._ended_ns = self._clock.now_ns()
        if why != "off":
            self._journal.write_off(self.show_id)
        self.live.end()
        self.recordings.end(leaves=leaves)
        now_ns = self._clock.now_ns()
        log.info("off air, closed in %d ms", (now_ns - self._ended_ns) // 1_000_000)
        self._journal.end(self._wanted, (now_ns - self._started_ns) / 1e9)
        self._power.close()

    def _note_product(self, wanted: Wanted, catalogue: Catalogue) -> None:
        """A chapter in the recordings and an interval in the log for each product shown."""
        wish = wanted.feature if wanted.overlay_on("card") else ""
        product = catalogue.find(wish) if wish else None
        shown = product.sku if product is not None else ""
        if shown != self._shown:
            self._shown = shown
            title = product.name_in(self.live.show.language) if product is not None else ""
            at_s = (self._clock.now_ns() - self._started_ns) / 1e9
            self.live.chapter(title)
            self.recordings.mark(title, at_s)
            self._journal.feature(wanted, shown, at_s)
