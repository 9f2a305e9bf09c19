from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from studio.media.picture import Picture
from studio.overlays.blend import Prepared, blend, prepare
from studio.overlays.card import draw_card
from studio.overlays.content import PriceTagContent, TitleContent
from studio.overlays.motion import ENTER_NS, FLIP_NS, LEAVE_NS
from studio.overlays.price_tag import draw_price_tag
from studio.overlays.stage import SLOTS, Stage
from studio.overlays.title_bar import draw_title_bar
from studio.show.theme import Theme
from tests.overlays.conftest import SMALL
from tests.overlays.samples import CARDS

T0 = 10**15
FRAME_NS = 33_333_333


@pytest.fixture(scope="module")
def card(ink: Theme) -> Prepared:
    return prepare(draw_card(CARDS["en"], ink, SMALL))


@pytest.fixture(scope="module")
def dearer(ink: Theme) -> Prepared:
    return prepare(draw_card(replace(CARDS["en"], price_text="$186.00"), ink, SMALL))


@pytest.fixture(scope="module")
def other(ink: Theme) -> Prepared:
    return prepare(draw_card(CARDS["zh"], ink, SMALL))


def grey() -> Picture:
    picture = Picture.black(SMALL)
    picture.y.fill(120)
    return picture


def drawn(stage: Stage, now_ns: int) -> Picture:
    picture = grey()
    stage.draw(picture, now_ns)
    return picture


def alone(overlay: Prepared) -> Picture:
    picture = grey()
    blend(picture, overlay)
    return picture


def differing(one: Picture, two: Picture) -> int:
    """Pixels whose luma differs enough to be seen."""
    return int((np.abs(one.y.astype(int) - two.y) > 12).sum())


def test_an_empty_stage_draws_nothing() -> None:
    stage = Stage(SMALL)
    for slot in SLOTS:
        stage.show(slot, None, T0)
    assert differing(drawn(stage, T0), grey()) == 0


def test_a_card_is_seen_on_its_first_frame_and_whole_after_entering(card: Prepared) -> None:
    stage = Stage(SMALL)
    stage.show("card", card, T0)
    assert differing(drawn(stage, T0), grey()) > 10_000
    assert differing(drawn(stage, T0 + ENTER_NS), alone(card)) == 0


def test_a_new_price_is_seen_on_the_next_frame_and_whole_after_the_flip(card: Prepared, dearer: Prepared) -> None:
    stage = Stage(SMALL)
    stage.show("card", card, T0)
    before = drawn(stage, T0 + ENTER_NS)
    stage.show("card", dearer, T0 + ENTER_NS)
    first = drawn(stage, T0 + ENTER_NS)
    assert differing(first, before) > 50
    assert differing(first, alone(dearer)) > 0
    assert differing(drawn(stage, T0 + ENTER_NS + FLIP_NS), alone(dearer)) == 0


def test_a_flip_moves_nothing_but_what_changed(card: Prepared, dearer: Prepared) -> None:
    stage = Stage(SMALL)
    stage.show("card", card, T0)
    stage.draw(grey(), T0 + ENTER_NS)
    stage.show("card", dearer, T0 + ENTER_NS)
    change = alone(card).y != alone(dearer).y
    for n in range(9):
        frame = drawn(stage, T0 + ENTER_NS + n * FRAME_NS)
        assert (frame.y[~change] == alone(card).y[~change]).all()


def test_another_product_takes_the_place_of_the_one_before(card: Prepared, other: Prepared) -> None:
    stage = Stage(SMALL)
    stage.show("card", card, T0)
    stage.show("card", other, T0 + ENTER_NS)
    assert differing(drawn(stage, T0 + ENTER_NS), alone(card)) > 100
    assert differing(drawn(stage, T0 + ENTER_NS + FLIP_NS), alone(other)) == 0


def test_a_hidden_card_fades_from_the_first_frame_and_is_gone(card: Prepared) -> None:
    stage = Stage(SMALL)
    stage.show("card", card, T0)
    stage.draw(grey(), T0 + ENTER_NS)
    stage.show("card", None, T0 + ENTER_NS)
    first = drawn(stage, T0 + ENTER_NS)
    assert differing(first, alone(card)) > 10_000
    assert differing(first, grey()) > 0
    assert differing(drawn(stage, T0 + ENTER_NS + LEAVE_NS), grey()) == 0


def test_hiding_twice_does_not_bring_it_back(card: Prepared) -> None:
    stage = Stage(SMALL)
    stage.show("card", card, T0)
    stage.show("card", None, T0 + ENTER_NS)
    stage.draw(grey(), T0 + ENTER_NS + LEAVE_NS)
    stage.show("card", None, T0 + 2 * ENTER_NS)
    assert differing(drawn(stage, T0 + 2 * ENTER_NS), grey()) == 0


def test_hiding_twice_in_mid_leave_does_not_cut_it_short(card: Prepared) -> None:
    stage = Stage(SMALL)
    stage.show("card", card, T0)
    stage.show("card", None, T0 + ENTER_NS)
    stage.show("card", None, T0 + ENTER_NS + FRAME_NS)
    assert differing(drawn(stage, T0 + ENTER_NS + FRAME_NS), grey()) > 0


def test_slots_are_drawn_together(card: Prepared, ink: Theme) -> None:
    stage = Stage(SMALL)
    tag = prepare(draw_price_tag(PriceTagContent("$179.00"), ink, SMALL))
    title = prepare(draw_title_bar(TitleContent("Show"), ink, SMALL))
    for slot, overlay in (("card", card), ("price", tag), ("title", title)):
        stage.show(slot, overlay, T0)
    want = grey()
    for overlay in (title, tag, card):
        blend(want, overlay)
    assert differing(drawn(stage, T0 + ENTER_NS), want) == 0


def test_many_changes_in_one_flip_end_with_the_last(card: Prepared, dearer: Prepared, other: Prepared) -> None:
    stage = Stage(SMALL)
    for n, overlay in enumerate((card, dearer, other, card, dearer)):
        stage.show("card", overlay, T0 + n * FRAME_NS)
        stage.draw(grey(), T0 + n * FRAME_NS)
    assert differing(drawn(stage, T0 + 10 * ENTER_NS), alone(dearer)) == 0
