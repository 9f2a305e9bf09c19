"""The short form of `make faults`: each fault is made, and states, counts and loss must hold; no second is judged.

Faults that have tests of their own in `tests/shows` are not made here again.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from studio.bench.ground import Ground, Lengths
from studio.media.clock import SystemClock
from tests.faults.catalogue import FAULTS
from tests.faults.ground import Trial, short
from tests.faults.results import is_amiss

_HERE = ("down", "disk", "refused", "clock", "pairs", "together", "locked")


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    return short(Ground(tmp_path, SystemClock(), Lengths(), lambda _: None))


@pytest.mark.show
@pytest.mark.service
@pytest.mark.timeout(400)  # several shows, on a computer that may do much else
@pytest.mark.parametrize("name", _HERE)
def test_a_fault_costs_only_what_it_may(name: str, trial: Trial) -> None:
    results = FAULTS[name](trial)
    if all(one.value is None for one in results) and not (sys.platform == "linux" and os.geteuid() == 0):
        pytest.skip(results[0].detail)
    bad = [f"{one.what}: {one.value} {one.unit} ({one.detail})" for one in results if is_amiss(one)]
    assert not bad
