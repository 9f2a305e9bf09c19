"""Keeps what is wanted running: the engine and one process for each source."""

from __future__ import annotations

import logging
import threading
from typing import IO

from msgspec.structs import replace

from studio.errors import StudioError
from studio.keeper.children import EngineChild, SourceChild
from studio.keeper.deaths import tell_all
from studio.keeper.key_desk import KeyDesk
from studio.media.clock import Clock
from studio.media.sleep import SleepWatch
from studio.show.flags import WishFlags
from studio.show.plan import plan_sources
from studio.show.wanted import Lease, Wanted, is_blank
from studio.show.wanted_store import WantedStore
from studio.system import asleep_ns, boot_id
from studio.system.locks import is_held
from studio.system.secret import Secret
from studio.workspace.door import Door
from studio.workspace.link import Link, Message
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)

_TURN_NS = 50_000_000
_RENEW_NS = 5_000_000_000
_GRACE_NS = 10_000_000_000  # a new keeper waits so long for something to be wanted


class Keeper:
    """Like a thermostat: every turn it compares what is wanted with what runs. Runs on its process's main thread."""

    def __init__(self, workspace: Workspace, clock: Clock, session: dict[str, Secret]) -> None:
        self._workspace, self._clock = workspace, clock
        self._boot_id = boot_id()
        self._desk = KeyDesk(workspace.id, session)
        self._engine = EngineChild(workspace, clock, self._on_message)
        self._sources: dict[str, SourceChild] = {}
        self._store: WantedStore | None = None
        self._wish: tuple[Wanted, Lease | None] = (Wanted(), None)
        self._flags = WishFlags(workspace)
        self._renewed_ns = clock.now_ns()
        self._kept_show, self._kept_ns, self._kept_asleep_ns = "", 0, 0
        self._stop = threading.Event()

    def link_engine(self, reader: IO[bytes], writer: IO[bytes]) -> None:
        """Serve an engine that outlived the keeper before us and started this one."""
        link = Link(reader, writer, lambda message: self._on_message(message, link), lambda: None)
        link.start()

    def stop(self) -> None:
        """Leave. What runs goes on: whoever needs a keeper starts the next one."""
        self._stop.set()

    def run(self) -> None:
        """Until nothing is wanted any more, or `stop`."""
        door = Door(self._workspace, self._desk.add, self._desk.look_up)
        try:
            self._tend()
        finally:
            door.close()
            if self._store is not None:
                self._store.close()

    def _tend(self) -> None:
        began_ns = wanted_ns = self._clock.now_ns()
        due = began_ns
        if not self._engine.running:
            self._engine.start()  # whoever started us is about to want it, and its libraries take a second to load
        watch = SleepWatch(began_ns, asleep_ns())
        while not self._clock.wait_until(due, self._stop):
            now = self._clock.now_ns()
            due = now + _TURN_NS
            if gap_ns := watch.look(now, asleep_ns()):
                self._wake(gap_ns)
            self._read()
            self._engine.reap()
            if self._engine.running:
                self._engine.tend()  # also one that nobody wants: it may hang with its cameras open
            live = self._is_live(now)
            if live or is_held(self._workspace.lock("window")):
                wanted_ns = now
                self._keep(now, live=live)
            elif not self._engine.running and now - max(wanted_ns, began_ns) > (
                _GRACE_NS if wanted_ns == began_ns else 0
            ):
                break
        if not self._stop.is_set():
            for child in self._sources.values():
                child.retire()
        tell_all([self._engine.deaths, *(child.deaths for child in self._sources.values())])

    def _wake(self, gap_ns: int) -> None:
        """Nobody was awake, neither we nor those whom we keep: none of them has hung."""
        log.info("awake again after %d s", gap_ns // 10**9)
        self._engine.woke()
        for child in self._sources.values():
            child.woke()

    def _is_live(self, now_ns: int) -> bool:
        wanted, lease = self._flags.applied(self._wish[0]), self._wish[1]
        if lease is not None and self._kept_show == wanted.show_id and self._kept_ns > lease.stamp_ns:
            # We have kept it running until now: as good as a stamp, when the database cannot be written.
            lease = replace(lease, stamp_ns=self._kept_ns, asleep_ns=self._kept_asleep_ns)
        if wanted.mode != "live" or lease is None or lease.refusal(wanted.show_id, self._boot_id, now_ns):
            return False
        self._kept_show, self._kept_ns, self._kept_asleep_ns = wanted.show_id, now_ns, asleep_ns()
        return True

    def _keep(self, now_ns: int, *, live: bool) -> None:
        if not self._engine.running:
            self._engine.start()
        wanted, _ = self._wish
        plans = {plan.source.name: plan for plan in plan_sources(wanted.show)} if wanted.show is not None else {}
        for name in [name for name, child in self._sources.items() if plans.get(name) != child.plan]:
            self._sources.pop(name).retire()
        for name, plan in plans.items():
            if name not in self._sources:
                self._sources[name] = SourceChild(plan, self._workspace, self._clock)
            self._sources[name].tend()
        # Only of a show that is on air: a stale lease is for a person to take up again.
        if live and now_ns - self._renewed_ns > _RENEW_NS and self._store is not None:
            self._renewed_ns = now_ns
            try:
                self._store.renew(wanted.show_id, now_ns)
            except StudioError as error:
                log.warning("the lease cannot be renewed: %s", error)

    def _read(self) -> None:
        try:
            if self._store is None:
                self._store = WantedStore(self._workspace.wanted_db, wait_s=0.5)
            _, wanted = self._store.read()
            if is_blank(wanted) and not is_blank(self._wish[0]):
                return  # made anew in mid-show: the engine gives the wish back
            self._wish = wanted, self._store.lease()
        except StudioError as error:
            # The last wish stays: a database that is locked for a while ends no show.
            if self._store is not None:
                self._store.close()
                self._store = None
            log.warning("what is wanted cannot be read: %s", error)

    def _on_message(self, message: Message, link: Link) -> None:
        if "ask" in message:
            self._desk.answer(message, link.send)
