"""Faults that a thread goes through: in the log, but not a line for each."""

from __future__ import annotations

import logging

import pytest

from studio.engine.faults import Faults
from tests.media.manual_clock import ManualClock


def test_repeated_faults_are_logged_once_a_second_with_their_count(caplog: pytest.LogCaptureFixture) -> None:
    clock = ManualClock()
    faults = Faults("feed wide", clock)
    with caplog.at_level(logging.ERROR):
        for _ in range(21):
            faults.caught(ValueError("a bad rectangle"))
            clock.pass_s(0.1)
    counts = [record.getMessage() for record in caplog.records]
    assert counts == [
        "feed wide failed (1 since the last such line)",
        "feed wide failed (10 since the last such line)",
        "feed wide failed (10 since the last such line)",
    ]
    assert faults.count == 21
    assert "a bad rectangle" in caplog.text
