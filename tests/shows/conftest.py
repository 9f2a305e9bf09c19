"""A studio for each test of whole shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.workspace.paths import Workspace
from tests.shows.studio import Studio


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.show)


@pytest.fixture
def studio(workspace: Workspace) -> Iterator[Studio]:
    made = Studio(workspace)
    yield made
    made.close()
