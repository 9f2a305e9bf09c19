"""What the engine writes down about a show."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from msgspec.structs import replace
from sqlalchemy import select

from studio.engine.journal import ShowJournal
from studio.shop import shows
from studio.shop.database import open_shop
from studio.shop.loading import load_products
from studio.shop.product import ShowProduct
from studio.shop.tables import OnAirRow, ProductRow, ShowRow
from studio.show.flags import WishFlags
from studio.show.wanted import Lease, Wanted, opened
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace
from tests.services.waiting import wait_for
from tests.show.samples import SHOW

LIVE = replace(opened(SHOW), mode="live", show_id="a")


@contextmanager
def written(workspace: Workspace) -> Iterator[ShowJournal]:
    """A journal; once left, all is written."""
    journal = ShowJournal(workspace)
    journal.start()
    try:
        yield journal
    finally:
        journal.stop()


@pytest.fixture
def store(workspace: Workspace) -> Iterator[WantedStore]:
    with closing(WantedStore(workspace.wanted_db)) as store:
        store.begin(LIVE, Lease(show_id="a", boot_id="b", stamp_ns=5))
        yield store


def test_the_lease_is_stamped_and_the_clock_started(workspace: Workspace, store: WantedStore) -> None:
    with written(workspace) as journal:
        journal.begin(LIVE, 70)
        journal.renew("a", 99)
        journal.renew("b", 100)
    lease = store.lease()
    assert lease is not None
    assert (lease.show_id, lease.boot_id, lease.stamp_ns, lease.started_ns) == ("a", "b", 99, 70)


def test_a_first_tick_that_could_not_be_written_is_written_with_the_next_stamp(
    workspace: Workspace, store: WantedStore
) -> None:
    """Without it the show would not end after its time, and an engine that takes it up would count from 0 again."""
    journal = ShowJournal(workspace, wait_s=0)
    with closing(sqlite3.connect(workspace.wanted_db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        journal.start()
        journal.begin(LIVE, 70)
        wait_for(lambda: journal.problems, 20)
        other.execute("ROLLBACK")
    journal.renew("a", 99)
    journal.stop()
    lease = store.lease()
    assert lease is not None
    assert (lease.stamp_ns, lease.started_ns) == (99, 70)


def _leave(journal: ShowJournal, show_id: str) -> None:
    journal.leave(show_id, 1)


@pytest.mark.parametrize("write", [ShowJournal.write_off, _leave])
def test_an_end_is_told_before_the_database_takes_it(
    workspace: Workspace, store: WantedStore, write: Callable[[ShowJournal, str], None]
) -> None:
    """Whoever was told to end has seconds left."""
    journal, flags = ShowJournal(workspace), WishFlags(workspace)
    write(journal, "a")
    assert flags.is_up("off", "a"), "ahead of all that this journal still has to write"
    journal.start()
    journal.stop()
    assert not flags.is_up("off", "a"), "no longer needed"
    wanted, lease = store.read()[1], store.lease()
    assert lease is not None
    assert wanted.mode == "off" or lease.refusal("a", "b", 5) == "lease"


@pytest.mark.parametrize("write", [ShowJournal.write_off, _leave])
def test_an_end_that_the_database_does_not_take_stays_told(
    workspace: Workspace, store: WantedStore, write: Callable[[ShowJournal, str], None]
) -> None:
    journal, flags = ShowJournal(workspace, wait_s=0), WishFlags(workspace)
    with closing(sqlite3.connect(workspace.wanted_db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        journal.start()
        write(journal, "a")
        journal.stop()
        other.execute("ROLLBACK")
    assert store.read()[1].mode == "live"
    assert flags.applied(store.read()[1]).mode == "off"


def test_a_show_that_is_left_is_not_over_and_has_no_leave(workspace: Workspace, store: WantedStore) -> None:
    with written(workspace) as journal:
        journal.begin(LIVE, 3)
        journal.leave("b", 1)
        journal.leave("a", 1)
        journal.renew("a", 9)
    lease = store.lease()
    assert lease is not None
    assert store.read()[1].mode == "live"
    assert (lease.boot_id, lease.stamp_ns - lease.started_ns) == ("", 6)


def test_a_show_that_is_over_is_written_off_and_no_other(workspace: Workspace, store: WantedStore) -> None:
    with written(workspace) as journal:
        journal.write_off("b")
    assert store.read()[1].mode == "live"
    with written(workspace) as journal:
        journal.write_off("a")
    assert store.read()[1].mode == "off"


def test_products_on_air_and_the_end_are_logged_in_order(workspace: Workspace, store: WantedStore) -> None:
    shop = open_shop(workspace)
    products = [ShowProduct(sku=sku, name=sku, currency="USD", price=1) for sku in ("BAG", "BELT")]
    load_products(shop, workspace.home / "show.toml", products)
    with written(workspace) as journal:
        journal.feature(LIVE, "BAG", 1.0)
        journal.feature(LIVE, "BELT", 5.5)
        journal.feature(LIVE, "", 9.0)
        journal.end(LIVE, 30.0)
    with shop.reading() as session:
        intervals = session.execute(
            select(ProductRow.sku, OnAirRow.from_s, OnAirRow.to_s)
            .join(ProductRow, ProductRow.id == OnAirRow.product_id)
            .order_by(OnAirRow.id)
        ).all()
        show = session.scalars(select(ShowRow)).one()
        assert (show.id, show.title) == ("a", "Carved leather")
        assert show.ended_at is not None
    assert [tuple(one) for one in intervals] == [("BAG", 1.0, 5.5), ("BELT", 5.5, 9.0)]
    shop.close()


def test_without_a_show_there_is_nothing_to_log(workspace: Workspace) -> None:
    with written(workspace) as journal:
        journal.feature(Wanted(), "BAG", 1.0)
        journal.end(Wanted(), 2.0)
    assert not workspace.shop_db.exists()


def test_what_cannot_be_written_is_a_problem_and_is_written_as_soon_as_it_can_be(
    workspace: Workspace, store: WantedStore
) -> None:
    with written(workspace) as journal:
        workspace.shop_db.write_bytes(b"no database " * 1000)
        journal.end(LIVE, 1.0)
        wait_for(lambda: journal.problems, 20)
        assert "benchcast orders restore" in journal.problems[0]
        journal.renew("a", 99)

        def stamped() -> bool:
            lease = store.lease()
            return lease is not None and lease.stamp_ns == 99

        wait_for(stamped, 20, "the lease, which a damaged shop does not hold up")
        workspace.shop_db.unlink()
        wait_for(lambda: journal.problems == (), 20)
    with closing(open_shop(workspace)) as shop, shop.reading() as session:
        assert session.scalars(select(ShowRow)).one().ended_at is not None
    lease = store.lease()
    assert lease is not None
    assert lease.stamp_ns == 99


def test_a_fault_of_ours_does_not_end_it(
    workspace: Workspace, store: WantedStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without it no lease would be renewed, and the show would be over a minute later."""

    def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(shows, "end_show", fail)
    with written(workspace) as journal:
        journal.end(LIVE, 1.0)
        journal.renew("a", 99)
    lease = store.lease()
    assert lease is not None
    assert lease.stamp_ns == 99
    assert "could not be written down" in caplog.text
