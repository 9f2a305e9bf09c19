"""Files that a person or a platform gives: shows, themes, tables, pictures, comments."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from studio.cli.claims import _read as read_comments
from studio.cli.live import _start as start_live
from studio.errors import InputError
from studio.overlays.photo import load_photo
from studio.shop.claims import ClaimReader
from studio.shop.database import open_shop
from studio.shop.importing import import_products
from studio.shop.loading import load_products
from studio.shop.product_sheet import read_products
from studio.show.showfile import LoadedShow, load_show
from studio.show.start import new_show_id, start_show
from studio.show.theme import load_theme
from studio.show.wanted import end, opened, with_feature
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import open_workspace
from tests.hostile.samples import CATALOGUE, SHEET, zipped
from tests.hostile.target import Probe, Tables

_PRODUCTS_KEPT = 200


def show_file(folder: Path) -> Iterator[Probe]:
    (folder / "bag.jpg").write_bytes(b"photo")
    path = folder / "show.toml"

    def probe(data: bytes) -> None:
        path.write_bytes(data)
        _load(path)

    yield probe


def _load(path: Path) -> LoadedShow | None:
    """The show; None: refused, in one line that names the file."""
    try:
        loaded = load_show(path)
    except InputError as error:
        _one_line_of(path, error)
        return None
    assert loaded.show.feeds
    return loaded


def _one_line_of(path: Path, error: InputError) -> None:
    said = str(error)
    assert said.startswith(str(path)), said
    assert len(said.splitlines()) == 1, said


def live(folder: Path) -> Iterator[Probe]:
    """What `benchcast live` does with a show file, up to the keeper: on refusal, both databases are as before."""
    (folder / "bag.jpg").write_bytes(b"photo")
    path = folder / "show.toml"
    workspace = open_workspace(folder / "home")
    store, shop = WantedStore(workspace.wanted_db), open_shop(workspace)
    store.change(lambda now: with_feature(now, "BAG-01"))
    wanted, sold = Tables(workspace.wanted_db), Tables(workspace.shop_db)
    sold.db.execute("PRAGMA synchronous = OFF")

    def probe(data: bytes) -> None:
        path.write_bytes(data)
        loaded = _load(path)
        if loaded is None:
            before = wanted.dump(), sold.dump()
            with suppress(InputError):
                start_live(workspace, store, path, [], None, 0.0, restock=False)
                raise AssertionError("what is no show has been started")
            assert (wanted.dump(), sold.dump()) == before
            return
        with sold.unchanged_if_refused():
            load_products(shop, path, loaded.products)
        with wanted.unchanged_if_refused():
            start_show(store, opened(loaded.show), new_show_id())
            assert store.read()[1].show == loaded.show
        store.change(end)
        _bound(sold.db)

    try:
        yield probe
    finally:
        for one in (wanted, sold, store, shop):
            one.close()


def theme(folder: Path) -> Iterator[Probe]:
    path = folder / "mine.toml"

    def probe(data: bytes) -> None:
        path.write_bytes(data)
        try:
            assert load_theme(path).name
        except InputError as error:
            _one_line_of(path, error)

    yield probe


def table(folder: Path) -> Iterator[Probe]:
    """Read only."""
    path = folder / "t.csv"

    def probe(data: bytes) -> None:
        path.write_bytes(data)
        with suppress(InputError):
            read_products(path, "USD")

    yield probe


def workbook(folder: Path) -> Iterator[Probe]:
    """Read only; what is no archive is the sheet of one."""
    path = folder / "t.xlsx"

    def probe(data: bytes) -> None:
        path.write_bytes(data if data[:2] == b"PK" else zipped(SHEET, data))
        with suppress(InputError):
            read_products(path, "USD")

    yield probe


def imported(folder: Path) -> Iterator[Probe]:
    """CSV or XLSX into a real catalogue, which must be as before when the table is refused."""
    workspace = open_workspace(folder / "home")
    shop = open_shop(workspace)
    tables = Tables(workspace.shop_db)

    def probe(data: bytes) -> None:
        path = folder / ("t.xlsx" if data[:2] == b"PK" else "t.csv")
        path.write_bytes(data)
        with tables.unchanged_if_refused():
            import_products(shop, read_products(path, "USD"))
        _bound(tables.db)

    try:
        yield probe
    finally:
        tables.close()
        shop.close()


def _bound(db: sqlite3.Connection) -> None:
    """Empty a catalogue that has become large, so that the thousandth input meets what the first did."""
    if db.execute("SELECT count(*) FROM products").fetchone()[0] > _PRODUCTS_KEPT:
        for name in ("product_names", "prices", "variants", "file_facts", "products"):
            db.execute(f"DELETE FROM {name}")


def photo(folder: Path) -> Iterator[Probe]:
    path = folder / "photo"

    def probe(data: bytes) -> None:
        path.write_bytes(data)
        photo = load_photo(path, 64)
        assert (photo.pixels is None) == bool(photo.warning)

    yield probe


def comments(folder: Path) -> Iterator[Probe]:
    path = folder / "comments.jsonl"
    reader = ClaimReader(CATALOGUE, "BAG-01")

    def probe(data: bytes) -> None:
        path.write_bytes(data)
        with suppress(InputError):
            for comment in read_comments(path):
                reads(reader, comment.text)

    yield probe


def claim(_folder: Path) -> Iterator[Probe]:
    """The text of one comment."""
    reader = ClaimReader(CATALOGUE, "BAG-01")

    def probe(data: bytes) -> None:
        reads(reader, data.decode("utf-8", "replace"))

    yield probe


def reads(reader: ClaimReader, text: str) -> None:
    """It must say why, and claim no more than a person can."""
    reading = reader.read(text)
    assert reading.why
    assert all(1 <= one.quantity <= 99 for one in reading.items)
