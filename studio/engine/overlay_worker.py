"""Draws cards, tags and titles off the frame path: one thread for all feeds."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from studio.engine.feed import FeedThread, OverlayUpdate
from studio.engine.onair import FeedContents
from studio.media.picture import Picture, Size
from studio.overlays.blend import Prepared, blend, prepare
from studio.overlays.card import draw_card
from studio.overlays.photo import PhotoShelf
from studio.overlays.price_tag import draw_price_tag
from studio.overlays.slate import draw_slate
from studio.overlays.title_bar import draw_title_bar
from studio.show.theme import Theme

log = logging.getLogger(__name__)

_WORDS = {"card": "product card", "price": "price tag", "title": "title bar"}


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
        self._problems: dict[str, tuple[str, ...]] = {}  # by feed; swapped whole
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

    def problems(self, feed: str) -> tuple[str, ...]:
        """What of a feed's overlays cannot be drawn, in words."""
        return self._problems.get(feed, ())

    def draw_slates(self, feed: FeedThread, text: str, theme: Theme, sizes: frozenset[Size]) -> None:
        """Make the slate in each size and give it to the feed."""
        self._jobs.put(lambda: self._slates(feed, text, theme, sizes))

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception:
                log.exception("an overlay could not be drawn")  # the others are, and what was shown stays

    def _serve(self, name: str) -> None:
        request = self._wanted.pop(name, None)
        if request is None:
            return
        feed, theme, before = self._done.get(name, (None, None, FeedContents()))
        afresh = feed is not request.feed or theme != request.theme
        if afresh:
            before = FeedContents()
        slots: dict[str, Prepared | None] = {}
        failed: dict[str, str] = {}
        for slot, draw in self._changes(before, request).items():
            try:
                slots[slot] = draw()
            except Exception as error:
                # Taken off, for the old one would show what is no longer so; and the others are drawn all the same.
                log.exception("the %s of feed %s could not be drawn", _WORDS[slot], name)
                slots[slot] = None
                failed[slot] = _told(slot, name, error)
        done = replace(request.contents, **dict.fromkeys(failed))  # what failed is tried again with the next change
        self._done[name] = (request.feed, request.theme, done)
        self._problems = {**self._problems, name: tuple(failed.values())}
        request.feed.update(OverlayUpdate(request.revision, slots))

    def _changes(self, before: FeedContents, request: OverlayRequest) -> dict[str, Callable[[], Prepared | None]]:
        """How to draw each slot that is not yet as it should be."""
        now, theme, size = request.contents, request.theme, Size(*request.feed.feed.size)
        card, price, title = now.card, now.price, now.title
        changes: dict[str, Callable[[], Prepared | None]] = {}
        if card != before.card:
            changes["card"] = lambda: prepare(draw_card(card, theme, size, self._photos)) if card else None
        if price != before.price:
            changes["price"] = lambda: prepare(draw_price_tag(price, theme, size)) if price else None
        if title != before.title:
            changes["title"] = lambda: prepare(draw_title_bar(title, theme, size)) if title else None
        return changes

    def _slates(self, feed: FeedThread, text: str, theme: Theme, sizes: frozenset[Size]) -> None:
        made = {}
        for size in sizes:
            picture = Picture.black(size)
            blend(picture, prepare(draw_slate(text, feed.feed.language, theme, size)))
            made[size] = picture
        feed.slates = made


def _told(slot: str, feed: str, error: Exception) -> str:
    fault = type(error).__name__
    return f"The {_WORDS[slot]} of feed {feed} cannot be drawn ({fault}): it is left out, and the log says more"
