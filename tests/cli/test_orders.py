from __future__ import annotations

import csv
import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from openpyxl import load_workbook

from studio.cli.app import main
from studio.media.clock import SystemClock
from studio.shop import database
from studio.shop.database import open_shop
from studio.shop.loading import load_products
from studio.shop.product import ShowProduct, ShowVariant
from studio.show.model import Feed, Layer, Scene, Show, Source
from studio.show.now import current_show
from studio.show.start import start_show
from studio.show.wanted import end, opened
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace

Run = Callable[..., tuple[int, str, str]]
SHOW = Show(
    title="Evening",
    language="en",
    currency="USD",
    sources=(Source(name="bench", kind="demo"),),
    scenes=(Scene(name="Bench", layers=(Layer(source="bench"),)),),
    feeds=(Feed(name="wide"),),
)


@pytest.fixture
def run(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as a person types it: exit status, standard output, standard error."""
    shop = open_shop(workspace)
    bag = ShowProduct(sku="BAG-01", name="Bag", currency="USD", price=17900, stock=3)
    belt = ShowProduct(
        sku="BELT", name="Belt", currency="USD", price=1, variants=(ShowVariant("BELT-85", {"size": "85"}, 2),)
    )
    load_products(shop, Path("show.toml"), [bag, belt])
    shop.close()

    def run(*args: str) -> tuple[int, str, str]:
        status = main(["orders", *args])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def _lines(run: Run) -> list[dict[str, object]]:
    return [json.loads(line) for line in run("list", "--json")[1].splitlines()]


def test_an_order_prints_its_number_and_is_listed(run: Run) -> None:
    assert run("add", "--sku", "BAG-01", "--qty", "2", "--buyer", "Ann", "--channel", "tube") == (0, "1001\n", "")
    assert run("add", "--sku", "BELT", "--qty", "1")[1] == "1002\n"
    bag, belt = _lines(run)
    assert str(bag.pop("at")).endswith("Z")
    assert bag == {
        "number": 1001,
        "sku": "BAG-01",
        "variant": None,
        "name": "Bag",
        "quantity": 2,
        "price": "179.00",
        "currency": "USD",
        "buyer": "Ann",
        "channel": "tube",
        "status": "open",
        "video_s": None,
        "noted": None,
    }
    assert (belt["sku"], belt["variant"]) == ("BELT", "BELT-85")
    assert "1001" in run("list")[1]


def test_too_little_left_is_an_error_that_says_how_much_there_is(run: Run) -> None:
    status, out, err = run("add", "--sku", "BAG-01", "--qty", "4")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "only 3 left" in err
    assert _lines(run) == []


def test_an_order_may_wait(run: Run) -> None:
    status, out, err = run("add", "--sku", "BAG-01", "--qty", "4", "--waitlist")
    assert (status, out, "waits" in err) == (0, "1001\n", True)
    assert _lines(run)[0]["status"] == "waiting"


def test_an_order_in_a_show_has_its_time_code(run: Run, workspace: Workspace) -> None:
    clock, store = SystemClock(), WantedStore(workspace.wanted_db)
    show_id = start_show(store, opened(SHOW))
    assert current_show(workspace, clock) is None  # not a tick on air yet
    store.start_clock(show_id, clock.now_ns() - 90_000_000_000)
    run("add", "--sku", "BAG-01", "--qty", "1")
    store.change(end)
    run("add", "--sku", "BAG-01", "--qty", "1")
    store.close()
    within, after = (line["video_s"] for line in _lines(run))
    assert isinstance(within, float)
    assert 90 <= within < 120
    assert after is None


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_an_export_holds_no_formula(run: Run, tmp_path: Path, suffix: str) -> None:
    run("add", "--sku", "BAG-01", "--qty", "1", "--buyer", "=HYPERLINK(1)", "--channel", "@x")
    file = tmp_path / f"orders{suffix}"
    assert run("export", str(file))[0] == 0
    if suffix == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as lines:
            row = next(csv.DictReader(lines))
        assert (row["number"], row["buyer"], row["channel"]) == ("1001", "'=HYPERLINK(1)", "'@x")
        assert row["total"] == "179.00"
    else:
        cells = [cell for line in load_workbook(file)["Benchcast"].iter_rows() for cell in line]
        assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}


def test_one_line_is_not_lines(run: Run, tmp_path: Path) -> None:
    run("add", "--sku", "BAG-01", "--qty", "1")
    assert run("export", str(tmp_path / "o.csv"))[1].startswith("1 line in ")


def test_an_export_elsewhere_than_to_a_table_is_refused(run: Run, tmp_path: Path) -> None:
    assert run("export", str(tmp_path / "orders.pdf"))[0] == 2
    status, out, err = run("export", str(tmp_path / "no" / "orders.csv"))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"there is no folder {tmp_path / 'no'}" in err
    (tmp_path / "folder.csv").mkdir()
    assert run("export", str(tmp_path / "folder.csv"))[0] == 2
    assert [one.name for one in tmp_path.glob("*.new")] == []


@pytest.mark.parametrize(
    "args", [("--sku", "BAG-01", "--qty", "0"), ("--sku", "BAG-01", "--qty", "x"), ("--sku", "X", "--qty", "1"), ()]
)
def test_a_wrong_order_is_the_persons_to_correct(run: Run, args: tuple[str, ...]) -> None:
    status, out, err = run("add", *args)
    assert (status, out, err.count("\n")) == (2, "", 1)


def test_an_order_while_the_database_is_held_is_noted_and_later_held(
    run: Run, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_WAIT_S", 0.02)
    with closing(sqlite3.connect(workspace.shop_db)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, out, err = run("add", "--sku", "BAG-01", "--qty", "1", "--buyer", "Ann Lee")
        other.execute("ROLLBACK")
    assert (status, out) == (0, "J-1 noted, not held\n")
    assert "held by another program" in err
    assert "Ann" not in err
    assert run("add", "--sku", "BAG-01", "--qty", "1")[1] == "1002\n"
    assert [(line["number"], line["buyer"], line["noted"]) for line in _lines(run)] == [
        (1001, "Ann Lee", 1),
        (1002, "", None),
    ]
    assert "1001 (J-1)" in run("list")[1]


def test_a_damaged_database_is_restored_with_all_its_orders(run: Run, workspace: Workspace) -> None:
    run("add", "--sku", "BAG-01", "--qty", "1", "--buyer", "Ann Lee")
    workspace.shop_db.write_bytes(os.urandom(100_000))
    status, out, err = run("list")
    assert (status, out, err.count("\n")) == (1, "", 1)
    assert "benchcast orders restore" in err
    status, out, err = run("restore")
    assert (status, err) == (0, "")
    assert "1 order entered" in out
    assert "benchcast.db.damaged-1" in out
    (line,) = _lines(run)
    assert (line["number"], line["buyer"]) == (1001, "Ann Lee")
    assert run("restore")[0] == 2
