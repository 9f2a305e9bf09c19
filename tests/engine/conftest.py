"""What tests of the engine share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QGuiApplication

from studio.workspace.paths import Workspace
from tests.engine.engine_bench import Room


@pytest.fixture
def room(workspace: Workspace, qapp: QGuiApplication) -> Iterator[Room]:
    room = Room(workspace)
    yield room
    room.close()
