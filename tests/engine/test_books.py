"""The shop's database while a show is on: locked, damaged, and back."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from studio.engine.books import ShopBooks
from studio.shop import database
from studio.shop.backups import restore
from studio.shop.database import Shop, open_shop
from studio.shop.journal_frames import Frame, scan
from studio.shop.loading import load_products
from studio.shop.order_journal import OrderJournal
from studio.shop.orders import NewOrder, read_orders
from studio.shop.place import safety_folder
from studio.shop.product import ShowProduct
from studio.shop.show_now import ShowNow
from studio.shop.tables import OnAirRow, ShowRow
from studio.shop.taking import take_order
from studio.workspace.paths import Workspace
from tests.services.waiting import wait_for

AT = datetime(2026, 11, 5, 19, 30, tzinfo=UTC)
SHOW = ShowNow("show-1", "Evening", "en", "USD", AT, 1.0)
S = 1_000_000_000
HOUR = 3600 * S


@pytest.fixture
def shop(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(database, "_WAIT_S", 0.02)
    with closing(open_shop(workspace)) as opened:
        bag = ShowProduct(sku="BAG-01", name="Bag", currency="USD", price=17900, stock=3)
        load_products(opened, Path("show.toml"), [bag])
        yield opened


@contextmanager
def keeping(workspace: Workspace) -> Iterator[ShopBooks]:
    books = ShopBooks(workspace)
    books.start()
    try:
        yield books
    finally:
        books.stop()


def _backups(workspace: Workspace) -> int:
    return len(list(safety_folder(workspace).glob("benchcast-*.db")))


def _wait_backups(workspace: Workspace, wanted: int) -> None:
    wait_for(lambda: _backups(workspace) == wanted, 20)


def _on_air(shop: Shop) -> bool:
    with shop.reading() as session:
        return session.scalars(select(OnAirRow)).first() is not None


def _order() -> NewOrder:
    return NewOrder(sku="BAG-01", quantity=1, at=AT, buyer="Ann Lee")


def test_what_was_shown_while_the_database_was_held_is_written_afterwards(workspace: Workspace, shop: Shop) -> None:
    with keeping(workspace) as books:
        with closing(sqlite3.connect(workspace.shop_db)) as other:
            other.execute("BEGIN IMMEDIATE")
            books.feature(SHOW, "BAG-01", AT)
            books.end(SHOW, AT)
            wait_for(lambda: books.problems, 20)
            assert "held by another program" in books.problems[0]
            assert take_order(workspace, _order()).noted == 1
            other.execute("ROLLBACK")
        wait_for(lambda: books.problems == (), 20)
        wait_for(lambda: _backups(workspace), 20)
    with shop.reading() as session:
        assert session.scalars(select(OnAirRow)).one().to_s == 1.0
        assert session.scalars(select(ShowRow)).one().ended_at is not None
    assert [(line.number, line.noted) for line in read_orders(shop)] == [(1001, 1)]


def test_a_noted_order_is_entered_at_the_next_look(workspace: Workspace, shop: Shop) -> None:
    with closing(sqlite3.connect(workspace.shop_db)) as other:
        other.execute("BEGIN IMMEDIATE")
        take_order(workspace, _order())
        other.execute("ROLLBACK")
    with keeping(workspace) as books:
        books.look(HOUR)
        wait_for(lambda: read_orders(shop), 20)


def test_a_backup_is_made_at_the_start_and_every_hour(workspace: Workspace, shop: Shop) -> None:
    with keeping(workspace) as books:
        for now_ns, wanted in ((HOUR, 1), (2 * HOUR - 1, 1), (2 * HOUR, 2)):
            books.look(now_ns)
            _wait_backups(workspace, wanted)
        books.end(SHOW, AT)
        _wait_backups(workspace, 3)


def test_an_engine_that_came_back_makes_no_backup_in_its_first_minute(workspace: Workspace, shop: Shop) -> None:
    with keeping(workspace) as books:
        books.resume(HOUR)
        books.look(HOUR + 59 * S)
        take_order(workspace, _order())
        books.feature(SHOW, "BAG-01", AT)
        wait_for(lambda: _on_air(shop), 20, "what was asked before and after to be done")
        assert _backups(workspace) == 0
        books.look(HOUR + 60 * S)
        _wait_backups(workspace, 1)


def test_a_record_that_cannot_be_read_keeps_nothing_from_its_backup(workspace: Workspace, shop: Shop) -> None:
    journal = OrderJournal(workspace)
    journal.note(_order())
    (path,) = safety_folder(workspace).glob("orders-*")
    whole = next(scan(path.read_bytes()))
    path.write_bytes(Frame(whole.kind, 1, whole.id, bytes(64)).pack())
    with keeping(workspace) as books:
        books.look(HOUR)
        _wait_backups(workspace, 1)
        wait_for(lambda: any("cannot be read" in one for one in books.problems), 20)
        assert not any("no new backup" in one for one in books.problems)


def test_a_damaged_database_is_told_with_the_way_back_and_is_used_again_once_restored(
    workspace: Workspace, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    shop.close()
    caplog.set_level(logging.INFO)
    with keeping(workspace) as books:
        books.look(HOUR)
        wait_for(lambda: "backed up" in caplog.text, 20)  # all of it: one that fails is told until the next
        for path in (workspace.shop_db, workspace.shop_db.with_name("benchcast.db-wal")):
            path.write_bytes(os.urandom(200_000))
        assert take_order(workspace, _order()).noted == 1
        books.look(HOUR)
        wait_for(lambda: books.problems, 20)
        assert "benchcast orders restore" in books.problems[0]
        restore(workspace)
        wait_for(lambda: books.problems == (), 20)
    with closing(open_shop(workspace)) as opened:
        assert [(line.number, line.noted) for line in read_orders(opened)] == [(1001, 1)]
