"""Drawing cards off the frame path: the newest wish for each feed, drawn only where it changed."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QGuiApplication

from studio.engine.feed import FeedThread, OverlayUpdate
from studio.engine.onair import FeedContents
from studio.engine.overlay_worker import OverlayRequest, OverlayWorker
from studio.media.picture import Size
from studio.overlays.card import draw_card
from studio.overlays.content import CardContent, PriceTagContent, TitleContent
from studio.overlays.photo import PhotoShelf
from studio.overlays.text import start_text
from studio.show.model import Feed
from studio.show.theme import Theme, load_theme
from tests.media.manual_clock import START_NS, ManualClock
from tests.services.waiting import wait_for

CARD = CardContent(name="Carved bag", price_text="$179")
CONTENTS = FeedContents(card=CARD, title=TitleContent("Carved leather"))


class Noted(FeedThread):
    """A feed that is not started: it only notes what it is given."""

    def __init__(self, name: str = "wide") -> None:
        super().__init__(Feed(name=name, size=(320, 180)), ManualClock(), START_NS)
        self.updates: list[OverlayUpdate] = []

    def update(self, update: OverlayUpdate) -> None:
        self.updates.append(update)

    def wait(self, count: int) -> OverlayUpdate:
        wait_for(lambda: len(self.updates) >= count, 20, f"{count} updates")
        return self.updates[count - 1]


@pytest.fixture
def theme(qapp: QGuiApplication) -> Theme:
    start_text()
    return load_theme("ink")


@pytest.fixture
def worker(theme: Theme) -> Iterator[OverlayWorker]:
    worker = OverlayWorker(PhotoShelf())
    worker.start()
    yield worker
    worker.stop()


def test_a_new_feed_gets_all_that_it_should_show(worker: OverlayWorker, theme: Theme) -> None:
    feed = Noted()
    contents = FeedContents(CARD, PriceTagContent("$179"), TitleContent("Leather"))
    worker.request(OverlayRequest(feed, contents, theme, 4))
    update = feed.wait(1)
    assert update.revision == 4
    assert set(update.slots) == {"card", "price", "title"}
    for prepared in update.slots.values():
        assert prepared is not None
        assert prepared.raster.pixels.any()


def test_only_what_changed_is_drawn_again(worker: OverlayWorker, theme: Theme) -> None:
    feed = Noted()
    worker.request(OverlayRequest(feed, CONTENTS, theme, 1))
    feed.wait(1)
    worker.request(OverlayRequest(feed, CONTENTS, theme, 2))
    assert feed.wait(2) == OverlayUpdate(2, {}), "nothing, but the revision is actual"
    worker.request(OverlayRequest(feed, FeedContents(CardContent("Bag", "$163"), None, CONTENTS.title), theme, 3))
    assert set(feed.wait(3).slots) == {"card"}
    worker.request(OverlayRequest(feed, FeedContents(title=CONTENTS.title), theme, 4))
    assert feed.wait(4).slots == {"card": None}


def test_a_feed_of_the_next_show_gets_everything_although_its_name_is_known(
    worker: OverlayWorker, theme: Theme
) -> None:
    first, second = Noted(), Noted()
    worker.request(OverlayRequest(first, CONTENTS, theme, 1))
    first.wait(1)
    worker.request(OverlayRequest(second, CONTENTS, theme, 2))
    assert set(second.wait(1).slots) == {"card", "title"}
    assert len(first.updates) == 1


def test_another_theme_draws_all_anew(worker: OverlayWorker, theme: Theme) -> None:
    feed = Noted()
    worker.request(OverlayRequest(feed, CONTENTS, theme, 1))
    feed.wait(1)
    worker.request(OverlayRequest(feed, CONTENTS, load_theme("kraft"), 2))
    assert set(feed.wait(2).slots) == {"card", "title"}


def test_of_several_wishes_that_wait_only_the_newest_is_drawn(theme: Theme) -> None:
    worker, feed, other = OverlayWorker(PhotoShelf()), Noted(), Noted("tall")
    for revision in range(1, 6):
        card = CardContent("Bag", f"${revision}")
        worker.request(OverlayRequest(feed, FeedContents(card), theme, revision))
    worker.request(OverlayRequest(other, CONTENTS, theme, 5))
    worker.start()
    other.wait(1)
    worker.stop()
    assert [update.revision for update in feed.updates] == [5]


def test_what_cannot_be_drawn_costs_only_itself_and_is_told_until_it_can(
    worker: OverlayWorker, theme: Theme, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def draw(content: CardContent, *rest: object) -> object:
        if content.name == "bad":
            raise RuntimeError("a bug")
        return draw_card(content, *rest)  # type: ignore[arg-type]

    feed, tag, title = Noted(), PriceTagContent("$1"), TitleContent("Leather")
    monkeypatch.setattr("studio.engine.overlay_worker.draw_card", draw)
    worker.request(OverlayRequest(feed, CONTENTS, theme, 1))
    feed.wait(1)
    with caplog.at_level(logging.ERROR):
        worker.request(OverlayRequest(feed, FeedContents(CardContent("bad", "$1"), tag, title), theme, 2))
        update = feed.wait(2)
    assert update.revision == 2
    assert update.slots["card"] is None, "the old one would show what is no longer so"
    assert update.slots["price"] is not None
    assert update.slots["title"] is not None
    assert "product card of feed wide could not be drawn" in caplog.text
    (problem,) = worker.problems("wide")
    assert "product card of feed wide" in problem
    assert worker.problems("tall") == ()
    worker.request(OverlayRequest(feed, FeedContents(CardContent("bad", "$1"), tag, title), theme, 3))
    assert feed.wait(3).slots == {"card": None}, "it is tried again"
    assert worker.problems("wide") == (problem,)
    worker.request(OverlayRequest(feed, FeedContents(CardContent("good", "$1"), tag, title), theme, 4))
    assert feed.wait(4).slots["card"] is not None
    assert worker.problems("wide") == ()


def test_what_is_not_wanted_any_more_is_no_problem_any_more(
    worker: OverlayWorker, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    def draw(*_: object) -> object:
        raise RuntimeError("a bug")

    feed = Noted()
    monkeypatch.setattr("studio.engine.overlay_worker.draw_card", draw)
    worker.request(OverlayRequest(feed, CONTENTS, theme, 1))
    feed.wait(1)
    assert len(worker.problems("wide")) == 1
    worker.request(OverlayRequest(feed, FeedContents(title=CONTENTS.title), theme, 2))
    feed.wait(2)
    assert worker.problems("wide") == ()


def test_slates_that_cannot_be_drawn_hold_up_nothing(
    worker: OverlayWorker, theme: Theme, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def draw(*_: object) -> object:
        raise RuntimeError("a bug")

    feed = Noted()
    monkeypatch.setattr("studio.engine.overlay_worker.draw_slate", draw)
    with caplog.at_level(logging.ERROR):
        worker.draw_slates(feed, "Back soon", theme, frozenset({Size(320, 180)}))
        worker.request(OverlayRequest(feed, CONTENTS, theme, 1))
        feed.wait(1)
    assert feed.slates == {}
    assert "an overlay could not be drawn" in caplog.text


def test_slates_are_drawn_in_every_size(worker: OverlayWorker, theme: Theme) -> None:
    feed, sizes = Noted(), frozenset({Size(320, 180), Size(160, 90), Size(2, 2)})
    worker.draw_slates(feed, "Back soon", theme, sizes)
    slates = wait_for(lambda: feed.slates, 20)
    assert set(slates) == sizes
    for size, picture in slates.items():
        assert picture.size == size
    assert len(set(slates[Size(320, 180)].y.flat)) > 2, "it says something"
