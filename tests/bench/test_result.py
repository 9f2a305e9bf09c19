from __future__ import annotations

import pytest

from studio.bench.result import judged, median, percentile, unmeasured


def test_a_percentile_is_one_of_the_values() -> None:
    values = [float(one) for one in range(20, 0, -1)]
    assert percentile(values, 0.95) == 19
    assert percentile(values, 0.5) == 10
    assert percentile(values, 1.0) == 20
    assert percentile([7.0], 0.95) == 7
    assert percentile([], 0.95) == 0


def test_the_median_of_an_even_number_lies_between_the_middle_two() -> None:
    assert median([3.0, 1.0, 2.0]) == 2
    assert median([4.0, 1.0, 2.0, 3.0]) == 2.5
    assert median([]) == 0


@pytest.mark.parametrize(
    ("value", "bound", "at_least", "holds", "ok"),
    [
        (1.15, 1.15, False, True, True),
        (1.16, 1.15, False, True, False),
        (29.0, 30.0, True, True, False),
        (1.0, 1.15, False, False, False),  # reached, but something else was wrong
        (1.0, None, False, True, None),  # told for comparison
        (None, 1.15, False, True, None),
    ],
)
def test_a_bound_is_held_or_missed(
    value: float | None, bound: float | None, at_least: bool, holds: bool, ok: bool | None
) -> None:
    assert judged("x", "x", value, "", bound=bound, at_least=at_least, holds=holds).ok is ok


def test_what_cannot_be_measured_is_neither_held_nor_missed() -> None:
    result = unmeasured("cpu.one", "CPU", "measured on Linux only")
    assert (result.value, result.ok) == (None, None)
