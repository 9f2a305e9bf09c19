"""The studio floor: a show prepared, with its feeds ticking and its sources looked at, on air or not."""

from __future__ import annotations

import logging

from studio.engine.admission import SourceView
from studio.engine.alarms import HeardSource, audio_status, picture_problems, sound_problems
from studio.engine.compose import place
from studio.engine.crew import Crew
from studio.engine.faults import Faults
from studio.engine.feed import FeedThread
from studio.engine.inlet import InletSettings
from studio.engine.inlets import SourceInlet
from studio.engine.onair import contents
from studio.engine.overlay_worker import OverlayRequest
from studio.engine.preview import Preview
from studio.engine.sound import Listeners, SoundPlan, SoundSource, picture_delay_ms
from studio.errors import InputError
from studio.media.clock import Clock
from studio.media.picture import Size
from studio.shop.catalogue import Catalogue
from studio.show.model import Scene, Show
from studio.show.plan import layer_rect, plan_sources
from studio.show.status import AudioStatus
from studio.show.status_map import PREVIEWS, StatusMapWriter
from studio.show.theme import Theme, load_theme
from studio.show.wanted import Wanted
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)


class Floor:
    """One show's feeds, inlets, overlays and previews. Nothing here is encoded. Owned by the control thread."""

    def __init__(
        self,
        show: Show,
        crew: Crew,
        status_map: StatusMapWriter,
        workspace: Workspace,
        clock: Clock,
        epoch_ns: int,
    ) -> None:
        """Start the feeds' threads, which tick from now on."""
        self.show = show
        self._crew, self._map = crew, status_map
        self._placed: Scene | None = None
        self._on: frozenset[str] = frozenset()  # the sources that are heard
        self._muted = False
        self._drawn: tuple[object, ...] = ()
        self._previews: dict[str, Preview] = {}
        self.theme, self._theme_problems = _theme_of(show)
        self.inlets = {plan.source.name: SourceInlet(plan, workspace, clock) for plan in plan_sources(show)}
        self.faults = {feed.name: Faults(f"arranging feed {feed.name}") for feed in show.feeds}
        self.threads = {feed.name: FeedThread(feed, clock, epoch_ns) for feed in show.feeds}
        for thread in self.threads.values():
            layers = [layer for scene in show.scenes for layer in scene.layers]
            sizes = frozenset(Size(*layer_rect(layer, thread.feed.size)[2:]) for layer in layers)
            crew.overlays.draw_slates(thread, show.title, self.theme, sizes)
            thread.start()

    def stop(self) -> None:
        for thread in self.threads.values():
            thread.stop()
        for preview in self._previews.values():
            preview.stop()

    @property
    def revision(self) -> int:
        """The wish that all feeds show by now."""
        return min(thread.revision for thread in self.threads.values())

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with what is drawn, seen and heard, in words."""
        drawn = [one for name in self.threads for one in self._crew.overlays.problems(name)]
        seen = picture_problems([inlet.status() for inlet in self.inlets.values()])
        heard = sound_problems(self._heard, self._crew.mix.status, muted=self._muted)
        return (*self._theme_problems, *drawn, *heard, *seen)

    @property
    def audio(self) -> AudioStatus:
        return audio_status(self._heard, self._crew.mix.status, muted=self._muted)

    def refresh(self) -> None:
        """Look at the sources."""
        for inlet in self.inlets.values():
            inlet.refresh()

    def on_scene(self, wanted: Wanted) -> list[SourceView]:
        """The sources that the scene on air shows."""
        shown = [self.inlets[layer.source] for layer in self._scene(wanted).layers if layer.source in self.inlets]
        return [SourceView(inlet.state, inlet.failed_to_open) for inlet in shown]

    def arrange(self, wanted: Wanted, revision: int, catalogue: Catalogue) -> None:
        """Scene and overlays as wanted now. A feed whose own cannot be made keeps what it has."""
        scene = self._scene(wanted)
        if self._placed != scene:
            self._placed = scene
            for thread in self.threads.values():
                try:
                    thread.scene = place(scene, thread.feed, self.inlets)
                except Exception as error:  # noqa: BLE001 - this feed keeps its scene, and the others go on
                    self.faults[thread.feed.name].caught(error)
        if self._drawn != (revision, catalogue):
            self._drawn = (revision, catalogue)
            self._draw(wanted, revision, catalogue)

    def sound(self, wanted: Wanted, listeners: Listeners) -> None:
        """Have the mix sound as wanted, for the feeds that are on air."""
        on_scene = {layer.source for layer in self._scene(wanted).layers}
        self._on = frozenset(
            name
            for name, inlet in self.inlets.items()
            if inlet.plan.sound and (inlet.plan.source.audio == "always" or name in on_scene)
        )
        self._muted = wanted.muted
        sources = {}
        for name, inlet in self.inlets.items():
            rings, source = inlet.rings, self.show.source(name)
            if rings is None or rings.sound is None:
                continue
            delay_ms = source.delay_ms + picture_delay_ms(self.show)
            settings = InletSettings(on=name in self._on, gain_db=source.gain_db, delay_ms=delay_ms)
            sources[name] = SoundSource(rings.generation, rings.sound, settings)
        self._crew.mix.follow(SoundPlan(sources, listeners, muted=wanted.muted))

    def preview(self, *, wanted: bool) -> None:
        """Make pictures for a window, while one is open."""
        if wanted == bool(self._previews):
            return
        if wanted:
            for index, feed in enumerate(self.show.feeds[:PREVIEWS]):
                self._previews[feed.name] = Preview(index, feed.size, self._map)
                self.threads[feed.name].preview = self._previews[feed.name]
        else:
            for name, preview in self._previews.items():
                self.threads[name].preview = None
                preview.stop()
            self._previews.clear()

    @property
    def _heard(self) -> list[HeardSource]:
        statuses = [inlet.status() for name, inlet in self.inlets.items() if name in self._on]
        return [HeardSource(self.show.source(one.name), one.state, one.reason) for one in statuses]

    def _scene(self, wanted: Wanted) -> Scene:
        return next((one for one in self.show.scenes if one.name == wanted.scene), self.show.scenes[0])

    def _draw(self, wanted: Wanted, revision: int, catalogue: Catalogue) -> None:
        on_air_first = sorted(catalogue.products.values(), key=lambda one: one.sku != wanted.feature)
        self._crew.photos.follow([one.photo for one in on_air_first if one.photo is not None])
        for thread in self.threads.values():
            try:
                now = contents(wanted, catalogue, thread.feed)
            except Exception as error:  # noqa: BLE001 - this feed keeps its card, and the others go on
                self.faults[thread.feed.name].caught(error)
            else:
                self._crew.overlays.request(OverlayRequest(thread, now, self.theme, revision))


def _theme_of(show: Show) -> tuple[Theme, tuple[str, ...]]:
    """The show's theme, or, where its file was changed since, the usual one and why: no reason to be off air."""
    try:
        return load_theme(show.theme), ()
    except InputError as error:
        log.warning("%s", error)
        return load_theme("ink"), (f"The cards look as usual, for the theme cannot be used: {error}",)
