"""What a camera shows, judged: noise tells the living from the hung."""

from __future__ import annotations

import numpy as np
import pytest

from studio.capture.watch import ContentWatch
from studio.media.picture import Picture, Size
from studio.show.model import SourceKind
from studio.show.watched import WATCHED

SECOND = 10**9
SIZE = Size(160, 96)
RANDOM = np.random.default_rng(1)


def _picture(mean: float, noise: float) -> Picture:
    picture = Picture.black(SIZE)
    picture.y[:] = np.clip(RANDOM.normal(mean, noise, picture.y.shape), 0, 255) if noise else mean
    return picture


def _watch(kind: SourceKind, *, seconds: float, mean: float = 90.0, noise: float = 0.0) -> ContentWatch:
    """Show it for so long, 25 times a second: one picture, or one with new noise each time."""
    watch, still = ContentWatch(WATCHED[kind]), _picture(mean, noise)
    for number in range(round(seconds * 25) + 1):
        watch.look(_picture(mean, noise) if noise else still, number * SECOND // 25)
    return watch


@pytest.mark.parametrize(("kind", "patience"), [("camera", 5), ("url", 20)])
def test_the_very_same_picture_for_too_long_is_a_source_that_hangs(kind: SourceKind, patience: float) -> None:
    assert not _watch(kind, seconds=patience - 0.1).repeating
    assert _watch(kind, seconds=patience + 0.1).repeating


@pytest.mark.parametrize("kind", ["image", "file", "demo"])
def test_a_picture_that_may_stay_is_never_said_to_be_frozen_or_black(kind: SourceKind) -> None:
    watch = _watch(kind, seconds=60)
    assert not watch.repeating
    assert not _watch(kind, seconds=60, mean=16.0).black


def test_a_bench_where_nothing_moves_lives_by_its_noise() -> None:
    assert not _watch("camera", seconds=8, noise=0.4).repeating


def test_one_picture_that_differs_and_it_lives_again() -> None:
    watch = _watch("camera", seconds=6)
    watch.look(_picture(90, 0.4), 7 * SECOND)
    assert not watch.repeating


@pytest.mark.parametrize(("mean", "noise"), [(16.0, 0.0), (19.0, 1.5)], ids=["a cap", "a cap and a noisy sensor"])
def test_a_black_picture_is_told_as_such_and_not_as_frozen(mean: float, noise: float) -> None:
    assert not _watch("camera", seconds=2.9, mean=mean, noise=noise).black
    watch = _watch("camera", seconds=8, mean=mean, noise=noise)
    assert watch.black
    assert not watch.repeating
    watch.look(_picture(90, 0.4), 9 * SECOND)
    assert not watch.black


def test_a_dark_room_with_one_lamp_is_not_black() -> None:
    watch, dark = ContentWatch(WATCHED["camera"]), _picture(17, 0.5)
    dark.y[32:56, 64:104] = 180
    for number in range(250):
        watch.look(dark, number * SECOND // 25)
    assert not watch.black
