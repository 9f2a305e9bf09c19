"""A power cut, as copies of the database with its write-ahead log torn at every place that a cut can leave."""

from __future__ import annotations

import re
import shutil
import sqlite3
import struct
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from studio.shop.database import Shop
from studio.shop.loading import load_products
from studio.shop.orders import NewOrder, add_order
from studio.shop.product import ShowProduct
from studio.system.processes import command

AT = datetime(2026, 11, 5, 19, 30, tzinfo=UTC)
STOCK = 50
ORDERS = 6
_WAL_HEADER, _FRAME_HEADER = 32, 24  # sqlite.org/fileformat2.html, section 4.1


@pytest.fixture
def before(shop: Shop) -> Shop:
    """A shop whose database file is whole, with nothing in its log."""
    bag = ShowProduct(sku="BAG-01", name="Carved bag", currency="USD", price=17900, stock=STOCK)
    load_products(shop, Path("show.toml"), [bag])
    with shop.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return shop


def _sold(folder: Path, database: bytes, wal: bytes) -> list[int]:
    """The orders that such a database has after a restart; it must be whole, and its stock what they leave."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    path = folder / "shop.db"
    path.write_bytes(database)
    path.with_name("shop.db-wal").write_bytes(wal)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        numbers = [number for (number,) in db.execute("SELECT number FROM orders ORDER BY number")]
        lines = db.execute("SELECT count(*), coalesce(sum(quantity), 0) FROM order_lines").fetchone()
        assert lines == (len(numbers), len(numbers))
        assert db.execute("SELECT stock FROM variants").fetchone() == (STOCK - len(numbers),)
    return numbers


def test_every_torn_log_gives_a_whole_database_and_every_order_that_was_acknowledged_before(
    before: Shop, tmp_path: Path
) -> None:
    log = before.path.with_name(f"{before.path.name}-wal")
    acknowledged: list[tuple[int, int]] = []  # length of the log when the number was told, and the number
    for _ in range(ORDERS):
        line = add_order(before, NewOrder(sku="BAG-01", quantity=1, at=AT))
        acknowledged.append((log.stat().st_size, line.number))
    database, wal = before.path.read_bytes(), log.read_bytes()
    (page,) = struct.unpack(">I", wal[8:12])
    frame = _FRAME_HEADER + page
    ends = range(_WAL_HEADER, len(wal) + 1, frame)
    assert len(ends) > ORDERS, "each order takes several frames"
    cuts = {0, 1, _WAL_HEADER - 1, *ends, *(end + 7 for end in ends[:-1]), *(end - 1 for end in ends[1:])}
    cuts |= {end + frame // 2 for end in ends[:-1]}
    for cut in sorted(cuts):
        promised = [number for length, number in acknowledged if length <= cut]
        assert _sold(tmp_path / "cut", database, wal[:cut]) == promised, f"log cut at byte {cut} of {len(wal)}"
    assert _sold(tmp_path / "cut", database, wal) == [number for _, number in acknowledged]


def test_a_log_whose_last_page_holds_something_else_gives_all_but_the_last_order(
    before: Shop, tmp_path: Path
) -> None:
    """The disk had told the length, but not yet the bytes."""
    numbers = [add_order(before, NewOrder(sku="BAG-01", quantity=1, at=AT)).number for _ in range(3)]
    wal = before.path.with_name(f"{before.path.name}-wal").read_bytes()
    assert _sold(tmp_path / "cut", before.path.read_bytes(), wal[:-512] + bytes(512)) in (numbers[:-1], numbers)
    torn = bytearray(wal)
    torn[-4096:] = bytes(0xA5 for _ in range(4096))
    assert _sold(tmp_path / "cut", before.path.read_bytes(), bytes(torn)) == numbers[:-1]


def test_a_checkpoint_torn_at_any_byte_loses_no_order(before: Shop, tmp_path: Path) -> None:
    """The log is copied into the database file, page by page, and stays until all of that is on the disk."""
    numbers = [add_order(before, NewOrder(sku="BAG-01", quantity=1, at=AT)).number for _ in range(ORDERS)]
    old, wal = before.path.read_bytes(), before.path.with_name(f"{before.path.name}-wal").read_bytes()
    with before.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    new = before.path.read_bytes()
    changed = [at for at in range(0, len(new), 512) if new[at : at + 512] != old[at : at + 512]]
    assert changed, "there was something to copy"
    for at in changed:
        for cut in (at, at + 100, at + 512):
            torn = new[:cut] + old[cut:]
            assert _sold(tmp_path / "cut", torn, wal) == numbers, f"torn at byte {cut}"
            backwards = old[:cut] + new[cut:]  # no order of the pages is promised
            assert _sold(tmp_path / "cut", backwards, wal) == numbers, f"torn at byte {cut}, backwards"


_CALL = re.compile(r"(pwrite64|write|fdatasync|fsync)\(\d+<([^>]*)>(?:, \"([^\"]*)\")?.* = \d+$")


@pytest.mark.skipif(sys.platform != "linux", reason="strace is Linux's")
def test_an_orders_number_is_printed_only_once_the_disk_was_told_to_keep_it(before: Shop, tmp_path: Path) -> None:
    """What the system was asked, in order: neither a file's length nor its bytes say what outlasts a power cut."""
    trace = tmp_path / "trace"
    tracer = [
        "strace",
        "-f",
        "--seccomp-bpf",
        "-y",
        "-s",
        "16",
        "-e",
        "trace=pwrite64,write,fdatasync,fsync",
        "-o",
        str(trace),
    ]
    if subprocess.run([*tracer, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs strace, and to be allowed to trace")
    add = command("orders", "add", "--sku", "BAG-01", "--qty", "1")
    done = subprocess.run([*tracer, *add], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == "1001\n"
    calls = [found.groups() for line in trace.read_text().splitlines() if (found := _CALL.search(line))]
    told = next(at for at, (_, _, said) in enumerate(calls) if said == r"1001\n")
    for kept in (r"/benchcast\.db-wal", r"/orders-\d+\.journal"):
        mine = [at for at, (_, path, _) in enumerate(calls) if re.search(kept + "$", path)]
        writes = [at for at in mine if "write" in calls[at][0]]
        assert writes, kept
        assert max(writes) < told, kept
        assert [at for at in mine if "sync" in calls[at][0] and max(writes) < at < told], f"{kept} is not synced"


def test_what_is_left_of_a_torn_log_is_opened_as_ever(before: Shop, tmp_path: Path) -> None:
    add_order(before, NewOrder(sku="BAG-01", quantity=1, at=AT))
    log = before.path.with_name(f"{before.path.name}-wal")
    database, wal = before.path.read_bytes(), log.read_bytes()[:-100]
    assert _sold(tmp_path / "cut", database, wal) == []
    with closing(Shop(tmp_path / "cut" / "shop.db")) as again:
        assert add_order(again, NewOrder(sku="BAG-01", quantity=1, at=AT)).number == 1001
