from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from studio.shop.database import Shop
from studio.shop.loading import load_products
from studio.shop.product import ShowProduct
from studio.shop.show_now import ShowNow
from studio.shop.shows import end_show, record_interval
from studio.shop.tables import OnAirRow, ProductRow, ShowRow

START = datetime(2026, 11, 5, 19, 30, tzinfo=UTC)
SHOW = ShowNow("show-1", "Evening", "en", "USD", START, 0.0)


@pytest.fixture(autouse=True)
def _products(shop: Shop) -> None:
    products = [ShowProduct(sku=sku, name=sku, currency="USD", price=1) for sku in ("BAG", "BELT")]
    load_products(shop, Path("show.toml"), products)


def _at(shop: Shop, seconds: float, sku: str) -> None:
    record_interval(shop, replace(SHOW, video_s=seconds), sku, START + timedelta(seconds=seconds))


def _intervals(shop: Shop) -> list[tuple[str, float, float | None]]:
    with shop.reading() as session:
        rows = session.execute(
            select(ProductRow.sku, OnAirRow.from_s, OnAirRow.to_s)
            .join(ProductRow, ProductRow.id == OnAirRow.product_id)
            .order_by(OnAirRow.id)
        )
        return [(sku, start, end) for sku, start, end in rows]


def test_each_product_is_on_air_until_the_next_one_is(shop: Shop) -> None:
    _at(shop, 1, "BAG")
    _at(shop, 5, "BELT")
    _at(shop, 9, "")
    _at(shop, 20, "BAG")
    end_show(shop, replace(SHOW, video_s=30), START + timedelta(seconds=30))
    assert _intervals(shop) == [("BAG", 1, 5), ("BELT", 5, 9), ("BAG", 20, 30)]


def test_an_engine_that_was_restarted_goes_on_with_the_same_interval(shop: Shop) -> None:
    _at(shop, 1, "BAG")
    _at(shop, 3, "BAG")
    assert _intervals(shop) == [("BAG", 1, None)]


def test_a_sku_that_nobody_knows_is_not_on_air(shop: Shop) -> None:
    _at(shop, 1, "BAG")
    _at(shop, 2, "GONE")
    assert _intervals(shop) == [("BAG", 1, 2)]


def test_times_are_kept_in_utc(shop: Shop) -> None:
    end_show(shop, SHOW, START + timedelta(hours=4))
    with shop.reading() as session:
        row = session.scalars(select(ShowRow)).one()
        assert (row.started_at, row.ended_at) == (START, START + timedelta(hours=4))
        assert row.started_at.tzinfo is UTC
