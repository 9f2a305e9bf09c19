"""Orders whatever the database does: none lost, none taken twice."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from studio.errors import InputError, StudioError
from studio.shop import database, taking
from studio.shop.catalogue_rows import read_catalogue
from studio.shop.database import Shop, ShopUnavailable, open_shop
from studio.shop.journal_frames import Frame, Kind
from studio.shop.loading import load_products
from studio.shop.order_journal import OrderJournal
from studio.shop.orders import NewOrder, OrderLine, add_order, read_orders
from studio.shop.product import ShowProduct
from studio.shop.taking import take_order, take_up
from studio.workspace.paths import Workspace

AT = datetime(2026, 11, 5, 19, 30, tzinfo=UTC)
BAG = ShowProduct(sku="BAG-01", name="Carved bag", currency="USD", price=17900, stock=3)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, shop: Shop) -> None:
    monkeypatch.setattr(database, "_WAIT_S", 0.02)
    load_products(shop, Path("show.toml"), [BAG])


def _order(minute: int = 0, quantity: int = 1, sku: str = "BAG-01", *, waitlist: bool = False) -> NewOrder:
    at = AT + timedelta(minutes=minute)
    return NewOrder(sku=sku, quantity=quantity, at=at, buyer=f"Ann Lee {minute}", waitlist=waitlist)


@contextmanager
def _locked(workspace: Workspace) -> Iterator[None]:
    with closing(sqlite3.connect(workspace.shop_db)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def _told(lines: list[OrderLine]) -> list[tuple[str, int, str, int | None]]:
    return [(line.buyer[8:], line.number, line.status, line.noted) for line in lines]


def test_an_order_is_in_the_log_and_in_the_journal(workspace: Workspace, shop: Shop) -> None:
    taken = take_order(workspace, _order())
    assert taken.line is not None
    assert (taken.line.number, taken.noted, taken.trouble) == (1001, 0, "")
    assert read_orders(shop) == [taken.line]
    assert len(OrderJournal(workspace).frames()) == 1


def test_what_does_not_fit_is_refused_and_in_neither(workspace: Workspace, shop: Shop) -> None:
    for wrong in (_order(quantity=4), _order(sku="NONE"), _order(quantity=0)):
        with pytest.raises(InputError):
            take_order(workspace, wrong)
    assert read_orders(shop) == []
    assert OrderJournal(workspace).frames() == []


def test_an_order_while_another_program_holds_the_database_is_noted(workspace: Workspace, shop: Shop) -> None:
    with _locked(workspace):
        taken = take_order(workspace, _order())
    assert (taken.line, taken.noted) == (None, 1)
    assert "held by another program" in taken.trouble
    assert read_orders(shop) == []


def test_noted_orders_pass_the_same_constraints_in_the_order_of_their_times(workspace: Workspace, shop: Shop) -> None:
    with _locked(workspace):
        noted = [
            take_order(workspace, one).noted
            for one in (
                _order(5, sku="NONE"),
                _order(4, waitlist=True),
                _order(3),
                _order(2, quantity=2),
                _order(1, quantity=1),
            )
        ]
    assert noted == [1, 2, 3, 4, 5]
    with pytest.raises(InputError, match="only 0 left"):
        take_order(workspace, _order(9))
    assert _told(read_orders(shop)) == [
        ("1", 1001, "open", 5),
        ("2", 1002, "open", 4),
        ("3", 1003, "review", 3),
        ("4", 1004, "waiting", 2),
        ("5", 1005, "review", 1),
    ]
    assert read_catalogue(shop).require("BAG-01").left == 0


def test_an_order_is_entered_once_however_often_the_journal_is_read(workspace: Workspace, shop: Shop) -> None:
    with _locked(workspace):
        take_order(workspace, _order())
    assert len(take_up(shop, OrderJournal(workspace))) == 1
    assert take_up(shop, OrderJournal(workspace)) == []
    assert len(read_orders(shop)) == 1


def test_a_noted_order_gets_no_number_that_was_told_of_one_that_cannot_be_read(
    workspace: Workspace, shop: Shop
) -> None:
    journal = OrderJournal(workspace)
    journal.note(_order())
    (path,) = journal.folder.glob("orders-*")
    with path.open("ab") as file:
        file.write(Frame(Kind.HELD, 1007, bytes(16), bytes(64)).pack())
    with pytest.raises(StudioError, match="cannot be read with this key"):
        take_up(shop, journal)
    assert _told(read_orders(shop)) == [("0", 1008, "open", 1)]


_TAKER = """
import sys
from studio.shop.database import open_shop
from studio.shop.order_journal import OrderJournal
from studio.shop.taking import take_up
from studio.workspace.paths import open_workspace

workspace = open_workspace()
shop = open_shop(workspace)
print("ready", flush=True)
sys.stdin.readline()
print(len(take_up(shop, OrderJournal(workspace))), flush=True)
"""


@pytest.mark.long
def test_two_processes_enter_each_noted_order_once(workspace: Workspace, shop: Shop) -> None:
    with _locked(workspace):
        for minute in range(3):
            take_order(workspace, _order(minute))
    takers = [
        subprocess.Popen(
            [sys.executable, "-c", _TAKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
        )
        for _ in range(2)
    ]
    for taker in takers:
        assert taker.stdout is not None
        assert taker.stdout.readline() == "ready\n"
    for taker in takers:
        assert taker.stdin is not None
        taker.stdin.write("go\n")
        taker.stdin.flush()
    assert sum(int(taker.communicate()[0]) for taker in takers) == 3
    assert [line.number for line in read_orders(shop)] == [1001, 1002, 1003]


def test_an_order_whose_commit_failed_after_all_is_not_taken_twice(
    workspace: Workspace, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is on the disk, but the database said that it is not."""

    def fail(shop: Shop, order: NewOrder, *, beyond: int) -> OrderLine:
        add_order(shop, order, beyond=beyond)
        raise ShopUnavailable("disk I/O error", do="")

    with monkeypatch.context() as patch:
        patch.setattr(taking, "add_order", fail)
        assert take_order(workspace, _order()).noted == 1
    assert take_up(shop, OrderJournal(workspace)) == []
    assert _told(read_orders(shop)) == [("0", 1001, "open", None)]


def test_a_damaged_database_takes_no_order_but_loses_none(workspace: Workspace, shop: Shop) -> None:
    shop.close()
    workspace.shop_db.write_bytes(os.urandom(200_000))
    taken = take_order(workspace, _order())
    assert taken.noted == 1
    assert "benchcast orders restore" in taken.trouble
    assert "Ann" not in taken.trouble


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system")
def test_an_order_is_noted_when_the_database_lies_on_a_read_only_disk(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(disk)], capture_output=True, check=False).returncode:
        pytest.skip("needs to be allowed to mount")
    try:
        monkeypatch.setenv("BENCHCAST_DATABASE_URL", f"sqlite:///{disk / 'shop.db'}")
        with closing(open_shop(workspace)) as shop:
            load_products(shop, Path("show.toml"), [BAG])
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert take_order(workspace, _order()).noted == 1
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        taken = take_order(workspace, _order(1))
        assert taken.line is not None
        assert taken.line.number == 1002
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_a_newer_database_is_refused_and_nothing_is_noted(workspace: Workspace, shop: Shop) -> None:
    with closing(sqlite3.connect(workspace.shop_db)) as db, db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StudioError, match="newer Benchcast"):
        take_order(workspace, _order())
    assert OrderJournal(workspace).frames() == []


def test_an_order_is_taken_although_the_journal_cannot_be_written_and_that_is_said(
    workspace: Workspace, shop: Shop
) -> None:
    (workspace.home / "backups").touch()
    taken = take_order(workspace, _order())
    assert taken.line is not None
    assert "cannot be written down" in taken.trouble


def test_an_order_that_can_neither_be_checked_nor_noted_is_not_acknowledged(workspace: Workspace, shop: Shop) -> None:
    (workspace.home / "backups").touch()
    with _locked(workspace), pytest.raises(StudioError, match="cannot be written down"):
        take_order(workspace, _order())
