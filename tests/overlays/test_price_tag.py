from __future__ import annotations

import pytest

from studio.media.picture import Rect
from studio.overlays.card import draw_card
from studio.overlays.content import CardContent, PriceTagContent, TitleContent
from studio.overlays.frame import Frame
from studio.overlays.price import set_price
from studio.overlays.price_tag import draw_price_tag
from studio.overlays.raster import Raster
from studio.overlays.title_bar import draw_title_bar
from studio.show.theme import Theme
from tests.overlays.conftest import SHAPES, near, rows_and_columns
from tests.overlays.goldens import assert_golden, over_grey
from tests.overlays.test_card import PRICES


@pytest.mark.parametrize("shape", SHAPES)
def test_digits_are_at_least_45_thousandths_of_the_frame_high(shape: str, ink: Theme) -> None:
    for digits in ("179", "12345678901234567890"):
        raster = draw_price_tag(PriceTagContent(digits, "en"), ink, SHAPES[shape])
        top, bottom, _, _ = rows_and_columns(near(raster.pixels, ink.colours.tag_text))
        assert bottom - top + 1 >= 0.045 * SHAPES[shape].height


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("price", "language"), PRICES)
def test_card_tag_and_title_never_lie_on_each_other(price: str, language: str, shape: str, ink: Theme) -> None:
    size = SHAPES[shape]
    title = draw_title_bar(TitleContent("A very long title of a very long show about leather", language), ink, size)
    tag = draw_price_tag(PriceTagContent(price, language), ink, size)
    card = draw_card(CardContent("Bag " * 40, price, language, price, 5, "12 left " * 9), ink, size)
    places = [_solid(one) for one in (title, tag, card)]
    for number, place in enumerate(places):
        assert place.x >= 0
        assert place.x + place.width <= size.width
        for other in places[number + 1 :]:
            assert (
                place.x + place.width <= other.x
                or other.x + other.width <= place.x
                or place.y + place.height <= other.y
                or other.y + other.height <= place.y
            )


@pytest.mark.parametrize("language", ["en", "ar"])
def test_tags_look_as_they_are_meant_to(language: str, ink: Theme) -> None:
    price = {"en": "$179.00", "ar": "\u2068\u200f٦٥٧٫٠٠\u00a0ر.س.\u200f\u2069"}[language]
    raster = draw_price_tag(PriceTagContent(price, language), ink, SHAPES["720p"])
    assert_golden(f"tag-{language}", over_grey(raster))


def _solid(raster: Raster) -> Rect:
    top, bottom, left, right = rows_and_columns(raster.pixels[:, :, 3] > 128)
    return Rect(raster.x + left, raster.y + top, right - left + 1, bottom - top + 1)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_usual_price_is_not_narrowed(shape: str, ink: Theme) -> None:
    """Its figures are as wide as on the card, and the tag is wider than they are."""
    size = SHAPES[shape]
    raster = draw_price_tag(PriceTagContent("$179.00", "en"), ink, size)
    _, _, left, right = rows_and_columns(near(raster.pixels, ink.colours.tag_text))
    assert right - left + 1 == pytest.approx(set_price("$179.00", "en", Frame(size, ink)).width, abs=4)
    assert right - left + 1 > 3.5 * 0.045 * size.height
