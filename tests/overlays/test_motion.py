from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.media.picture import Rect
from studio.overlays.motion import AT_REST, ENTER_NS, FLIP_NS, LEAVE_NS, enter, flip, leave
from tests.overlays.conftest import TALL, WIDE

FRAME_NS = 33_333_333


def test_the_first_frame_of_an_entering_card_is_already_seen() -> None:
    pose = enter(0, WIDE)
    assert 0.3 <= pose.opacity < 1
    assert pose.dy > 0


def test_entering_ends_at_rest_and_stays_there() -> None:
    assert enter(ENTER_NS, WIDE) == enter(10 * ENTER_NS, WIDE) == AT_REST


def test_what_is_at_the_top_comes_from_above() -> None:
    assert enter(0, TALL, from_above=True).dy < 0
    away = leave(LEAVE_NS // 2, TALL, from_above=True)
    assert away is not None
    assert away.dy < 0


def test_entering_only_ever_gets_nearer_and_clearer() -> None:
    poses = [enter(n * FRAME_NS, WIDE) for n in range(12)]
    assert all(one.opacity <= other.opacity for one, other in pairwise(poses))
    assert all(one.dy >= other.dy for one, other in pairwise(poses))


def test_the_first_frame_of_a_leaving_card_is_already_paler_and_then_it_is_gone() -> None:
    first = leave(0, WIDE)
    assert first is not None
    assert first.opacity < 0.8
    assert leave(LEAVE_NS, WIDE) is None


@given(st.integers(-FRAME_NS, 10**12))
def test_moves_are_even_and_opacities_are_shares(elapsed_ns: int) -> None:
    for pose in (enter(elapsed_ns, WIDE), leave(elapsed_ns, TALL)):
        if pose is not None:
            assert pose.dx % 2 == pose.dy % 2 == 0
            assert 0 <= pose.opacity <= 1


@given(st.integers(0, FLIP_NS - 1), st.integers(0, 1000), st.integers(1, 500))
def test_old_and_new_share_the_frame_between_them(elapsed_ns: int, y: int, height: int) -> None:
    clips = flip(elapsed_ns, Rect(10, y, 300, height), WIDE)
    assert clips is not None
    new, old = clips
    assert new.y == 0
    assert new.height == old.y
    assert old.y + old.height == WIDE.height
    assert new.height % 2 == 0


@pytest.mark.parametrize("height", [40, 60, 200])
def test_half_of_what_changed_is_new_from_the_first_frame(height: int) -> None:
    clips = flip(0, Rect(10, 800, 300, height), WIDE)
    assert clips is not None
    assert clips[0].height - 800 >= height / 2 - 1


def test_a_flip_ends() -> None:
    assert flip(FLIP_NS, Rect(0, 0, 10, 10), WIDE) is None
