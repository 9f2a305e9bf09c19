"""What the window reads of the shop, whatever becomes of its file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from pytestqt.qtbot import QtBot

from studio.media.clock import SystemClock, utc_now
from studio.shop.backups import back_up, restore
from studio.shop.database import Shop, open_shop
from studio.shop.order_journal import OrderJournal
from studio.shop.orders import NewOrder, add_order
from studio.ui.shelf import Goods, Shelf
from studio.workspace.paths import Workspace


class Window:
    """Keeps what a shelf tells."""

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf
        self.heard: list[Goods] = []
        shelf.changed.connect(self.heard.append)

    @property
    def goods(self) -> Goods:
        return self.heard[-1] if self.heard else Goods()


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace) -> Iterator[Window]:
    shelf = Shelf(workspace, SystemClock())
    yield Window(shelf)
    shelf.stop()


def test_products_and_orders_are_read_and_each_new_order_too(qtbot: QtBot, window: Window, shop: Shop) -> None:
    window.shelf.start()
    qtbot.waitUntil(lambda: "BAG-01" in window.goods.catalogue.products)
    assert window.goods.orders == ()
    add_order(shop, NewOrder(sku="BAG-01", quantity=2, at=utc_now()))
    qtbot.waitUntil(lambda: len(window.goods.orders) == 1)


def test_a_new_workspace_gets_its_shop(qtbot: QtBot, window: Window, workspace: Workspace) -> None:
    window.shelf.start()
    qtbot.waitUntil(lambda: bool(window.heard) and not window.goods.trouble, timeout=20_000)
    assert workspace.shop_db.is_file()


@pytest.mark.long
@pytest.mark.parametrize("opened", ["before it was damaged", "afterwards"])
def test_a_restored_database_is_read_without_a_restart(
    qtbot: QtBot, window: Window, workspace: Workspace, shop: Shop, opened: str
) -> None:
    back_up(shop, OrderJournal(workspace))
    shop.close()
    if opened == "before it was damaged":
        window.shelf.start()
        qtbot.waitUntil(lambda: "BAG-01" in window.goods.catalogue.products)
    for path in workspace.home.glob(f"{workspace.shop_db.name}*"):
        if not path.name.endswith("-shm"):
            path.write_bytes(b"noise" * 10_000)
    if opened == "afterwards":
        window.shelf.start()
        qtbot.waitUntil(lambda: "benchcast orders restore" in window.goods.trouble)
    restore(workspace)
    with closing(open_shop(workspace)) as restored:
        add_order(restored, NewOrder(sku="BAG-01", quantity=2, at=utc_now()))
    qtbot.waitUntil(lambda: len(window.goods.orders) == 1, timeout=20_000)
    assert "BAG-01" in window.goods.catalogue.products
    assert window.goods.trouble == ""
