"""A shop with its database, made new for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.shop.database import Shop, migrate, open_shop
from studio.workspace.paths import Workspace


@pytest.fixture(scope="session")
def _new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once: each test takes a copy."""
    path = tmp_path_factory.mktemp("shop") / "new.db"
    migrate(path)
    return path


@pytest.fixture
def shop(workspace: Workspace, _new_database: Path) -> Iterator[Shop]:
    shutil.copy(_new_database, workspace.shop_db)
    opened = open_shop(workspace)
    yield opened
    opened.close()
