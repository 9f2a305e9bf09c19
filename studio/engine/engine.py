"""Makes what is actual equal to what is wanted, again and again, like a thermostat."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass
from typing import Literal

from msgspec.structs import replace

from studio.engine.compose import place
from studio.engine.faults import Faults
from studio.engine.feed import FeedThread
from studio.engine.inlet import InletSettings
from studio.engine.inlets import SourceInlet
from studio.engine.journal import ShowJournal
from studio.engine.keys import KeyAsker
from studio.engine.live import LiveShow
from studio.engine.mirror import Mirror, Wish
from studio.engine.onair import contents
from studio.engine.overlay_worker import OverlayRequest, OverlayWorker
from studio.engine.photos import PhotoReader
from studio.engine.preview import Preview
from studio.engine.report import status_of
from studio.engine.sound import MixThread, SoundPlan, SoundSource, picture_delay_ms
from studio.errors import InputError
from studio.media.clock import Clock, utc_now
from studio.media.picture import Size
from studio.overlays.text import start_text
from studio.overlays.theme import Theme, load_theme
from studio.show.flags import WishFlags
from studio.show.model import Scene, Show
from studio.show.plan import layer_rect, plan_sources
from studio.show.status_map import PREVIEWS, StatusMapWriter
from studio.show.wanted import Wanted
from studio.system import boot_id, going_live
from studio.system.locks import is_held
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)

_TURN_S = 0.05
_STATUS_NS = 100_000_000
_RENEW_NS = 5_000_000_000
_FIRST_PICTURE_NS = 4_000_000_000  # a new show waits so long for its camera before viewers see the slate
_OPENING_NS = 8_000_000_000  # and so long while all of them are still opening: a network camera needs its time
_FIRST_CARD_NS = 1_000_000_000  # and so long, after its camera, for its card
_IDLE_NS = 6_000_000_000  # an engine that nobody wants ends after so long

PATIENCE_NS = 60_000_000_000  # long enough to give a refused destination a fresh key

End = Literal["off", "time", "lease", "no_source", "nothing_out"]


@dataclass(slots=True)
class _Air:
    """The show on air."""

    live: LiveShow
    wanted: Wanted  # as it began
    started_ns: int
    seen_ns: int = 0  # of the last turn that found it wanted
    heard_ns: int = 0  # when somebody, or a recording, last got it
    shown: str = ""  # the SKU of the product on air
    ended_ns: int = 0


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
        self._mirror = Mirror(workspace, clock, self._wake.set)
        self._journal = ShowJournal(workspace)
        self._flags = WishFlags(workspace)
        self._map = StatusMapWriter(workspace.status)
        self._photos = PhotoReader(clock)
        self._overlays = OverlayWorker(self._photos.shelf)
        self._mix = MixThread(clock, self._epoch_ns)
        self._show: Show | None = None
        self._theme: Theme | None = None
        self._theme_problem: tuple[str, ...] = ()
        self._threads: dict[str, FeedThread] = {}
        self._faults: dict[str, Faults] = {}  # of arranging each feed
        self._inlets: dict[str, SourceInlet] = {}
        self._previews: dict[str, Preview] = {}
        self._placed: tuple[object, ...] = ()
        self._drawn: tuple[object, ...] = ()
        self._air: _Air | None = None
        self._ended: _Air | None = None  # the show that has just been on air: what became of it stays in the status
        self._pending_ns = 0  # since when the show that is wanted has been waiting for its first picture
        self._pictured_ns = 0  # since when that show has had its picture, and waits for its card
        self._over: dict[str, End] = {}  # shows that have ended, by id
        self._status_ns = self._renew_ns = 0
        self._useful_ns = clock.now_ns()

    def stop(self) -> None:
        """Asked to end by the system: write off first, so that nobody starts the show again."""
        self._stop_wanted.set()
        self._wake.set()

    def run(self) -> None:
        """Until nothing is wanted any more."""
        start_text()  # on the main thread: Qt ties its application to the thread that made it
        self._journal.start()
        self._mirror.start()
        self._photos.start()
        self._overlays.start()
        self._mix.start()
        self._mirror.ready.wait(5)
        try:
            while self._turn():
                self._wake.wait(_TURN_S)
                self._wake.clear()
            # Not after a fault of ours: a stream that was ended in order is over for its viewers, one that was cut
            # goes on with the next engine.
            self._go_off("off")
        finally:
            for thread in self._threads.values():
                thread.stop()
            for preview in self._previews.values():
                preview.stop()
            self._overlays.stop()
            self._photos.stop()
            self._mix.stop()
            self._mirror.stop()
            self._journal.stop()

    def _turn(self) -> bool:
        now = self._clock.now_ns()
        wish = self._wish()
        wanted = wish.wanted
        if self._stop_wanted.is_set():
            if self._air is not None or wanted.mode == "live":
                self._journal.write_off(wanted.show_id)
            return False
        window = is_held(self._workspace.lock("window"))
        if self._air is not None and self._air.live.show_id != wanted.show_id:
            self._go_off("off")  # another show, even if it is the same file, has taken its place
        refusal = self._refusal(wish, now)
        if wanted.show is not None and (window or not refusal) and wanted.show != self._show:
            self._go_off("off")
            self._prepare(wanted.show)
        for inlet in self._inlets.values():
            inlet.refresh()
        if self._show is not None:
            self._arrange(wish, window=window)
        if refusal:
            self._pending_ns = self._pictured_ns = 0
            self._go_off(refusal)
        else:
            self._go_on(wanted, wish, now)
        if now - self._status_ns >= _STATUS_NS:
            self._status_ns = now
            self._write_status(wish, now)
        if window or not refusal:
            self._useful_ns = now
        # After a show there is nothing to wait for; before the first, whoever started us is about to want it.
        return now - self._useful_ns <= (0 if self._over else _IDLE_NS)

    def _wish(self) -> Wish:
        """The newest wish, with what flags say where the database could not be written."""
        wish = self._mirror.wish
        return Wish(wish.revision, self._flags.applied(wish.wanted), wish.lease)

    def _refusal(self, wish: Wish, now: int) -> End | Literal[""]:
        wanted, lease = wish.wanted, wish.lease
        if wanted.mode != "live" or wanted.show is None:
            return "off"
        if wanted.show_id in self._over:
            return self._over[wanted.show_id]
        if lease is None:
            return "lease"
        if self._air is not None:  # having it on air is as good as a stamp, when the database cannot be written
            lease = replace(lease, stamp_ns=max(lease.stamp_ns, self._air.seen_ns))
        return lease.refusal(wanted.show_id, self._boot_id, now)

    def _prepare(self, show: Show) -> None:
        """Feeds, sources and theme of a show; nothing is encoded yet."""
        for thread in self._threads.values():
            thread.stop()
        for preview in self._previews.values():
            preview.stop()
        self._previews.clear()
        self._show = show
        self._placed = self._drawn = ()
        self._theme, self._theme_problem = _theme_of(show)
        self._inlets = {
            plan.source.name: SourceInlet(plan, self._workspace, self._clock) for plan in plan_sources(show)
        }
        self._faults = {feed.name: Faults(f"arranging feed {feed.name}", self._clock) for feed in show.feeds}
        self._threads = {feed.name: FeedThread(feed, self._clock, self._epoch_ns) for feed in show.feeds}
        for thread in self._threads.values():
            layers = [layer for scene in show.scenes for layer in scene.layers]
            sizes = frozenset(Size(*layer_rect(layer, thread.feed.size)[2:]) for layer in layers)
            self._overlays.draw_slates(thread, show.title, self._theme, sizes)
            thread.start()

    def _arrange(self, wish: Wish, *, window: bool) -> None:
        """Scene, overlays, sound and previews as wanted now."""
        wanted, show = wish.wanted, self._show
        assert show is not None
        scene = _scene_of(show, wanted)
        if self._placed != (scene,):
            self._placed = (scene,)
            for thread in self._threads.values():
                try:
                    thread.scene = place(scene, thread.feed, self._inlets)
                except Exception as error:  # noqa: BLE001 - this feed keeps its scene, and the others go on
                    self._faults[thread.feed.name].caught(error)
        self._draw(wish)
        self._follow_sound(wanted, self._air.live if self._air is not None else None)
        self._preview(show, window=window)

    def _draw(self, wish: Wish) -> None:
        drawn = (wish.revision, self._mirror.catalogue)
        if drawn == self._drawn or self._theme is None:
            return
        self._drawn = drawn
        on_air_first = sorted(
            self._mirror.catalogue.products.values(), key=lambda one: one.sku != wish.wanted.feature
        )
        self._photos.follow([one.photo for one in on_air_first if one.photo is not None])
        for thread in self._threads.values():
            try:
                now = contents(wish.wanted, self._mirror.catalogue, thread.feed)
            except Exception as error:  # noqa: BLE001 - this feed keeps its card, and the others go on
                self._faults[thread.feed.name].caught(error)
            else:
                self._overlays.request(OverlayRequest(thread, now, self._theme, wish.revision))

    def _follow_sound(self, wanted: Wanted, live: LiveShow | None) -> None:
        """Have the mix sound as wanted, for the feeds of the show on air."""
        show = self._show
        assert show is not None
        on_scene = {layer.source for layer in _scene_of(show, wanted).layers}
        sources = {}
        for name, inlet in self._inlets.items():
            rings, source = inlet.rings, show.source(name)
            if rings is None or rings.sound is None:
                continue
            heard = source.audio == "always" or (source.audio == "with_scene" and name in on_scene)
            delay_ms = source.delay_ms + picture_delay_ms(show)
            settings = InletSettings(on=heard, gain_db=source.gain_db, delay_ms=delay_ms)
            sources[name] = SoundSource(rings.generation, rings.sound, settings)
        self._mix.follow(SoundPlan(sources, live.listeners if live is not None else (), muted=wanted.muted))

    def _preview(self, show: Show, *, window: bool) -> None:
        if window == bool(self._previews):
            return
        if window:
            for index, feed in enumerate(show.feeds[:PREVIEWS]):
                self._previews[feed.name] = Preview(index, feed.size, self._map)
                self._threads[feed.name].preview = self._previews[feed.name]
        else:
            for name, preview in self._previews.items():
                self._threads[name].preview = None
                preview.stop()
            self._previews.clear()

    def _go_on(self, wanted: Wanted, wish: Wish, now: int) -> None:
        """The show is wanted on air: put it there, or keep it as wanted."""
        if self._air is None:
            resumed = wish.lease is not None and wish.lease.started_ns != 0
            if not resumed and not (self._first_picture(wanted, now) and self._first_card(wish, now)):
                return
            self._pending_ns = self._pictured_ns = 0
            if not resumed:
                self._keys.forget()
            live = LiveShow(
                wanted,
                self._threads,
                self._workspace,
                self._clock,
                self._keys,
                self._epoch_ns,
                utc_now(),
                resumed=resumed,
            )
            self._power = going_live()
            self._power.__enter__()
            # Ahead of the feeds: the first sound is encoded when the first picture is, not a turn later.
            self._follow_sound(wanted, live)
            live.start(wanted)
            began = live.first_tick_ns() or self._clock.now_ns()
            started = wish.lease.started_ns if resumed and wish.lease is not None else began
            self._air = _Air(live, wanted, started, heard_ns=now)
            self._journal.begin(wanted, started)
            self._flags.sweep(keep=wanted.show_id)
            log.info("on air: %s", wanted.show_id)
            self._wake.set()
        air = self._air
        air.seen_ns = now
        air.live.follow(wanted)
        air.heard_ns = air.heard_ns if air.live.nothing_out else now
        if now - air.heard_ns > self._patience_ns:
            self._go_off("nothing_out")
            return
        if now - self._renew_ns > _RENEW_NS:
            self._renew_ns = now
            self._journal.renew(wanted.show_id, now)
        self._note_product(air, wanted)

    def _note_product(self, air: _Air, wanted: Wanted) -> None:
        """A chapter in the recordings and an interval in the log for each product shown."""
        wish = wanted.feature if wanted.overlay_on("card") else ""
        product = self._mirror.catalogue.find(wish) if wish else None
        shown = product.sku if product is not None else ""
        if shown != air.shown:
            air.shown = shown
            air.live.chapter(product.name_in(air.live.show.language) if product is not None else "")
            self._journal.feature(wanted, shown, (self._clock.now_ns() - air.started_ns) / 1e9)

    def _first_picture(self, wanted: Wanted, now: int) -> bool:
        """Whether to begin: a source of the scene gives pictures, or it has been waited for long enough."""
        self._pending_ns = self._pending_ns or now
        show = self._show
        assert show is not None
        layers = _scene_of(show, wanted).layers
        needed = [self._inlets[layer.source] for layer in layers if layer.source in self._inlets]
        if needed and all(inlet.failed_to_open for inlet in needed):
            self._over[wanted.show_id] = "no_source"
            self._journal.write_off(wanted.show_id)
            self._status_ns = 0  # told in this turn: it may be the last
            return False
        if any(inlet.state == "ok" for inlet in needed):
            return True
        opening = bool(needed) and all(inlet.state == "opening" for inlet in needed)
        return now - self._pending_ns > (_OPENING_NS if opening else _FIRST_PICTURE_NS)

    def _first_card(self, wish: Wish, now: int) -> bool:
        """Whether the first frame would show what is wanted, or that has been waited for long enough."""
        self._pictured_ns = self._pictured_ns or now
        drawn = all(thread.revision >= wish.revision for thread in self._threads.values())
        return drawn or now - self._pictured_ns > _FIRST_CARD_NS

    def _go_off(self, why: End) -> None:
        air, self._air = self._air, None
        wish = self._wish()
        if air is None:
            return
        log.info("going off air: %s", why)
        air.ended_ns = self._clock.now_ns()
        self._over[air.live.show_id] = why
        if why != "off":
            self._journal.write_off(air.live.show_id)
        air.live.end()
        log.info("off air, closed in %d ms", (self._clock.now_ns() - air.ended_ns) // 1_000_000)
        self._journal.end(air.wanted, (self._clock.now_ns() - air.started_ns) / 1e9)
        self._power.__exit__(None, None, None)
        self._ended = air
        self._write_status(wish, self._clock.now_ns())

    def _write_status(self, wish: Wish, now: int) -> None:
        wanted = wish.wanted
        final = wanted.show_id in self._over
        shows = (one for one in (self._air, self._ended) if one is not None)
        air = next((one for one in shows if one.live.show_id == wanted.show_id), None)
        problems = [*self._mirror.problems, *self._journal.problems, *self._theme_problem, *self._photos.warnings]
        status = status_of(
            wanted,
            revision=min((thread.revision for thread in self._threads.values()), default=wish.revision),
            pid=os.getpid(),
            t=max(0.0, ((air.ended_ns or now) - air.started_ns) / 1e9) if air is not None else 0.0,
            live=air.live if air is not None else None,
            threads=self._threads,
            inlets=self._inlets,
            sound=self._mix.status,
            ended=self._over.get(wanted.show_id, ""),
            final=final,
            problems=tuple(problems),
        )
        try:
            self._map.write_status(status)
        except ValueError as error:
            log.warning("the status does not fit: %s", error)


def _scene_of(show: Show, wanted: Wanted) -> Scene:
    return next((one for one in show.scenes if one.name == wanted.scene), show.scenes[0])


def _theme_of(show: Show) -> tuple[Theme, tuple[str, ...]]:
    """The show's theme, or the usual one and why: how cards look is no reason to be off air."""
    try:
        return load_theme(show.theme), ()
    except InputError as error:
        log.warning("%s", error)
        return load_theme("ink"), (f"The cards look as usual, for the theme cannot be used: {error}",)
