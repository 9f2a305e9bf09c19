from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.cli.app import main
from studio.workspace.paths import Workspace

Run = Callable[..., tuple[int, str, str]]

TABLE = """\
sku,name,price,currency,stock,price:EUR
BAG-01,[b]Bag[/b],179.00,USD,12,165.00
FOX-03,狐狸,14,USD,,
"""


@pytest.fixture
def run(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command as a person types it: exit status, standard output, standard error."""

    def run(*args: str) -> tuple[int, str, str]:
        status = main(list(args))
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "products.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def test_what_is_imported_is_listed(run: Run, table: Path) -> None:
    assert run("products", "import", str(table)) == (0, "2 new products, 0 known ones brought up to date.\n", "")
    _, out, _ = run("products", "list", "--json")
    assert [json.loads(line) for line in out.splitlines()] == [
        {
            "sku": "BAG-01",
            "name": "[b]Bag[/b]",
            "price": "179.00",
            "currency": "USD",
            "stock": 12,
            "prices": {"EUR": "165.00", "USD": "179.00"},
            "variants": [],
        },
        {
            "sku": "FOX-03",
            "name": "狐狸",
            "price": "14.00",
            "currency": "USD",
            "stock": None,
            "prices": {"USD": "14.00"},
            "variants": [],
        },
    ]
    _, shown, _ = run("products", "list")
    assert "[b]Bag[/b]" in shown
    assert "179.00 USD" in shown


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_what_is_exported_imports_again(run: Run, table: Path, tmp_path: Path, suffix: str) -> None:
    run("products", "import", str(table))
    before = run("products", "list", "--json")
    out = tmp_path / f"out{suffix}"
    assert run("products", "export", str(out))[0] == 0
    assert run("products", "import", str(out))[0] == 0
    assert run("products", "list", "--json") == before


def test_one_is_not_many(run: Run, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("sku,name,price,currency\nA,Bag,5,USD\n")
    assert run("products", "import", str(tmp_path / "p.csv"))[1].startswith("1 new product, 0 known ones")
    assert run("products", "export", str(tmp_path / "o.csv"))[1].startswith("1 product in ")


def test_a_wrong_table_is_one_line_with_its_place_and_changes_nothing(run: Run, table: Path) -> None:
    table.write_text(TABLE + "N,n,1a,USD,1,\n", encoding="utf-8")
    status, out, err = run("products", "import", str(table))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"{table}, row 4, column price" in err
    assert run("products", "list")[1] == "No products yet.\n"


def test_a_currency_may_be_named(run: Run, tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("Handle,Title,Variant SKU,Variant Price\nfox,Fox,F,1200\n")
    status, _, err = run("products", "import", str(tmp_path / "p.csv"), "--currency", "JPY")
    assert (status, "read as JPY" in err) == (0, True)
    assert '"price":"1200","currency":"JPY"' in run("products", "list", "--json")[1]
    assert run("products", "import", str(tmp_path / "p.csv"), "--currency", "YEN")[0] == 2
