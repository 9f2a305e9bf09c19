"""Snapshots of what is wanted and what is sold."""

from __future__ import annotations

import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from studio.engine.mirror import Mirror
from studio.errors import StudioError
from studio.media.clock import SystemClock
from studio.shop.catalogue_rows import set_price
from studio.shop.database import open_shop
from studio.shop.loading import load_products
from studio.shop.product import ShowProduct
from studio.show.wanted import Lease, Wanted, end, opened, with_feature
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace
from tests.services.waiting import wait_for
from tests.show.samples import SHOW


@contextmanager
def mirroring(workspace: Workspace) -> Iterator[tuple[Mirror, threading.Event]]:
    changed = threading.Event()
    mirror = Mirror(workspace, SystemClock(), changed.set)
    mirror.start()
    try:
        yield mirror, changed
    finally:
        mirror.stop()


@pytest.fixture
def store(workspace: Workspace) -> Iterator[WantedStore]:
    with closing(WantedStore(workspace.wanted_db)) as store:
        yield store


def test_a_wish_is_heard_with_its_revision_and_its_lease(workspace: Workspace, store: WantedStore) -> None:
    with mirroring(workspace) as (mirror, changed):
        assert mirror.ready.wait(20)
        assert mirror.wish.revision == 0
        changed.clear()
        store.begin(opened(SHOW), Lease(show_id="", boot_id="b", stamp_ns=5))
        wait_for(lambda: mirror.wish.revision == 1, 20)
        assert mirror.wish.wanted == opened(SHOW)
        assert mirror.wish.lease == store.lease()
        assert changed.wait(20)
        store.change(lambda now: with_feature(now, "BAG-01"))
        wait_for(lambda: mirror.wish.wanted.feature == "BAG-01", 20)
        assert mirror.problems == ()


def test_a_changed_price_is_heard(workspace: Workspace, store: WantedStore) -> None:
    shop = open_shop(workspace)
    load_products(
        shop, workspace.home / "show.toml", [ShowProduct(sku="BAG", name="Bag", currency="USD", price=17900)]
    )
    with mirroring(workspace) as (mirror, _):
        wait_for(lambda: mirror.catalogue.find("BAG"), 20)
        set_price(shop, "BAG", "USD", 16300)

        def cheaper() -> bool:
            bag = mirror.catalogue.find("BAG")
            return bag is not None and bag.price == 16300

        wait_for(cheaper, 20)
    shop.close()


def test_the_last_wish_stays_while_the_file_cannot_be_read_and_the_next_is_heard(
    workspace: Workspace, store: WantedStore
) -> None:
    store.begin(opened(SHOW), Lease(show_id="", boot_id="b", stamp_ns=5))
    with mirroring(workspace) as (mirror, _), closing(sqlite3.connect(workspace.wanted_db)) as db:
        wait_for(lambda: mirror.wish.revision == 1, 20)
        good = db.execute("SELECT wish FROM wanted").fetchone()[0]
        db.execute("UPDATE wanted SET wish = '{'")
        db.commit()
        wait_for(lambda: mirror.problems, 20)
        assert "damaged" in mirror.problems[0]
        assert mirror.wish.wanted == opened(SHOW)
        db.execute("UPDATE wanted SET wish = ?, revision = 2", (good,))
        db.commit()
        wait_for(lambda: mirror.wish.revision == 2, 20)
        wait_for(lambda: mirror.problems == (), 20)


def test_a_shop_of_a_newer_version_is_a_problem_and_the_wish_is_heard_all_the_same(
    workspace: Workspace, store: WantedStore
) -> None:
    with closing(sqlite3.connect(workspace.shop_db)) as db:
        db.execute("CREATE TABLE alembic_version (version_num TEXT)")
        db.execute("INSERT INTO alembic_version VALUES ('9999')")
        db.commit()
    with mirroring(workspace) as (mirror, _):
        wait_for(lambda: mirror.problems, 20)
        assert "newer Benchcast" in mirror.problems[0]
        store.change(lambda now: with_feature(now, "BAG-01"))
        wait_for(lambda: mirror.wish.wanted.feature == "BAG-01", 20)


def test_what_could_not_be_read_is_read_again_although_nobody_writes(
    workspace: Workspace, store: WantedStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.change(lambda now: with_feature(now, "BAG-01"))
    failures = [StudioError("wanted.db cannot be used (locked)", do="try again")]

    class Unlucky(WantedStore):
        def read(self) -> tuple[int, Wanted]:
            if failures:
                raise failures.pop()
            return super().read()

    monkeypatch.setattr("studio.engine.mirror.WantedStore", Unlucky)
    with mirroring(workspace) as (mirror, _):
        wait_for(lambda: mirror.wish.wanted.feature == "BAG-01", 20)
        wait_for(lambda: mirror.problems == (), 20)


def test_a_damaged_file_that_a_person_moved_away_is_forgotten(workspace: Workspace) -> None:
    workspace.wanted_db.write_bytes(b"no database " * 1000)
    with mirroring(workspace) as (mirror, _):
        workspace.wanted_db.rename(workspace.home / "damaged.db")
        with closing(WantedStore(workspace.wanted_db)):
            assert mirror.ready.wait(20)
            wait_for(lambda: mirror.problems == (), 20)


def _remove(path: Path) -> None:
    for one in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        one.unlink(missing_ok=True)


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can remove a file that is open")
def test_a_file_made_anew_in_mid_show_is_given_back_what_was_wanted(workspace: Workspace, store: WantedStore) -> None:
    """It would say that nothing is wanted, and end the show."""
    lease = Lease(show_id="a", boot_id="b", stamp_ns=5)
    live = replace(opened(SHOW), mode="live", show_id="a")
    store.begin(live, lease)
    store.change(lambda now: with_feature(now, "BAG-01"))
    with mirroring(workspace) as (mirror, _):
        wait_for(lambda: mirror.wish.revision == 2, 20)
        before = mirror.wish
        _remove(workspace.wanted_db)
        with closing(WantedStore(workspace.wanted_db)) as new:
            wait_for(lambda: new.read() == (2, before.wanted), 20)
            assert new.lease() == before.lease
            assert mirror.wish == before
            new.change(lambda now: with_feature(now, "BELT-01"))
            wait_for(lambda: mirror.wish.wanted.feature == "BELT-01", 20)
        store.change(end)
        wait_for(lambda: mirror.wish.wanted.mode == "off", 20, "what is wished by those who had the old one open")


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can remove a file that is open")
def test_a_shop_made_anew_is_what_is_sold(workspace: Workspace, store: WantedStore) -> None:
    def offer(sku: str) -> None:
        with closing(open_shop(workspace)) as shop:
            load_products(
                shop, workspace.home / "show.toml", [ShowProduct(sku=sku, name=sku, currency="USD", price=1)]
            )

    offer("BAG")
    with mirroring(workspace) as (mirror, _):
        wait_for(lambda: mirror.catalogue.find("BAG"), 20)
        _remove(workspace.shop_db)
        offer("BELT")
        wait_for(lambda: list(mirror.catalogue.products) == ["BELT"], 20)
