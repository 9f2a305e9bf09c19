"""A window without a screen, an engine that is not one, and a small shop."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from studio.media.clock import SystemClock
from studio.shop.database import Shop, open_shop
from studio.shop.loading import load_products
from studio.shop.product import ShowProduct
from studio.system.locks import WorkspaceLock
from studio.ui.fonts import load_fonts
from studio.ui.theme import Theme
from studio.ui.tokens import DARK
from studio.ui.window import Window
from studio.workspace.paths import Workspace
from tests.ui.fake_engine import FakeEngine


@pytest.fixture
def engine(workspace: Workspace) -> Iterator[FakeEngine]:
    made = FakeEngine(workspace)
    yield made
    made.close()


@pytest.fixture
def keeper(workspace: Workspace) -> Iterator[None]:
    """Somebody is the keeper already: nothing starts one."""
    lock = WorkspaceLock(workspace.lock("keeper"))
    assert lock.acquire()
    yield
    lock.release()


@pytest.fixture(scope="session")
def stocked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a shop with eleven products, made once: its tables take a moment."""
    home = tmp_path_factory.mktemp("stocked")
    made = open_shop(Workspace(home, home, "stocked"))
    bag = ShowProduct(sku="BAG-01", name="Carved shoulder bag", currency="USD", price=17900, was=22000, stock=12)
    others = [
        ShowProduct(sku=f"P-{n}", name=f"Product {n}", currency="USD", price=n * 1000, stock=0 if n == 5 else n)
        for n in range(2, 12)
    ]
    load_products(made, Path("show.toml"), [bag, *others])
    made.close()
    return made.path


@pytest.fixture
def shop(workspace: Workspace, stocked: Path) -> Iterator[Shop]:
    """Eleven products: BAG-01 (12 left, was dearer), then P-2 to P-11; P-5 is sold out."""
    shutil.copyfile(stocked, workspace.shop_db)
    made = Shop(workspace.shop_db)
    yield made
    made.close()


@pytest.fixture(scope="session")
def fonts(qapp: QApplication) -> None:
    load_fonts()


@pytest.fixture
def theme(qapp: QApplication, fonts: None) -> Theme:
    made = Theme(qapp)
    made.use(DARK)
    return made


@pytest.fixture
def window(qtbot: QtBot, workspace: Workspace, theme: Theme) -> Iterator[Window]:
    """Shown at its smallest, not yet attached, and starting no keeper."""
    made = Window(workspace, SystemClock(), theme)
    made.resize(1280, 720)
    made.show()
    yield made
    made.close()
    made.deleteLater()
