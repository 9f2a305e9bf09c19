from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from studio.bench.media import cadence, differing_settings, parse_settings, x264_settings


def _clip(path: Path, **options: str) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", 30, options={"preset": "ultrafast", **options})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for number in range(20):
            if number == 10:
                continue  # one is missing
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), number, np.uint8), "rgb24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_the_cadence_tells_a_missing_picture(tmp_path: Path) -> None:
    found = cadence(_clip(tmp_path / "clip.mp4"))
    assert found.pictures == 19
    assert found.longest_ms == pytest.approx(2000 / 30, abs=1)


def test_x264_says_how_it_was_set(tmp_path: Path) -> None:
    one = _clip(tmp_path / "one.mp4", **{"x264-params": "keyint=60:threads=1"})
    other = _clip(tmp_path / "other.mp4", **{"x264-params": "keyint=30:threads=2"})
    assert x264_settings(one)["keyint"] == "60"
    assert differing_settings(one, other) == [
        "keyint: 60, 30",
        "keyint_min: 6, 3",
    ]  # the number of threads is not the picture's business
    assert differing_settings(one, one) == []


def test_settings_without_a_value_are_switches() -> None:
    assert parse_settings("cabac=1 ref=2 mbtree") == {"cabac": "1", "ref": "2", "mbtree": "1"}
