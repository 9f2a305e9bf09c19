from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from studio.errors import InputError, StudioError
from studio.shop import database, migrations
from studio.shop.catalogue_rows import read_catalogue
from studio.shop.database import REVISIONS, Shop, ShopDamaged, migrate, open_shop, revision_of
from studio.shop.loading import load_products
from studio.shop.orders import read_orders
from studio.shop.product import ShowProduct
from studio.shop.tables import Base
from studio.system.locks import WorkspaceLock
from studio.workspace.paths import Workspace


def test_the_steps_lead_from_nothing_to_the_tables_of_this_version(tmp_path: Path) -> None:
    migrate(tmp_path / "shop.db")
    shop = Shop(tmp_path / "shop.db")
    with shop.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    shop.close()
    assert revision_of(tmp_path / "shop.db") == REVISIONS[-1]


def test_every_step_is_known_and_the_last_is_this_versions() -> None:
    script = ScriptDirectory(str(Path(migrations.__file__).parent))
    assert tuple(step.revision for step in reversed(list(script.walk_revisions()))) == REVISIONS


def test_every_table_carries_its_shop() -> None:
    assert all("shop_id" in table.columns for table in Base.metadata.tables.values())


def test_every_connection_syncs_each_commit_and_checks_references(shop: Shop) -> None:
    for _ in range(3):
        with shop.engine.connect() as connection:
            kept = [
                connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert kept == ["wal", 2, 1]
        shop.engine.dispose()


def test_a_newer_database_is_refused_in_words(workspace: Workspace, shop: Shop) -> None:
    _set_version(workspace.shop_db, "9999")
    with pytest.raises(StudioError, match="newer Benchcast"):
        open_shop(workspace)


def test_a_database_of_another_program_is_refused(workspace: Workspace) -> None:
    with closing(sqlite3.connect(workspace.shop_db)) as db:
        db.execute("CREATE TABLE other (id)")
    with pytest.raises(StudioError, match="no Benchcast database"):
        open_shop(workspace)


def test_a_file_that_is_no_database_is_refused_in_words(workspace: Workspace) -> None:
    workspace.shop_db.write_bytes(b"not a database, but a text that is long enough to be one" * 100)
    with pytest.raises(StudioError, match="is damaged") as caught:
        open_shop(workspace)
    assert "benchcast orders restore" in caught.value.do


@pytest.fixture
def _old(workspace: Workspace, shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database is one version behind a program whose only new step renames the version."""
    monkeypatch.setattr(database, "REVISIONS", (*REVISIONS, "next"))

    def upgrade(config: Config, to: str) -> None:
        assert to == "head"
        connection = config.attributes["connection"]
        connection.execute(text("UPDATE alembic_version SET version_num = 'next'"))
        connection.commit()

    monkeypatch.setattr(command, "upgrade", upgrade)


@pytest.mark.usefixtures("_old")
def test_an_older_database_is_copied_before_it_is_brought_up_to_date(workspace: Workspace) -> None:
    open_shop(workspace).close()
    assert revision_of(workspace.shop_db) == "next"
    assert revision_of(workspace.home / f"benchcast.db.version-{REVISIONS[-1]}") == REVISIONS[-1]


@pytest.mark.usefixtures("_old")
def test_an_older_database_stays_as_it_is_while_an_engine_runs(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_ENGINE_WAIT_NS", 200_000_000)
    engine = WorkspaceLock(workspace.lock("engine"))
    assert engine.acquire()
    try:
        with pytest.raises(StudioError, match="end the show"):
            open_shop(workspace)
        assert revision_of(workspace.shop_db) == REVISIONS[-1]
        open_shop(workspace, holds_engine_lock=True).close()
        assert revision_of(workspace.shop_db) == "next"
    finally:
        engine.release()


@pytest.mark.parametrize(
    "url", ["postgresql://ann:s3cret@host/shop", "mysql://h/d", "sqlite://", "sqlite:///:memory:", "s3cret", "::"]
)
def test_another_database_url_is_refused_without_showing_it(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("BENCHCAST_DATABASE_URL", url)
    with pytest.raises(InputError, match="BENCHCAST_DATABASE_URL") as caught:
        open_shop(workspace)
    assert "s3cret" not in str(caught.value)


def test_a_sqlite_url_names_the_file(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BENCHCAST_DATABASE_URL", f"sqlite:///{tmp_path / 'other' / 'shop.db'}")
    shop = open_shop(workspace)
    shop.close()
    assert shop.path == tmp_path / "other" / "shop.db"
    assert revision_of(shop.path) == REVISIONS[-1]
    assert not workspace.shop_db.exists()


def test_a_folder_that_cannot_be_made_is_told_in_words(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("BENCHCAST_DATABASE_URL", f"sqlite:///{tmp_path / 'file' / 'shop.db'}")
    with pytest.raises(StudioError, match="cannot be used"):
        open_shop(workspace)


def test_an_error_of_the_database_names_no_buyer(shop: Shop) -> None:
    with pytest.raises(IntegrityError) as caught, shop.writing() as session:
        session.execute(
            text("INSERT INTO orders VALUES (1, 'main', 1, 'no show', '2026-01-01', :buyer, '', NULL, NULL)"),
            {"buyer": "Ann Lee"},
        )
    assert "Ann" not in str(caught.value)


def test_a_database_that_another_program_holds_is_told_so(
    workspace: Workspace, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.close()
    monkeypatch.setattr(database, "_WAIT_S", 0.01)
    with closing(sqlite3.connect(workspace.shop_db)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        patient = Shop(workspace.shop_db)
        with pytest.raises(StudioError, match="held by another program") as caught, patient.writing():
            pass
        assert "try again" in caught.value.do
        with pytest.raises(StudioError, match="held by another program"):
            open_shop(workspace)
        patient.close()


def test_a_database_with_orders_of_the_first_version_is_brought_up_to_date(workspace: Workspace) -> None:
    shop = Shop(workspace.shop_db)
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with shop.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    shop.close()
    with closing(sqlite3.connect(workspace.shop_db)) as db, db:
        db.execute("INSERT INTO products VALUES (1, 'main', 'BAG', 'Bag', 'BAG', '', 'USD', NULL)")
        db.execute("INSERT INTO variants VALUES (1, 'main', 1, 'BAG', '{}', 3, 0)")
        db.execute("INSERT INTO orders VALUES (1, 'main', 1001, NULL, '2026-01-01 00:00:00', 'Ann', '')")
        db.execute(
            "INSERT INTO order_lines"
            " VALUES (1, 'main', 1, 1, 'BAG', NULL, '{}', 'Bag', 2, 17900, 'USD', NULL, 'open')"
        )
    with closing(open_shop(workspace)) as opened:
        (line,) = read_orders(opened)
        assert (line.number, line.buyer, line.quantity, line.price, line.noted) == (1001, "Ann", 2, 17900, None)
        with pytest.raises(IntegrityError, match="append-only"), opened.writing() as session:
            session.execute(text("DELETE FROM order_lines"))


def test_a_database_of_which_a_page_was_overwritten_is_damaged(workspace: Workspace, shop: Shop) -> None:
    shop.close()
    database.check(workspace.shop_db)
    with workspace.shop_db.open("rb+") as file:
        file.seek(3 * 4096)
        file.write(os.urandom(20_000))
    with pytest.raises(ShopDamaged, match="is damaged"):
        database.check(workspace.shop_db)


def test_a_database_whose_tables_are_gone_is_damaged(workspace: Workspace, shop: Shop) -> None:
    """As one is for who has it open while it is emptied."""
    with closing(sqlite3.connect(workspace.shop_db)) as db, db:
        db.execute("DROP TABLE order_lines")
    with pytest.raises(ShopDamaged, match="is damaged"):
        read_orders(shop)


@pytest.mark.parametrize("options", ["[]", "{", "null", "0", '{"color": 5}', '{"color": ["red"]}'])
def test_a_field_that_holds_what_nobody_wrote_is_damaged(shop: Shop, options: str) -> None:
    load_products(shop, Path("show.toml"), [ShowProduct(sku="BAG-01", name="Bag", currency="USD", price=17900)])
    with closing(sqlite3.connect(shop.path)) as db, db:
        db.execute("UPDATE variants SET options = ?", (options,))
    with pytest.raises(ShopDamaged, match="a field holds what nobody wrote"):
        read_catalogue(shop)


def _set_version(path: Path, version: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE alembic_version SET version_num = ?", (version,))
