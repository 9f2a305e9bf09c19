"""The quick form of `python -m tests.hostile`."""

from __future__ import annotations

import pytest

from studio.media.clock import SystemClock
from tests.hostile.__main__ import problem
from tests.hostile.run import assail
from tests.hostile.targets import TARGETS

_FEW = {"publisher": 20, "import": 40}


@pytest.mark.hypothesis
@pytest.mark.parametrize("name", TARGETS)
def test_a_door_takes_any_bytes(name: str) -> None:
    outcome = assail(name, _FEW.get(name, 150), SystemClock())
    assert not problem(outcome)
    assert outcome.inputs >= _FEW.get(name, 150)
