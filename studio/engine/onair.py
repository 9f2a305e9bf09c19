"""What is drawn on a feed: the texts of its card, price tag and title bar. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from studio.overlays.content import CardContent, PriceTagContent, TitleContent
from studio.overlays.percent import percent_off
from studio.overlays.words import left_words, say_words
from studio.shop.catalogue import Catalogue, ProductView
from studio.shop.price_text import price_text
from studio.show.model import Feed
from studio.show.wanted import Wanted


@dataclass(frozen=True, slots=True)
class FeedContents:
    """The contents of a feed's overlay slots; equal contents need no new drawing."""

    card: CardContent | None = None
    price: PriceTagContent | None = None
    title: TitleContent | None = None


def contents(wanted: Wanted, catalogue: Catalogue, feed: Feed) -> FeedContents:
    """What the wish and the catalogue, as they are at this instant, put on a feed."""
    if wanted.show is None:
        return FeedContents()
    product = catalogue.find(wanted.feature) if wanted.feature else None
    if product is not None and not {feed.currency, product.currency} & product.prices.keys():
        product = None  # a card without its price would say nothing
    title = wanted.show.title
    return FeedContents(
        card=_card(product, feed) if product is not None and wanted.overlay_on("card") else None,
        price=_price_tag(product, feed) if product is not None and wanted.overlay_on("price") else None,
        title=TitleContent(text=title, language=feed.language) if title and wanted.overlay_on("title") else None,
    )


def _card(product: ProductView, feed: Feed) -> CardContent:
    minor, currency = product.price_in(feed.currency)
    # The struck price is only known in the show's own currency.
    was = product.was if product.was is not None and currency == product.currency and product.was > minor else None
    return CardContent(
        name=product.name_in(feed.language),
        price_text=price_text(minor, currency, feed.language),
        was_text=price_text(was, currency, feed.language) if was is not None else "",
        percent=percent_off(was, minor) if was is not None else None,
        quiet_line=_quiet_line(product, feed.language),
        photo=str(product.photo) if product.photo is not None else None,
        language=feed.language,
        sold_out=product.left == 0,
    )


def _quiet_line(product: ProductView, language: str) -> str:
    """How many are left, and what to say for one; the SKU is no word to be said. Nothing once it is sold out."""
    if product.left == 0:
        return ""  # the stamp says it
    left = [left_words(product.left, language)] if product.left is not None else []
    named = product.keyword and product.keyword.casefold() != product.sku.casefold()
    return " · ".join([*left, say_words(product.keyword, language)] if named else left)


def _price_tag(product: ProductView, feed: Feed) -> PriceTagContent:
    minor, currency = product.price_in(feed.currency)
    return PriceTagContent(price_text=price_text(minor, currency, feed.language), language=feed.language)
