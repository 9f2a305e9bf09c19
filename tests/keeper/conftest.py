"""Processes that stand in for engine and sources."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.keeper.launched import Launched, install


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Launched]:
    launched = install(monkeypatch)
    yield launched
    launched.close()
