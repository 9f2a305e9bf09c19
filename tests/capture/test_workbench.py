from __future__ import annotations

import numpy as np

from studio.capture.workbench import SIZE, TAP_NS, Workbench
from studio.media.picture import Plane

SECOND = 1_000_000_000


def planes(bench: Workbench, at_ns: int) -> list[Plane]:
    picture = bench.draw(at_ns)
    return [picture.y.copy(), picture.u.copy(), picture.v.copy()]


def test_the_same_time_gives_the_same_picture_whatever_was_drawn_before() -> None:
    first, second = Workbench(), Workbench()
    for at_ns in (3 * SECOND, 40 * SECOND, first.round_ns - SECOND):
        first.draw(at_ns)
    again = planes(first, 20 * SECOND)
    assert all(np.array_equal(*pair) for pair in zip(again, planes(second, 20 * SECOND), strict=True))


def test_the_hand_moves_and_the_leather_is_carved() -> None:
    bench = Workbench()
    start, soon, later = (planes(bench, at_ns)[0].astype(int) for at_ns in (0, TAP_NS // 2, 60 * SECOND))
    assert np.abs(soon - start).max() > 40
    leather = np.s_[375:425, 1225:1300]  # away from both hands at either time
    assert np.abs(later[leather] - start[leather]).max() > 30


def test_a_round_ends_as_the_next_begins() -> None:
    bench = Workbench()
    last, first = planes(bench, bench.round_ns - 1)[0].astype(int), planes(bench, bench.round_ns)[0].astype(int)
    assert np.abs(last - first).mean() < 0.5


def test_it_is_a_warm_picture_with_fine_texture_within_limited_range() -> None:
    y, u, v = planes(Workbench(), 5 * SECOND)
    assert y.shape == (SIZE.height, SIZE.width)
    assert y.min() >= 16
    assert y.max() <= 235
    assert v.mean() > 134 > 122 > u.mean()
    fine = np.abs(np.diff(y.astype(int), axis=1))
    assert fine.mean() > 2
