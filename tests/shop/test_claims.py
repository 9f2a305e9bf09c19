from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.shop.catalogue import Catalogue, ProductView, VariantView
from studio.shop.claims import ClaimReader


def _product(sku: str, keyword: str, *variants: VariantView) -> ProductView:
    return ProductView(
        sku=sku, name=sku, currency="USD", prices={"USD": 100}, keyword=keyword, variants=tuple(variants)
    )


CATALOGUE = Catalogue(
    (
        _product("BAG-01", "12"),
        _product("FOX-03", "fox"),
        _product("PURSE-05", "包"),
        _product(
            "BELT-02",
            "belt",
            VariantView("BELT-85", {"size": "85", "color": "dark brown"}, 4),
            VariantView("BELT-95", {"size": "95", "color": "Black"}, 6),
        ),
    )
)
READER = ClaimReader(CATALOGUE, on_air="FOX-03")


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("12", "BAG-01 1"),
        ("12+1", "BAG-01 1"),
        ("12 + 2", "BAG-01 2"),
        ("１２", "BAG-01 1"),
        ("1️⃣2️⃣", "BAG-01 1"),
        ("١٢", "BAG-01 1"),
        ("3 x 12", "BAG-01 3"),
        ("BAG-01 2", "BAG-01 2"),
        ("bag-01 x2", "BAG-01 2"),
        ("fox x2", "FOX-03 2"),
        ("FOX ×2!", "FOX-03 2"),
        ("fox=2", "FOX-03 2"),
        ("2× fox", "FOX-03 2"),
        ("２×包", "PURSE-05 2"),
        ("包 2件", "PURSE-05 2"),
        ("sold 12", "BAG-01 1"),
        ("i’ll take fox please", "FOX-03 1"),
        ("12+1, fox+2", "BAG-01 1|FOX-03 2"),
        ("belt black", "BELT-95 1"),
        ("belt 85 x2", "BELT-85 2"),
        ("belt dark brown", "BELT-85 1"),
        ("belt-95", "BELT-95 1"),
        ("mine", "FOX-03 1"),
        ("+1", "FOX-03 1"),
        ("+3", "FOX-03 3"),
    ],
)
def test_what_is_plain_is_a_claim(text: str, items: str) -> None:
    reading = READER.read(text)
    found = "|".join(f"{one.variant or one.sku} {one.quantity}" for one in reading.items)
    assert (reading.kind, found) == ("claim", items)


@pytest.mark.parametrize(
    "text",
    [
        "belt",  # which one?
        "belt green",
        "belt 85 black",
        "12 12",
        "fox fox",
        "fox 12",  # twelve foxes, or the bag too?
        "fox 0",
        "fox 1000",
        "fox 2 3",
        "I love the fox",
        "no 12",
        "12-2",
        "包2",
        "12 @ann",
    ],
)
def test_what_is_doubtful_goes_to_a_person_with_a_reason(text: str) -> None:
    reading = READER.read(text)
    assert (reading.kind, reading.items) == ("review", ())
    assert reading.why


@pytest.mark.parametrize("text", ["12?", "how much is 12", "fox 多少钱", "包 吗", "¿cuánto fox"])
def test_a_question_is_no_claim(text: str) -> None:
    assert READER.read(text).kind == "question"


def test_a_cancellation_names_what_it_takes_back() -> None:
    reading = READER.read("cancel 12 x2")
    assert (reading.kind, [(one.sku, one.quantity) for one in reading.items]) == ("cancel", [("BAG-01", 2)])
    assert READER.read("don't want 12").kind == "cancel"


@pytest.mark.parametrize("text", ["", "hello from Lisbon", "🔥🔥", "foxy", "1", "1234", "не беру", "mine craft"])
def test_the_rest_is_talk(text: str) -> None:
    assert READER.read(text).kind == "chat"


def test_mine_without_a_product_on_air_is_for_a_person() -> None:
    assert ClaimReader(CATALOGUE).read("mine").kind == "review"


def test_a_word_that_two_products_share_is_for_a_person() -> None:
    reader = ClaimReader(Catalogue((_product("A-1", "bag"), _product("A-2", "bag"))))
    assert "A-1 and A-2" in reader.read("bag").why


_PIECES = st.sampled_from(["12", "fox", "x2", "+1", "2", "belt", "85", "?", "包", " ", ","])


@given(st.text(max_size=60) | st.lists(_PIECES).map("".join))
def test_every_text_is_read_as_something_with_a_reason(text: str) -> None:
    reading = READER.read(text)
    assert reading.why
    assert (reading.kind == "claim") == bool(reading.items) or reading.kind == "cancel"
    assert all(1 <= one.quantity <= 99 for one in reading.items)
