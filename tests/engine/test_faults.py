"""Faults that a thread goes through: each counted, and in the log, which tells repeated ones once a second."""

from __future__ import annotations

import logging

import pytest

from studio.engine.faults import Faults


def test_each_is_counted_and_told_with_its_reason(caplog: pytest.LogCaptureFixture) -> None:
    faults = Faults("feed wide")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            faults.caught(ValueError("a bad rectangle"))
    assert faults.count == 3
    assert [record.getMessage() for record in caplog.records] == ["feed wide failed"] * 3
    assert "a bad rectangle" in caplog.text
