from __future__ import annotations

from pathlib import Path

from studio.bench.media import luma_frames
from tests.faults.camera import Seen, camera_clip, looks
from tests.faults.sources import moving_again_s, stale_s

_TICK = 1 / 30


def _seen(*parts: tuple[str, int]) -> list[Seen]:
    shown = [look for look, count in parts for _ in range(count)]
    return [Seen(at * _TICK, look) for at, look in enumerate(shown)]  # type: ignore[arg-type]


def test_a_camera_that_went_shows_the_slate_and_moves_again() -> None:
    seen = _seen(("moving", 30), ("still", 27), ("slate", 20), ("moving", 30))
    assert 0.85 < stale_s(seen, 1.0) < 0.95
    again = moving_again_s(seen, 1.0, 1.0)
    assert again is not None
    assert 1.5 < again < 1.6


def test_a_camera_that_never_came_back_is_told() -> None:
    assert moving_again_s(_seen(("moving", 30), ("still", 30), ("slate", 60)), 1.0, 1.0) is None


def test_single_pictures_shown_twice_are_no_outage() -> None:
    seen = _seen(*(("moving", 9), ("still", 1)) * 10)
    assert moving_again_s(seen, 1.0, 1.0) == 0.0
    assert stale_s(seen, 1.0) < 0.1


def test_a_gap_without_any_picture_is_an_outage_too() -> None:
    seen = [*_seen(("moving", 30)), *(Seen(2.5 + at * _TICK, "moving") for at in range(30))]
    assert moving_again_s(seen, 1.0, 1.0) == 1.5


def test_the_cameras_own_pictures_all_move(tmp_path: Path) -> None:
    for noise in (9.0, 0.5):
        folder = tmp_path / str(noise)
        folder.mkdir()
        clip = camera_clip(folder, (320, 180), noise)
        assert len(list(luma_frames(clip))) == 30
        assert {one.look for one in looks(clip)} == {"moving"}
