"""Choosing the preset that this computer can hold."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from studio.engine import presets
from studio.engine.presets import LADDER, choose, measure_ms
from studio.show.model import Feed

WIDE = Feed(name="wide", size=(1920, 1080), fps=30, video_kbps=4500)
TODAY = date(2026, 8, 1)
KEY = "1920x1080 4500 quality"


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "encoder-speed.json"


def _known(memory: Path, superfast_ms: float, cores: int | None = None) -> Path:
    memory.write_text(json.dumps({KEY: _speed(superfast_ms, cores)}))
    return memory


def _speed(ms: float, cores: int | None = None, day: date = TODAY) -> dict[str, object]:
    return {"ms": ms, "cores": cores or os.cpu_count(), "day": day.isoformat()}


# Two cores at 30 frames: 46.7 ms of CPU a frame may be used, 8 of them for the rest: 38.7 for the encoder.
@pytest.mark.parametrize(
    ("cores", "feeds", "fps", "superfast_ms", "preset"),
    [
        (2, 1, 30, 23.4, "veryfast"),
        (2, 1, 30, 23.5, "superfast"),
        (2, 1, 30, 38.6, "superfast"),
        (2, 1, 30, 38.7, "ultrafast"),
        (2, 2, 30, 15.3, "superfast"),
        (2, 2, 30, 15.4, "ultrafast"),
        (2, 1, 60, 15.3, "superfast"),
        (8, 1, 30, 100.0, "veryfast"),
        (1, 4, 60, 1.0, "ultrafast"),
    ],
)
def test_the_best_rung_that_fits_is_taken(
    memory: Path, cores: int, feeds: int, fps: float, superfast_ms: float, preset: str
) -> None:
    feed = replace(WIDE, fps=float(fps))
    assert choose(feed, feeds, _known(memory, superfast_ms, cores), TODAY, cores=cores) == preset


def test_without_being_told_this_computers_cores_count(memory: Path) -> None:
    assert choose(WIDE, 1, _known(memory, 0.001), TODAY) == "veryfast"
    assert choose(WIDE, 1, _known(memory, 1e6), TODAY) == "ultrafast"


SMALL = Feed(name="small", size=(64, 64), video_kbps=200)


def test_what_was_measured_is_remembered(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _known(memory, 20.0)
    assert choose(SMALL, 1, memory, TODAY) in LADDER
    known = json.loads(memory.read_text())
    assert known[KEY] == _speed(20.0)
    assert known["64x64 200 quality"]["ms"] > 0
    monkeypatch.setattr(presets, "measure_ms", lambda _: pytest.fail("measured again"))
    choose(SMALL, 1, memory, TODAY)


@pytest.mark.parametrize(
    ("cores", "days", "preset"),
    [(2, 0, "ultrafast"), (2, 6, "ultrafast"), (2, 7, "veryfast"), (2, -7, "veryfast"), (4, 0, "veryfast")],
)
def test_it_is_measured_again_after_a_week_and_on_another_computer(
    memory: Path, monkeypatch: pytest.MonkeyPatch, cores: int, days: int, preset: str
) -> None:
    monkeypatch.setattr(presets, "measure_ms", lambda _: 1.0)
    _known(memory, 1e6, cores=2)
    assert choose(WIDE, 1, memory, TODAY + timedelta(days=days), cores=cores) == preset


def test_the_better_of_two_measurements_counts(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = iter([1e6, 1.0])
    monkeypatch.setattr(presets, "measure_ms", lambda _: next(measured))
    assert choose(WIDE, 1, memory, TODAY, cores=2) == "veryfast"


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b'{"64x64 200 quality": "fast"}', b'{"64x64 200 quality": 2.5}', b'{"\x80": 1}']
)
def test_a_damaged_memory_is_measured_anew(memory: Path, damage: bytes) -> None:
    memory.write_bytes(damage)
    assert choose(SMALL, 1, memory, TODAY) in LADDER
    assert json.loads(memory.read_text())["64x64 200 quality"]["ms"] > 0


def test_a_memory_that_cannot_be_written_does_no_harm(tmp_path: Path) -> None:
    assert choose(SMALL, 1, tmp_path / "no" / "folder" / "file", TODAY) in LADDER


def test_real_work_is_measured_and_more_of_it_costs_more() -> None:
    small, large = measure_ms(SMALL), measure_ms(replace(SMALL, size=(1280, 720)))
    assert 0 < small < large
