from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import numpy as np

from studio.capture.demo import DemoSource, demo_sound
from studio.capture.source import Opening
from studio.capture.workbench import TAP_NS
from studio.media.ring import SoundRingReader, SoundRingWriter
from studio.show.model import Source
from tests.capture.conftest import make_plan
from tests.capture.manual_clock import ManualClock


def test_pictures_come_thirty_times_a_second_with_sound_that_has_no_gap(tmp_path: Path) -> None:
    clock, plan = ManualClock(late_ns=1_700_000), make_plan(Source(name="demo", kind="demo"), sound=True)
    source = DemoSource(Opening(plan, clock, threading.Event(), SoundRingWriter(tmp_path / "ring")))
    ring, began_ns = SoundRingReader(tmp_path / "ring"), clock.now
    stamps = []
    while clock.now < began_ns + 2_000_000_000:
        shot = source.read()
        stamps += [shot.stamp_ns] if shot is not None else []
    assert {round((later - earlier) / 1e6) for earlier, later in pairwise(stamps)} == {33}
    blocks = ring.read_from(0)
    assert len(blocks) in {199, 200}
    assert {later.stamp_ns - earlier.stamp_ns for earlier, later in pairwise(blocks)} == {10_000_000}
    assert source.got == "1920x1080 drawn 30"


def test_a_blow_is_heard_when_it_is_seen_and_is_quiet() -> None:
    for blow in (0, 7, 200):
        begins = demo_sound(blow * TAP_NS)
        before = demo_sound(blow * TAP_NS + TAP_NS - 20_000_000)
        assert 0.02 < np.abs(begins).max() < 0.2
        assert np.abs(before).max() < 0.001


def test_sound_is_the_same_at_the_same_time() -> None:
    assert np.array_equal(demo_sound(123 * TAP_NS), demo_sound(123 * TAP_NS))
    assert not np.array_equal(demo_sound(123 * TAP_NS), demo_sound(124 * TAP_NS))
