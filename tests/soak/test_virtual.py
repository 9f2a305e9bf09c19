"""Three minutes on air in virtual time: with all the real parts of it that could drift, lose or grow."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest

from tests.soak.offsets import offsets
from tests.soak.virtual import Found, in_folder, middle, soak

_MINUTES = 3
_LOOK_S = 20.0


@pytest.mark.show
@pytest.mark.timeout(1200)
def test_three_minutes_drift_and_lose_nothing(tmp_path: Path) -> None:
    found = Found()
    with in_folder(tmp_path) as show:
        for _ in soak(show, found, _MINUTES * 60, _LOOK_S):
            assert show.seconds < _MINUTES * 60 + 1

    assert found.ticks == _MINUTES * 60 * 30
    assert found.frames == [found.ticks, found.ticks]
    assert found.recorded == found.ticks
    assert found.connections == [1, 1]
    assert max(one.queued_ms for one in found.moments) == 0
    assert found.moments[-1].dropped == 0

    assert found.recording is not None
    recorded = list(offsets(found.recording, _MINUTES * 60, middle))
    for windows in (found.windows, recorded):
        assert len(windows) >= _MINUTES * 60 / _LOOK_S - 1
        assert all(len(one.offsets_ms) >= 4 for one in windows)
        all_ms = list(chain.from_iterable(one.offsets_ms for one in windows))
        assert max(all_ms, key=abs) == pytest.approx(0, abs=20)
        assert max(all_ms) - min(all_ms) < 5, "200 ppm that nobody takes out are 36 ms in three minutes"
