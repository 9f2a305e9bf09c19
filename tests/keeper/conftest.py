"""Processes that stand in for engine and sources."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.keeper.launched import Launched, install
from tests.media.manual_clock import ManualClock


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Launched]:
    launched = install(monkeypatch)
    yield launched
    launched.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """A process that is not ours to end."""
    process = subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE)
    yield process
    process.kill()
    process.wait(20)
    assert process.stdin is not None
    process.stdin.close()
