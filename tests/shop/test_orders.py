from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from studio.errors import InputError, StudioError
from studio.shop.catalogue_rows import read_catalogue, set_price
from studio.shop.database import Shop
from studio.shop.loading import load_products
from studio.shop.orders import NewOrder, OrderLine, add_order, read_orders
from studio.shop.product import ShowProduct, ShowVariant
from studio.shop.show_now import ShowNow
from studio.workspace.paths import Workspace

AT = datetime(2026, 11, 5, 19, 30, tzinfo=UTC)
BAG = ShowProduct(sku="BAG-01", name="Carved bag", currency="USD", price=17900, stock=3)
BELT = ShowProduct(
    sku="BELT-02",
    name="Belt",
    currency="USD",
    price=6400,
    variants=(ShowVariant("BELT-85", {"size": "85"}, 1), ShowVariant("BELT-95", {"size": "95"}, None)),
)
SHOW = ShowNow("show-1", "Evening", "en", "USD", AT, 61.5)


@pytest.fixture(autouse=True)
def _products(shop: Shop) -> None:
    load_products(shop, Path("show.toml"), [BAG, BELT])


def _sell(shop: Shop, sku: str = "BAG-01", quantity: int = 1, *, waitlist: bool = False) -> OrderLine:
    return add_order(shop, NewOrder(sku=sku, quantity=quantity, at=AT, waitlist=waitlist))


def _left(shop: Shop, sku: str = "BAG-01") -> int | None:
    return read_catalogue(shop).require(sku).left


def test_an_order_copies_what_was_sold_and_takes_it_from_the_stock(shop: Shop) -> None:
    line = add_order(shop, NewOrder(sku="BAG-01", quantity=2, at=AT, buyer="Ann", channel="youtube", show=SHOW))
    assert read_orders(shop) == [line]
    assert line == OrderLine(1001, AT, "BAG-01", None, "Carved bag", 2, 17900, "USD", "Ann", "youtube", "open", 61.5)
    assert _left(shop) == 1


def test_numbers_rise(shop: Shop) -> None:
    assert [_sell(shop).number for _ in range(3)] == [1001, 1002, 1003]


def test_too_little_left_takes_nothing_and_says_how_much_there_is(shop: Shop) -> None:
    with pytest.raises(InputError, match="only 3 left, 4 asked for"):
        _sell(shop, quantity=4)
    assert _left(shop) == 3
    assert read_orders(shop) == []


def test_an_order_that_waits_takes_no_stock(shop: Shop) -> None:
    assert _sell(shop, quantity=4, waitlist=True).status == "waiting"
    assert _left(shop) == 3


def test_a_variant_is_sold_by_its_own_sku(shop: Shop) -> None:
    line = _sell(shop, "belt-85")
    assert (line.sku, line.variant) == ("BELT-02", "BELT-85")
    with pytest.raises(InputError, match="BELT-85, BELT-95"):
        _sell(shop, "BELT-02")


def test_what_is_not_counted_never_runs_out(shop: Shop) -> None:
    assert _sell(shop, "BELT-95", 5000).status == "open"
    assert _left(shop, "BELT-02") is None


@pytest.mark.parametrize("quantity", [0, -1, 10**9])
def test_a_quantity_that_is_none_is_refused(shop: Shop, quantity: int) -> None:
    with pytest.raises(InputError, match="--qty"):
        _sell(shop, quantity=quantity)


def test_an_unknown_sku_brings_the_nearest(shop: Shop) -> None:
    with pytest.raises(InputError, match="did you mean BAG-01"):
        _sell(shop, "BAG-1")


def test_a_later_price_leaves_the_log_as_it_was(shop: Shop) -> None:
    _sell(shop)
    set_price(shop, "BAG-01", "USD", 100)
    assert [line.price for line in [*read_orders(shop), _sell(shop)]] == [17900, 100]


def test_the_last_piece_goes_once_across_threads(shop: Shop) -> None:
    with ThreadPoolExecutor(12) as pool:
        sold = list(pool.map(lambda _: _tried(shop), range(24)))
    assert len([one for one in sold if one is not None]) == 3
    assert sorted(line.number for line in read_orders(shop)) == [1001, 1002, 1003]
    assert _left(shop) == 0


def _tried(shop: Shop) -> int | None:
    try:
        return _sell(shop).number
    except InputError:
        return None


_SELLER = """
import sys
from studio.errors import InputError, StudioError
from studio.media.clock import utc_now
from studio.shop.database import open_shop
from studio.shop.orders import NewOrder, add_order
from studio.workspace.paths import open_workspace

shop = open_shop(open_workspace())
print("ready", flush=True)
for _ in sys.stdin:
    try:
        print(add_order(shop, NewOrder(sku="BAG-01", quantity=1, at=utc_now())).number, flush=True)
    except InputError:
        print("none", flush=True)
"""


def _start_seller() -> subprocess.Popen[str]:
    seller = subprocess.Popen(
        [sys.executable, "-c", _SELLER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(os.environ),
    )
    assert seller.stdout is not None
    assert seller.stdout.readline() == "ready\n"
    return seller


@pytest.mark.long
def test_the_last_piece_goes_once_across_processes(shop: Shop, workspace: Workspace) -> None:
    sellers = [_start_seller() for _ in range(3)]
    for seller in sellers:
        assert seller.stdin is not None
        seller.stdin.write("go\n" * 4)
        seller.stdin.flush()
    said = [line for seller in sellers for line in seller.communicate()[0].split()]
    assert sorted(said) == ["1001", "1002", "1003", *["none"] * 9]
    assert _left(shop) == 0


@pytest.mark.long
def test_an_order_whose_number_was_printed_survives_the_death_of_its_process(
    shop: Shop, workspace: Workspace
) -> None:
    seller = _start_seller()
    assert seller.stdin is not None
    assert seller.stdout is not None
    seller.stdin.write("go\n")
    seller.stdin.flush()
    number = int(seller.stdout.readline())
    seller.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    seller.communicate()
    assert [line.number for line in read_orders(shop)] == [number]
    assert _left(shop) == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE order_lines SET price_minor = 1",
        "UPDATE order_lines SET name = 'other'",
        "UPDATE order_lines SET quantity = 9",
        "UPDATE order_lines SET video_s = 0",
        "UPDATE orders SET number = 1",
        "UPDATE orders SET at = '2020-01-01'",
        "DELETE FROM order_lines",
        "DELETE FROM orders",
    ],
)
def test_the_log_is_append_only(shop: Shop, statement: str) -> None:
    sold = _sell(shop)
    with pytest.raises(IntegrityError, match="append-only"), shop.writing() as session:
        session.execute(text(statement))
    assert read_orders(shop) == [sold]


def test_the_database_itself_refuses_to_oversell(shop: Shop) -> None:
    with pytest.raises(IntegrityError, match="never_oversold"), shop.writing() as session:
        session.execute(text("UPDATE variants SET stock = stock - 4 WHERE sku = 'BAG-01'"))


def test_a_product_that_lost_its_price_is_not_sold_and_says_why(shop: Shop) -> None:
    with shop.writing() as session:
        session.execute(text("DELETE FROM prices"))
    with pytest.raises(StudioError, match="BAG-01 has no price in USD"):
        _sell(shop)
    assert (_left(shop), read_orders(shop)) == (3, [])
