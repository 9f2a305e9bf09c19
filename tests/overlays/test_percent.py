from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.overlays.percent import percent_off


@pytest.mark.parametrize(
    ("was", "now", "percent"),
    [(22000, 17900, 18), (156000, 128000, 17), (18900, 16500, 12), (100, 1, 99), (1000, 1, 99), (100, 0, 100)],
)
def test_per_cent_is_cut_and_never_rounded_up(was: int, now: int, percent: int) -> None:
    assert percent_off(was, now) == percent


@pytest.mark.parametrize(("was", "now"), [(100, 100), (100, 101), (1000, 991), (0, 0), (0, 5), (-5, -10)])
def test_what_is_no_reduction_of_a_whole_per_cent_is_none(was: int, now: int) -> None:
    assert percent_off(was, now) is None


@given(st.integers(1, 10**15), st.integers(0, 10**15))
def test_the_seller_never_claims_more_than_is_true(was: int, now: int) -> None:
    percent = percent_off(was, now)
    if percent is not None:
        assert percent <= Fraction(100 * (was - now), was) < percent + 1
