from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.cli.app import main
from studio.shop.database import open_shop
from studio.shop.loading import load_products
from studio.shop.product import ShowProduct
from studio.show.wanted import with_feature
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def read(workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Reads comments given as bytes: exit status, standard output, standard error."""
    shop = open_shop(workspace)
    load_products(
        shop,
        Path("show.toml"),
        [ShowProduct(sku="BAG-01", name="Bag", currency="USD", price=17900, stock=3, keyword="bag")],
    )
    shop.close()

    def read(data: bytes, *args: str) -> tuple[int, str, str]:
        file = tmp_path / "comments.jsonl"
        file.write_bytes(data)
        status = main(["claims", "read", str(file), *args])
        said = capsys.readouterr()
        return status, said.out, said.err

    return read


def test_each_comment_is_read_in_order(read: Run) -> None:
    comments = [
        {"id": "a", "channel": "tube", "author": "Ann", "text": "bag x2", "at": "2026-11-05T19:30:00Z"},
        {"id": "b", "channel": "tube", "author": "Bo", "text": "is the bag red?", "at": "2026-11-05T19:30:01Z"},
        {"id": "c", "text": "hello"},
    ]
    status, out, _ = read("\n".join(json.dumps(one) for one in comments).encode(), "--json", "--dry-run")
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [(one["id"], one["kind"]) for one in lines] == [("a", "claim"), ("b", "question"), ("c", "chat")]
    assert lines[0]["items"] == [{"sku": "BAG-01", "variant": None, "quantity": 2}]
    assert all(one["why"] for one in lines)
    assert "Ann" not in out


@pytest.mark.parametrize("field", ["channel", "author", "at"])
def test_what_is_not_known_of_a_comment_may_be_null_or_missing(read: Run, field: str) -> None:
    whole = {"id": "a", "channel": "tube", "author": "Ann", "text": "bag", "at": "2026-11-05T19:30:00Z"}
    without = {name: value for name, value in whole.items() if name != field}
    for comment in (without, whole | {field: None}):
        status, out, err = read(json.dumps(comment).encode(), "--json")
        assert (status, json.loads(out)["kind"], err) == (0, "claim", "")


def test_mine_means_the_product_on_air(read: Run, workspace: Workspace) -> None:
    line = b'{"id": "a", "text": "mine"}'
    assert json.loads(read(line, "--json")[1])["kind"] == "review"
    store = WantedStore(workspace.wanted_db)
    store.change(lambda wanted: with_feature(wanted, "BAG-01"))
    store.close()
    assert json.loads(read(line, "--json")[1])["items"][0]["sku"] == "BAG-01"


@pytest.mark.parametrize(
    "line",
    [b"{bad", b"[]", b'{"id": "a"}', b'{"id": "a", "text": 1}', b'{"id":"a","text":"\xff"}', b'{"x": ' + b"[" * 2000],
)
def test_one_bad_line_is_named_and_nothing_is_read(read: Run, line: bytes) -> None:
    status, out, err = read(b'{"id": "a", "text": "bag"}\n\n' + line, "--json")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "comments.jsonl, line 3" in err


def test_people_get_a_table(read: Run) -> None:
    _, out, _ = read(b'{"id": "a", "text": "bag"}')
    assert "BAG-01 \xd7 1" in out
