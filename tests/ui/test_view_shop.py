from __future__ import annotations

from datetime import UTC, datetime, timedelta

from studio.shop.catalogue import Catalogue, ProductView
from studio.shop.orders import OrderLine
from studio.ui.view_shop import order_rows, page_count, page_of, product_rows, totals

AT = datetime(2026, 11, 21, 19, 5, tzinfo=UTC)
BAG = ProductView(
    sku="BAG",
    name="Bag",
    currency="USD",
    prices={"USD": 17900, "EUR": 16500},
    was=22000,
    left=3,
    names={"es": "Bolso"},
)
BELT = ProductView(sku="BELT", name="Belt", currency="USD", prices={"USD": 4850}, left=0)
CASE = ProductView(sku="CASE", name="Case", currency="USD", prices={"USD": 900})


def line(
    number: int, *, price: int = 1000, currency: str = "USD", status: str = "open", at: datetime = AT
) -> OrderLine:
    return OrderLine(
        number=number,
        at=at,
        sku="BAG",
        variant=None,
        name="Bag",
        quantity=2,
        price=price,
        currency=currency,
        buyer="Anna",
        channel="YouTube",
        status=status,
        video_s=None,
    )


def test_products_keep_order_and_number_and_tell_price_and_stock() -> None:
    rows = product_rows(Catalogue((BAG, BELT, CASE)), "en", "USD", actual="", wanted="")
    assert [(row.number, row.name, row.price, row.was, row.left) for row in rows] == [
        (1, "Bag", "$179.00", "$220.00", "3 left"),
        (2, "Belt", "$48.50", "", "sold out"),
        (3, "Case", "$9.00", "", ""),
    ]
    assert [row.sold_out for row in rows] == [False, True, False]


def test_a_show_in_another_currency_shows_its_price_without_the_struck_one() -> None:
    row = product_rows(Catalogue((BAG,)), "es", "EUR", actual="", wanted="")[0]
    assert (row.name, row.was) == ("Bolso", "")
    assert "165" in row.price


def test_on_air_is_what_is_actual_and_coming_what_is_only_wanted() -> None:
    rows = product_rows(Catalogue((BAG, BELT)), "en", "USD", actual="BAG", wanted="BELT")
    assert [(row.on_air, row.coming) for row in rows] == [(True, False), (False, True)]
    rows = product_rows(Catalogue((BAG, BELT)), "en", "USD", actual="BAG", wanted="BAG")
    assert [(row.on_air, row.coming) for row in rows] == [(True, False), (False, False)]


def test_orders_are_told_newest_first_with_the_whole_handle_and_the_line_sum() -> None:
    newest, oldest = order_rows([line(1001), line(1002, price=4850)], "en", UTC)
    assert (newest.number, oldest.number) == ("1002", "1001")
    assert (newest.buyer, newest.channel, newest.time) == ("Anna", "YouTube", "19:05")
    assert (newest.what, newest.price) == ("2 × Bag", "$97.00")


def test_totals_count_orders_and_sums_by_currency_without_those_who_wait() -> None:
    lines = [
        line(1000, at=AT - timedelta(days=2)),
        line(1001),
        line(1002, price=4850),
        line(1002, price=150),
        line(1003, price=500, currency="EUR"),
        line(1004, status="waiting"),
    ]
    told = [(one.label, one.amount) for one in totals(lines, "en", AT - timedelta(hours=1))]
    assert told == [("Orders", "4"), ("Sold in USD", "$120.00"), ("Sold in EUR", "€10.00")]
    assert totals([], "en", AT) == ()


def test_nine_products_make_a_page() -> None:
    assert [page_count(range(n)) for n in (0, 9, 10, 19)] == [1, 1, 2, 3]
    assert list(page_of(range(11), 1)) == [9, 10]
