"""Rotating backups, and the way back."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from studio.errors import InputError
from studio.shop.backups import KEPT, back_up, newest_good, restore
from studio.shop.catalogue_rows import read_catalogue
from studio.shop.database import Shop, ShopDamaged, open_shop
from studio.shop.loading import load_products
from studio.shop.order_journal import OrderJournal
from studio.shop.orders import NewOrder, OrderLine, read_orders
from studio.shop.product import ShowProduct
from studio.shop.taking import take_order, take_up
from studio.workspace.paths import Workspace

AT = datetime(2026, 11, 5, 19, 30, tzinfo=UTC)
BAG = ShowProduct(sku="BAG-01", name="Carved bag", currency="USD", price=17900, stock=20)


@pytest.fixture(autouse=True)
def _products(shop: Shop) -> None:
    load_products(shop, Path("show.toml"), [BAG])


@pytest.fixture
def journal(workspace: Workspace) -> OrderJournal:
    return OrderJournal(workspace)


def _sell(workspace: Workspace, sku: str = "BAG-01") -> OrderLine:
    taken = take_order(workspace, NewOrder(sku=sku, quantity=1, at=AT, buyer="Ann Lee"))
    assert taken.line is not None
    return taken.line


def _ruin(path: Path) -> None:
    for one in path.parent.glob(f"{path.name}*"):
        if not one.name.endswith("-shm"):
            one.write_bytes(os.urandom(max(4096, one.stat().st_size)))


def _log(workspace: Workspace) -> list[OrderLine]:
    with closing(open_shop(workspace)) as shop:
        return read_orders(shop)


def test_a_backup_is_one_file_that_is_whole(workspace: Workspace, shop: Shop, journal: OrderJournal) -> None:
    sold = _sell(workspace)
    made = back_up(shop, journal)
    assert [one.name for one in journal.folder.glob("benchcast-*")] == [made.name]
    with closing(sqlite3.connect(made)) as db:
        assert db.execute("SELECT number FROM orders").fetchall() == [(sold.number,)]


def test_five_are_kept_and_the_journal_that_completes_them(
    workspace: Workspace, shop: Shop, journal: OrderJournal
) -> None:
    made = []
    for _ in range(KEPT + 2):
        _sell(workspace)
        made.append(back_up(shop, journal))
    assert sorted(journal.folder.glob("benchcast-*.db")) == made[-KEPT:]
    oldest = int(made[-KEPT].stem.rpartition("-")[2])
    periods = [int(one.stem.rpartition("-")[2]) for one in sorted(journal.folder.glob("orders-*"))]
    assert periods == list(range(oldest + 1, oldest + KEPT + 1))


def test_a_damaged_database_pushes_out_no_backup(workspace: Workspace, shop: Shop, journal: OrderJournal) -> None:
    made = back_up(shop, journal)
    shop.close()
    _ruin(shop.path)
    with pytest.raises(ShopDamaged):
        back_up(shop, journal)
    assert sorted(journal.folder.glob("benchcast-*")) == [made]


def test_every_acknowledged_order_is_there_after_a_restore(
    workspace: Workspace, shop: Shop, journal: OrderJournal
) -> None:
    before = _sell(workspace)
    backup = back_up(shop, journal)
    since = [_sell(workspace), _sell(workspace)]
    shop.close()
    _ruin(shop.path)
    noise = shop.path.read_bytes()
    noted = take_order(workspace, NewOrder(sku="BAG-01", quantity=2, at=AT)).noted
    done = restore(workspace)
    assert done.backup == backup
    assert done.aside.read_bytes() == noise
    assert done.trouble == ""
    log = _log(workspace)
    assert log[:3] == [before, *since]
    assert (log[3].number, log[3].status, log[3].noted) == (1004, "open", noted)
    with closing(open_shop(workspace)) as opened:
        assert read_catalogue(opened).require("BAG-01").left == 15
    assert _sell(workspace).number == 1005
    assert len(_log(workspace)) == 5


def test_with_the_newest_backup_damaged_too_the_one_before_is_taken(
    workspace: Workspace, shop: Shop, journal: OrderJournal
) -> None:
    good = back_up(shop, journal)
    sold = [_sell(workspace)]
    bad = back_up(shop, journal)
    sold.append(_sell(workspace))
    shop.close()
    for path in (bad, shop.path):
        _ruin(path)
    assert newest_good(journal.folder) == good
    assert restore(workspace).backup == good
    assert _log(workspace) == sold


def test_without_any_backup_the_journal_alone_keeps_the_orders(workspace: Workspace, shop: Shop) -> None:
    sold = _sell(workspace)
    shop.close()
    _ruin(shop.path)
    assert restore(workspace).backup is None
    assert _log(workspace) == [replace(sold, status="review")], "its stock is counted nowhere"


def test_an_order_of_what_the_backup_does_not_have_is_for_review(
    workspace: Workspace, shop: Shop, journal: OrderJournal
) -> None:
    back_up(shop, journal)
    belt = ShowProduct(sku="BELT", name="Belt", currency="USD", price=100, stock=1)
    load_products(shop, Path("other.toml"), [belt])
    sold = _sell(workspace, "BELT")
    shop.close()
    _ruin(shop.path)
    restore(workspace)
    assert _log(workspace) == [replace(sold, status="review")], "loading the belt again brings its whole stock"


@pytest.mark.parametrize("how", ["emptied", "removed", "without a table"])
def test_a_shop_that_a_power_cut_emptied_is_no_new_one(
    workspace: Workspace, shop: Shop, journal: OrderJournal, how: str
) -> None:
    backup = back_up(shop, journal)
    sold = _sell(workspace)
    shop.close()
    for path in shop.path.parent.glob(f"{shop.path.name}*"):
        path.unlink()
    if how == "emptied":
        shop.path.touch()
    elif how == "without a table":
        with closing(sqlite3.connect(shop.path)) as db:
            db.execute("PRAGMA user_version = 1")
    with pytest.raises(ShopDamaged, match="orders restore"):
        open_shop(workspace)
    taken = take_order(workspace, NewOrder(sku="BAG-01", quantity=1, at=AT))
    assert (taken.line, taken.noted) == (None, 1)
    done = restore(workspace)
    assert (done.backup, done.trouble) == (backup, "")
    assert [(line.number, line.noted) for line in _log(workspace)] == [(sold.number, None), (1002, 1)]
    with closing(open_shop(workspace)) as opened:
        assert read_catalogue(opened).require("BAG-01").left == 18


def test_one_that_had_orders_and_no_backup_yet_is_no_new_one_either(workspace: Workspace, shop: Shop) -> None:
    sold = _sell(workspace)
    shop.close()
    shop.path.write_bytes(b"")
    with pytest.raises(ShopDamaged):
        open_shop(workspace)
    restore(workspace)
    assert _log(workspace) == [replace(sold, status="review")]


def test_a_database_that_was_emptied_while_it_is_open_pushes_out_no_backup(
    workspace: Workspace, shop: Shop, journal: OrderJournal
) -> None:
    made = back_up(shop, journal)
    with shop.path.open("rb+") as file:
        file.truncate(0)
    with pytest.raises(ShopDamaged):
        back_up(shop, journal)
    assert sorted(journal.folder.glob("benchcast-*")) == [made]


def test_a_number_that_was_told_is_not_given_again_while_the_journals_key_cannot_be_had(
    workspace: Workspace, shop: Shop, journal: OrderJournal
) -> None:
    back_up(shop, journal)
    sold = [_sell(workspace), _sell(workspace)]
    shop.close()
    _ruin(shop.path)
    key = journal.folder / "order-journal.private"
    kept = key.read_bytes()
    key.unlink()  # as with a keyring that is locked
    assert restore(workspace).trouble
    assert _sell(workspace).number == 1003
    key.write_bytes(kept)
    with closing(open_shop(workspace)) as opened:
        take_up(opened, journal)
    log = _log(workspace)
    assert sorted(line.number for line in log) == [1001, 1002, 1003]
    assert [line for line in log if line.number < 1003] == sold


def test_what_the_backup_has_too_little_of_is_for_review(
    workspace: Workspace, shop: Shop, journal: OrderJournal
) -> None:
    with shop.writing() as session:
        session.execute(text("UPDATE variants SET stock = 0"))
    back_up(shop, journal)
    with shop.writing() as session:
        session.execute(text("UPDATE variants SET stock = 1"))
    sold = _sell(workspace)
    shop.close()
    _ruin(shop.path)
    restore(workspace)
    (line,) = _log(workspace)
    assert (line.number, line.status) == (sold.number, "review")


def test_a_database_that_is_in_order_is_not_replaced(workspace: Workspace, shop: Shop, journal: OrderJournal) -> None:
    back_up(shop, journal)
    sold = _sell(workspace)
    with pytest.raises(InputError, match="in order"):
        restore(workspace)
    assert _log(workspace) == [sold]
