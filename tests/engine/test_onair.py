"""What the wish and the catalogue put on a feed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from studio.engine.onair import FeedContents, contents
from studio.overlays.content import CardContent, PriceTagContent, TitleContent
from studio.shop.catalogue import Catalogue, ProductView
from studio.show.model import Feed
from studio.show.wanted import Wanted, opened, with_feature, with_overlay
from tests.show.samples import SHOW, a_show

WIDE = Feed(name="wide")


def _bag(**changes: Any) -> ProductView:
    given: dict[str, Any] = {
        "sku": "BAG-01",
        "name": "Carved bag",
        "currency": "USD",
        "prices": {"USD": 17900, "EUR": 16500, "JPY": 26000},
        "was": 22000,
        "left": 12,
        "names": {"zh": "手工雕花肩包"},
    }
    return ProductView(**{**given, **changes})


def _on(product: ProductView, feed: Feed = WIDE, wanted: Wanted | None = None) -> FeedContents:
    return contents(wanted or with_feature(opened(SHOW), "BAG-01"), Catalogue((product,)), feed)


def test_a_featured_product_has_a_card() -> None:
    assert _on(_bag()) == FeedContents(
        card=CardContent(
            name="Carved bag",
            price_text="$179.00",
            was_text="$220.00",
            percent=18,
            quiet_line="12 left",
        ),
        title=TitleContent(text="Carved leather"),
    )


def test_each_feed_speaks_its_language_and_counts_in_its_currency() -> None:
    found = _on(_bag(), Feed(name="cn", language="zh", currency="JPY"))
    assert found.card is not None
    assert found.card.name == "手工雕花肩包"
    assert found.card.price_text == "JP¥26,000"
    assert found.card.language == "zh"
    assert found.title == TitleContent(text="Carved leather", language="zh")


def test_a_currency_without_a_price_shows_the_products_own() -> None:
    found = _on(_bag(), Feed(name="gb", currency="GBP"))
    assert found.card is not None
    assert found.card.price_text == "$179.00"
    assert found.card.was_text == "$220.00"


def test_the_struck_price_holds_only_in_its_own_currency() -> None:
    found = _on(_bag(), Feed(name="eu", currency="EUR"))
    assert found.card is not None
    assert (found.card.price_text, found.card.was_text, found.card.percent) == ("€165.00", "", None)


@pytest.mark.parametrize("was", [None, 17900, 100])
def test_a_price_that_did_not_fall_strikes_nothing(was: int | None) -> None:
    found = _on(_bag(was=was))
    assert found.card is not None
    assert (found.card.was_text, found.card.percent) == ("", None)


@pytest.mark.parametrize(("left", "line", "sold_out"), [(None, "", False), (1, "1 left", False), (0, "", True)])
def test_what_is_left_is_told(left: int | None, line: str, sold_out: bool) -> None:
    found = _on(_bag(left=left))
    assert found.card is not None
    assert found.card.sold_out is sold_out
    assert found.card.quiet_line == line


def test_a_photo_is_named_by_its_path() -> None:
    found = _on(_bag(photo=Path("photos") / "bag.jpg"))
    assert found.card is not None
    assert found.card.photo == str(Path("photos") / "bag.jpg")


def test_overlays_follow_what_is_wanted() -> None:
    wanted = with_feature(opened(SHOW), "bag-01")
    assert _on(_bag(), wanted=wanted).price is None
    wanted = with_overlay(wanted, "price", on=True)
    wanted = with_overlay(with_overlay(wanted, "card", on=False), "title", on=False)
    assert _on(_bag(), wanted=wanted) == FeedContents(price=PriceTagContent(price_text="$179.00"))


@pytest.mark.parametrize("sku", ["", "GONE-99"])
def test_without_a_product_there_is_only_the_title(sku: str) -> None:
    wanted = with_overlay(with_feature(opened(SHOW), sku), "price", on=True)
    assert _on(_bag(), wanted=wanted) == FeedContents(title=TitleContent(text="Carved leather"))


def test_a_show_without_a_title_has_no_bar() -> None:
    assert _on(_bag(), wanted=opened(a_show(title=""))) == FeedContents()


def test_without_a_show_nothing_is_drawn() -> None:
    assert contents(Wanted(feature="BAG-01"), Catalogue((_bag(),)), WIDE) == FeedContents()


def test_a_product_that_lost_its_price_is_not_shown_and_stops_nothing() -> None:
    wanted = with_overlay(with_feature(opened(SHOW), "BAG-01"), "price", on=True)
    assert _on(_bag(prices={"JPY": 26000}), wanted=wanted) == FeedContents(title=TitleContent(text="Carved leather"))


@pytest.mark.parametrize(
    ("keyword", "left", "language", "line"),
    [
        ("bag", 12, "en", "12 left · say “\u2068bag\u2069”"),
        ("bag", None, "en", "say “\u2068bag\u2069”"),
        ("bag", 12, "de", "Noch 12 da · schreib „\u2068bag\u2069“"),
        ("bag-01", 12, "en", "12 left"),
        ("", 12, "en", "12 left"),
        ("bag", 0, "en", ""),
    ],
)
def test_the_quiet_line_says_the_keyword(keyword: str, left: int | None, language: str, line: str) -> None:
    found = _on(_bag(keyword=keyword, left=left), Feed(name="feed", language=language))
    assert found.card is not None
    assert found.card.quiet_line == line
