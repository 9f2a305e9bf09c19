"""Draws cards, tags and titles off the frame path: one thread for all feeds."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass

from studio.engine.feed import FeedThread, OverlayUpdate
from studio.engine.onair import FeedContents
from studio.media.picture import Picture, Size
from studio.overlays.blend import Prepared, blend, prepare
from studio.overlays.card import draw_card
from studio.overlays.photo import PhotoShelf
from studio.overlays.price_tag import draw_price_tag
from studio.overlays.slate import draw_slate
from studio.overlays.theme import Theme
from studio.overlays.title_bar import draw_title_bar

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OverlayRequest:
    """The whole of what a feed should show; newer replaces older."""

    feed: FeedThread
    contents: FeedContents
    theme: Theme
    revision: int


class OverlayWorker:
    """Runs on the thread `overlays`. One place for each feed: a newer request replaces one not yet begun."""

    def __init__(self, photos: PhotoShelf) -> None:
        self._photos = photos
        self._wanted: dict[str, OverlayRequest] = {}
        self._done: dict[str, tuple[FeedThread, Theme, FeedContents]] = {}
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="overlays", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._jobs.put(None)
        self._thread.join(5)

    def request(self, request: OverlayRequest) -> None:
        name = request.feed.feed.name
        self._wanted[name] = request
        self._jobs.put(lambda: self._serve(name))

    def draw_slates(self, feed: FeedThread, text: str, theme: Theme, sizes: frozenset[Size]) -> None:
        """Make the slate in each size and give it to the feed."""
        self._jobs.put(lambda: self._slates(feed, text, theme, sizes))

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception:
                # A card that cannot be drawn must not take the show with it: the previous one stays.
                log.exception("an overlay could not be drawn")

    def _serve(self, name: str) -> None:
        request = self._wanted.pop(name, None)
        if request is None:
            return
        feed, theme, before = self._done.get(name, (None, None, FeedContents()))
        afresh = feed is not request.feed or theme != request.theme
        if afresh:
            before = FeedContents()
        slots: dict[str, Prepared | None] = {}
        size, now = Size(*request.feed.feed.size), request.contents
        if now.card != before.card:
            slots["card"] = prepare(draw_card(now.card, request.theme, size, self._photos)) if now.card else None
        if now.price != before.price:
            slots["price"] = prepare(draw_price_tag(now.price, request.theme, size)) if now.price else None
        if now.title != before.title:
            slots["title"] = prepare(draw_title_bar(now.title, request.theme, size)) if now.title else None
        self._done[name] = (request.feed, request.theme, now)
        request.feed.update(OverlayUpdate(request.revision, slots))

    def _slates(self, feed: FeedThread, text: str, theme: Theme, sizes: frozenset[Size]) -> None:
        made = {}
        for size in sizes:
            picture = Picture.black(size)
            blend(picture, prepare(draw_slate(text, feed.feed.language, theme, size)))
            made[size] = picture
        feed.slates = made
