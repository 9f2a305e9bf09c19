from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from studio.media.picture import Size
from studio.overlays.card import draw_card
from studio.overlays.card_plan import Plan, plan_card
from studio.overlays.content import CardContent
from studio.overlays.frame import Frame
from studio.overlays.photo import PhotoShelf
from studio.show.theme import Theme, load_theme
from tests.overlays.conftest import SHAPES, SMALL, TALL, WIDE, near, rows_and_columns
from tests.overlays.goldens import assert_golden, over_grey
from tests.overlays.samples import CARDS

LONG_NAME = "Extraordinarily long hand-carved vegetable-tanned shoulder bag with brass buckles " * 4
PRICES = [
    ("$5", "en"),
    ("$179.00", "en"),
    ("US$11,179.00", "en-GB"),
    ("12.500.000\u00a0₫", "vi"),
    ("IRR\u00a01,234,567,890", "en"),
    ("\u2068\u200eریال\u00a0۱۲۵٬۰۰۰٬۰۰۰٬۰۰۰\u2069", "fa"),
    ("\u2068\u200f١٬٢٩٩٫٠٠٠\u00a0د.ك.\u200f\u2069", "ar"),
    ("₹१२,९९९.००", "mr"),
]
THEME_OF = {"en": "ink", "zh": "kraft", "ja": "porcelain", "ar": "kraft", "th": "ink", "he": "porcelain"}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sample", CARDS)
def test_cards_look_as_they_are_meant_to(sample: str, shape: str, photos: PhotoShelf, photo_file: str) -> None:
    theme = load_theme(THEME_OF.get(sample, "porcelain"))
    raster = draw_card(replace(CARDS[sample], photo=photo_file), theme, SHAPES[shape], photos)
    assert_golden(f"card-{sample}-{shape}", over_grey(raster))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("digits", "language"), [("179", "en"), ("٦٥٧", "ar"), ("۱۲۵", "fa"), ("१२३", "hi"), ("1234567890123456", "en")]
)
def test_digits_are_at_least_45_thousandths_of_the_frame_high(
    digits: str, language: str, shape: str, ink: Theme
) -> None:
    size = SHAPES[shape]
    raster = draw_card(CardContent("", digits, language), ink, size)
    top, bottom, _, _ = rows_and_columns(near(raster.pixels, ink.colours.price))
    assert bottom - top + 1 >= 0.045 * size.height


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("price", "language"), PRICES)
@pytest.mark.parametrize("name", ["X", LONG_NAME], ids=["short", "long"])
def test_the_price_is_whole_and_inside_the_card(
    name: str, price: str, language: str, shape: str, ink: Theme, photos: PhotoShelf, photo_file: str
) -> None:
    size = SHAPES[shape]
    content = CardContent(name, price, language, price, 18, "12 left", photo_file)
    plan = plan_card(content, Frame(size, ink), has_photo=True)
    assert plan.price.item.laid.text == price
    assert plan.price.item.laid.lines == 1
    pad = Frame(size, ink).px(ink.sizes.padding)
    assert plan.price.x >= pad
    assert plan.price.x + plan.price.item.width <= plan.width - pad + 1
    assert plan.price.y + plan.price.item.height <= plan.height
    raster = draw_card(content, ink, size, photos)
    height, width = raster.pixels.shape[:2]
    assert raster.x >= 0
    assert raster.x + width <= size.width
    assert raster.y >= 0
    assert raster.y + height <= size.height


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sample", CARDS)
def test_nothing_on_a_card_lies_on_anything_else(sample: str, shape: str, ink: Theme) -> None:
    for content in (CARDS[sample], replace(CARDS[sample], name=LONG_NAME, quiet_line=LONG_NAME[:90])):
        plan = plan_card(content, Frame(SHAPES[shape], ink), has_photo=True)
        boxes = _boxes(plan)
        for number, (left, top, right, bottom) in enumerate(boxes):
            assert left >= 0
            assert top >= 0
            assert right <= plan.width
            assert bottom <= plan.height
            for other in boxes[number + 1 :]:
                apart = right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top
                assert apart, (number, boxes)


def _boxes(plan: Plan) -> list[tuple[float, float, float, float]]:
    """What must stay apart, a pixel smaller on each side: ink is measured outward."""
    price = plan.price.item
    boxes = [
        (plan.name.x, plan.name.y, plan.name.item.width, plan.name.item.height),
        (plan.price.x, plan.price.y + price.top - price.digits, price.width, price.digits),
        *((x, y, line.width, line.height) for line, x, y in plan.quiet),
    ]
    if plan.photo is not None:
        boxes.append((plan.photo.x, plan.photo.y, plan.photo.width, plan.photo.height))
    if plan.badge is not None:
        boxes.append((plan.badge.x, plan.badge.y, plan.badge.item.width, plan.badge.item.height))
    if plan.was is not None:
        boxes.append((plan.was.x, plan.was.y, plan.was.item.width, plan.was.item.height))
    return [(x + 1, y + 1, x + width - 1, y + height - 1) for x, y, width, height in boxes]


def test_a_long_name_wraps_then_ends_with_an_ellipsis_and_the_price_keeps_its_size(ink: Theme) -> None:
    short, long = (
        plan_card(CardContent(name, "$179.00"), Frame(WIDE, ink), has_photo=True) for name in ("Bag", LONG_NAME)
    )
    assert long.name.item.lines == 2
    assert long.name.item.text.endswith("…")
    assert long.price.item == replace(short.price.item, laid=long.price.item.laid)
    assert long.price.item.laid.px == short.price.item.laid.px


def test_upright_the_was_price_moves_to_the_quiet_line(ink: Theme) -> None:
    plan = plan_card(CARDS["en"], Frame(TALL, ink), has_photo=True)
    assert plan.was is None
    assert any("was $220.00" in line.text for line, _, _ in plan.quiet)
    assert plan.price.item.squeeze == 1.0


def test_in_landscape_the_was_price_stands_beside_the_price_while_there_is_room(ink: Theme) -> None:
    assert plan_card(CARDS["en"], Frame(WIDE, ink), has_photo=True).was is not None
    dear = replace(CARDS["en"], price_text="IRR\u00a01,234,567,890", was_text="IRR\u00a01,500,000,000")
    plan = plan_card(dear, Frame(WIDE, ink), has_photo=True)
    assert plan.was is None
    assert "was IRR\u00a01,500,000,000" in plan.quiet[0].item.text


def test_upright_the_card_keeps_clear_of_the_platforms_buttons(ink: Theme) -> None:
    for sample in CARDS.values():
        raster = draw_card(sample, ink, TALL)
        top, bottom, left, right = rows_and_columns(raster.pixels[:, :, 3] > 128)
        assert raster.y + bottom < 0.75 * TALL.height
        assert raster.y + top > 0.09 * TALL.height
        start = TALL.width - (raster.x + right) if sample.language[:2] in {"ar", "he"} else raster.x + left
        end = raster.x + left if sample.language[:2] in {"ar", "he"} else TALL.width - (raster.x + right)
        assert start >= 0.04 * TALL.width
        assert end >= 0.14 * TALL.width


@pytest.mark.parametrize("shape", SHAPES)
def test_right_to_left_the_whole_card_is_mirrored(
    shape: str, ink: Theme, photos: PhotoShelf, photo_file: str
) -> None:
    size = SHAPES[shape]
    content = CardContent("12", "345", "en", "", None, "67", photo_file)
    plain = draw_card(content, ink, size, photos)
    mirrored = draw_card(replace(content, language="he"), ink, size, photos)
    assert plain.pixels.shape == mirrored.pixels.shape
    width = plain.pixels.shape[1]
    assert abs(mirrored.x - (size.width - plain.x - width)) <= 2
    for colour in (ink.colours.price, ink.colours.name):
        (_, _, left, right), (_, _, other_left, other_right) = (
            rows_and_columns(near(one.pixels, colour)) for one in (plain, mirrored)
        )
        assert abs(other_left - (width - 1 - right)) <= 2
        assert abs(other_right - (width - 1 - left)) <= 2


def test_the_photo_is_at_the_side_where_lines_begin(ink: Theme, photos: PhotoShelf, photo_file: str) -> None:
    def columns(language: str) -> float:
        pixels = draw_card(CardContent("Bag", "$5", language, photo=photo_file), ink, WIDE, photos).pixels
        reddish = (pixels[:, :, 0] > 140) & (pixels[:, :, 2] < 80) & (pixels[:, :, 0] < 210)
        return float(np.flatnonzero(reddish.any(axis=0)).mean() / pixels.shape[1])

    assert columns("en") < 0.5 < columns("ar")


def test_the_panel_lets_no_more_through_than_its_theme_says(theme: Theme) -> None:
    pixels = draw_card(CARDS["en"], theme, WIDE).pixels
    middle = pixels[40:-40, 40:-40, 3]
    assert middle.min() >= int(theme.colours.panel_opacity * 255) - 1


def test_a_card_whose_photo_cannot_be_read_has_none(ink: Theme, photos: PhotoShelf) -> None:
    without = draw_card(CARDS["en"], ink, WIDE, photos)
    broken = draw_card(replace(CARDS["en"], photo="no/such/photo.jpg"), ink, WIDE, photos)
    assert np.array_equal(without.pixels, broken.pixels)


@pytest.mark.parametrize("language", ["de-CH", "en", "ar", "ja"])
def test_a_stamp_stays_on_its_card_in_the_smallest_frames(
    language: str, ink: Theme, photos: PhotoShelf, photo_file: str
) -> None:
    content = CardContent("Tasche", "CHF 179.00", language, sold_out=True)
    for size in (Size(640, 360), Size(426, 240), Size(360, 640)):
        sold = draw_card(content, ink, size)
        # With a photo it is as wide: a sold-out card keeps the photo's place for the stamp.
        plain = draw_card(replace(content, sold_out=False, photo=photo_file), ink, size, photos)
        _, _, left, right = rows_and_columns(near(sold.pixels, ink.colours.stamp))
        _, _, card_left, card_right = rows_and_columns(plain.pixels[:, :, 3] > 200)
        assert card_left <= left
        assert right <= card_right


@pytest.mark.parametrize("size", [Size(640, 360), Size(426, 240), Size(360, 640), WIDE, TALL])
@pytest.mark.parametrize(("price", "language"), [("CHF\u00a0179.00", "de-CH"), ("$179.00", "en"), ("١٧٩", "ar")])
def test_a_stamp_covers_neither_the_name_nor_the_price(
    price: str, language: str, size: Size, ink: Theme, photos: PhotoShelf, photo_file: str
) -> None:
    content = CardContent("Tasche", price, language)
    plain = draw_card(replace(content, photo=photo_file), ink, size, photos).pixels
    sold = draw_card(replace(content, sold_out=True), ink, size).pixels
    place = plan_card(content, Frame(size, ink), has_photo=True).photo
    assert place is not None
    text = plain.shape[1] - int(place.x + place.width) - 2 * int(Frame(size, ink).px(ink.sizes.gap))
    columns = slice(0, text) if language == "ar" else slice(-text, None)
    for colour in (ink.colours.name, ink.colours.price):
        assert np.array_equal(near(plain[:, columns], colour), near(sold[:, columns], colour))


def test_sold_out_is_a_stamp_on_the_same_card(ink: Theme, photos: PhotoShelf, photo_file: str) -> None:
    content = replace(CARDS["en"], photo=photo_file)
    plain, sold = (draw_card(replace(content, sold_out=out), ink, WIDE, photos) for out in (False, True))
    assert plain.pixels.shape == sold.pixels.shape
    assert (plain.x, plain.y) == (sold.x, sold.y)
    assert near(sold.pixels, ink.colours.stamp).sum() > 500
    assert not near(plain.pixels, ink.colours.stamp).any()
    price = near(plain.pixels, ink.colours.price)
    assert np.array_equal(price, near(sold.pixels, ink.colours.price))


def test_only_the_price_changes_when_a_digit_changes(ink: Theme) -> None:
    one, other = (draw_card(replace(CARDS["en"], price_text=text), ink, WIDE) for text in ("$179.00", "$171.00"))
    assert one.pixels.shape == other.pixels.shape
    assert (one.x, one.y) == (other.x, other.y)
    _, _, left, right = rows_and_columns((one.pixels != other.pixels).any(axis=2))
    assert right - left < 0.05 * WIDE.width


def test_the_same_card_is_the_same_pixels_on_any_thread(ink: Theme) -> None:
    here = draw_card(CARDS["zh"], ink, SMALL)
    with ThreadPoolExecutor(1) as threads:
        there = list(threads.map(lambda _: draw_card(CARDS["zh"], ink, SMALL), range(4)))
    assert all(np.array_equal(here.pixels, one.pixels) for one in there)


@pytest.mark.parametrize("size", [Size(640, 360), Size(426, 240), Size(360, 640), Size(1080, 1080), Size(3840, 2160)])
def test_cards_fit_frames_of_any_usual_shape(size: Size, ink: Theme) -> None:
    raster = draw_card(CARDS["en"], ink, size)
    height, width = raster.pixels.shape[:2]
    assert raster.x >= 0
    assert raster.x + width <= size.width
    assert raster.y + height <= size.height
    assert raster.x % 2 == raster.y % 2 == 0


def test_texts_full_of_odd_characters_do_no_harm(ink: Theme) -> None:
    for name in ("", " ", "\u202e\u2066", "a\nb\tc", "\U00013000", "\ud83c", "\0", "\udf81\ud83c" * 90):
        assert draw_card(CardContent(name, "$5", quiet_line=name), ink, WIDE).pixels.size


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "stack", ["e" + "\u0301" * 300, "\u0e19" + "\u0e49\u200d" * 300, "\u1780" + "\u17d2\u1780" * 99]
)
def test_a_tower_of_accents_does_not_push_the_price_off_the_picture(stack: str, shape: str, ink: Theme) -> None:
    size = SHAPES[shape]
    for name in (stack, f"{stack} " * 30):
        raster = draw_card(CardContent(name, "$179.00", quiet_line=name), ink, size)
        top, bottom, _, _ = rows_and_columns(near(raster.pixels, ink.colours.price))
        assert raster.y >= 0
        assert raster.y + bottom < size.height * (1 - Frame(size, ink).area.bottom)
        assert bottom - top + 1 >= 0.045 * size.height


@pytest.mark.parametrize("price", ["IRR\u00a01,234,567,890", "LBP\u00a01,234,567,890.12"])
def test_upright_even_a_huge_price_keeps_clear_of_the_platforms_buttons(price: str, ink: Theme) -> None:
    raster = draw_card(replace(CARDS["en"], price_text=price), ink, TALL)
    _, _, left, right = rows_and_columns(raster.pixels[:, :, 3] > 128)
    assert raster.x + left >= 0.04 * TALL.width
    assert raster.x + right <= 0.86 * TALL.width


@pytest.mark.parametrize("size", [Size(1080, 1350), Size(1080, 1080), Size(1440, 1080)])
def test_in_a_nearly_square_frame_the_quiet_line_uses_the_free_width(size: Size, ink: Theme) -> None:
    plan = plan_card(replace(CARDS["en"], quiet_line="12 left · say “bag”"), Frame(size, ink), has_photo=True)
    assert [line.lines for line, _, _ in plan.quiet] == [1]
    assert plan.width <= Frame(size, ink).width
