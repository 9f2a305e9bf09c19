"""What one of our processes reads that another has written: the status map, and the JSON in both databases."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from studio.shop.catalogue_rows import read_catalogue
from studio.shop.claims import ClaimReader
from studio.shop.database import Shop, open_shop
from studio.shop.importing import export_products, import_products
from studio.shop.loading import load_products
from studio.shop.orders import NewOrder, add_order, read_orders
from studio.shop.product import ShowProduct, ShowVariant
from studio.shop.product_sheet import read_products
from studio.show.requests import Answer, Clip
from studio.show.status_map import StatusMapReader
from studio.show.wanted import Lease, Wanted, end, with_feature
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import open_workspace
from studio.workspace.slots import SlotReader
from tests.hostile.doors_files import reads
from tests.hostile.samples import FACTS, TABLE, status_map
from tests.hostile.target import Probe, Tables


def status(folder: Path) -> Iterator[Probe]:
    """A whole map, or what its first slot says."""
    path = folder / "status.map"

    def probe(data: bytes) -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(status_map(data) if data[:1] in {b"{", b"["} else data)
        reader = StatusMapReader(path)
        try:
            reader.beat()
            reader.status()
            for feed in range(4):
                reader.preview(feed, 0)
        finally:
            reader.close()

    yield probe


def slots(folder: Path) -> Iterator[Probe]:
    path = folder / "slots"

    def probe(data: bytes) -> None:
        path.unlink(missing_ok=True)
        path.write_bytes(data)
        with suppress(ValueError, OSError):
            reader = SlotReader(path)
            try:
                reader.sequence(0)
                reader.read(0)
            finally:
                reader.close()

    yield probe


def wanted(folder: Path) -> Iterator[Probe]:
    """The wish and its lease: read, and changed by everything that changes them."""
    path = folder / "wanted.db"
    store = WantedStore(path)
    lease = Lease(show_id="1", boot_id="b", stamp_ns=1)
    store.begin(Wanted(mode="live", show_id="1"), lease)
    tables = Tables(path)
    tables.db.execute("PRAGMA synchronous = OFF")
    steps: tuple[Callable[[], object], ...] = (
        store.read,
        store.lease,
        lambda: store.change(lambda now: with_feature(now, "BAG-01")),
        lambda: store.change(end),
        lambda: store.renew("1", 2),
        lambda: store.start_clock("1", 3),
        lambda: store.restore(1, Wanted(mode="live"), lease),
        lambda: store.begin(Wanted(mode="live", show_id="2"), lease),
    )

    def probe(data: bytes) -> None:
        column, table = (("wish", "wanted"), ("lease", "lease"))[len(data) % 2]
        for step in steps:
            tables.put(table, column, data)
            with tables.unchanged_if_refused():
                step()

    try:
        yield probe
    finally:
        store.close()
        tables.close()


def requests(folder: Path) -> Iterator[Probe]:
    """An act that was asked for, its state and its answer."""
    path = folder / "wanted.db"
    store = WantedStore(path)
    first, second = (store.ask("1", Clip(seconds=30, feed="wide")) for _ in range(2))
    store.take(second)
    tables = Tables(path)
    tables.db.execute("PRAGMA synchronous = OFF")
    good = tables.db.execute("SELECT id, act, state, answer FROM requests").fetchall()
    steps: tuple[Callable[[], object], ...] = (
        lambda: store.request(first),
        store.unanswered,
        lambda: store.take(first),
        lambda: store.answer(second, "done", Answer(said="clip.mp4")),
        lambda: store.withdraw(first),
        lambda: store.ask("1", Clip(seconds=1, feed="")),
    )

    def probe(data: bytes) -> None:
        tables.db.execute("DELETE FROM requests WHERE number > 2")
        for ident, act, state, answer in good:
            tables.db.execute(
                "UPDATE requests SET act = CAST(? AS TEXT), state = CAST(? AS TEXT), answer = CAST(? AS TEXT) "
                "WHERE id = CAST(? AS TEXT)",
                (act, state, answer, ident),
            )
        tables.put("requests", ("act", "answer", "state")[len(data) % 3], data)
        for step in steps:
            with tables.unchanged_if_refused():
                step()

    try:
        yield probe
    finally:
        store.close()
        tables.close()


_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_BAG = ShowProduct("A-1", "Bag", "USD", 1250, variants=(ShowVariant("A-1-R", {"color": "red"}, 2),))
_BELT = ShowProduct("B-2", "Belt, long", "USD", 700)
_COLUMNS = (
    ("variants", "options", b'{"color": "red"}'),
    ("order_lines", "options", b'{"color": "red"}'),
    ("file_facts", "facts", FACTS),
)


def options(folder: Path) -> Iterator[Probe]:
    """The JSON of the shop: what a variant is, what was ordered, what a show file said when it was last loaded."""
    workspace = open_workspace(folder / "home")
    shop = open_shop(workspace)
    table, show = folder / "t.csv", folder / "show.toml"
    table.write_bytes(TABLE)
    sheet = read_products(table, "USD")
    import_products(shop, sheet)
    load_products(shop, show, [_BAG, _BELT])
    add_order(shop, NewOrder("A-1-R", 1, _NOW))
    tables = Tables(workspace.shop_db)
    _let_us_write(tables.db)
    steps: tuple[Callable[[], object], ...] = (
        lambda: _use_catalogue(shop, folder / "out.csv"),
        lambda: read_orders(shop),
        lambda: add_order(shop, NewOrder("A-1-R", 1, _NOW)),
        lambda: load_products(shop, show, [_BAG, _BELT]),
        lambda: import_products(shop, sheet),
    )

    def probe(data: bytes) -> None:
        tables.db.execute("DELETE FROM order_lines WHERE order_id > 1")
        tables.db.execute("DELETE FROM orders WHERE id > 1")
        tables.db.execute("UPDATE variants SET stock = 9")
        for name, column, good in _COLUMNS:
            tables.put(name, column, good)
        name, column, _ = _COLUMNS[len(data) % len(_COLUMNS)]
        tables.put(name, column, data)
        for step in steps:
            with tables.unchanged_if_refused():
                step()

    try:
        yield probe
    finally:
        tables.close()
        shop.close()


def _let_us_write(db: sqlite3.Connection) -> None:
    """What is ordered stays as it is, say the triggers; a damaged disk asks no trigger."""
    for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        db.execute(f"DROP TRIGGER {name.decode()}")
    db.execute("PRAGMA synchronous = OFF")


def _use_catalogue(shop: Shop, file: Path) -> None:
    catalogue = read_catalogue(shop)
    reads(ClaimReader(catalogue, "A-1"), "A-1 red M +1, b-2 x2")
    export_products(catalogue, file)
