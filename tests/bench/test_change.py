from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from studio.bench.change import change_times, delays_ms, strays

MS = 1_000_000


def test_each_commit_is_followed_to_the_next_frame_that_changed() -> None:
    commits = [1000 * MS, 2000 * MS]
    changed = [one * MS for one in (990, 1050, 1083, 1117, 2090, 2123)]
    assert delays_ms(commits, changed) == [50.0, 90.0]


def test_a_commit_without_a_change_is_not_given_the_next_ones() -> None:
    assert delays_ms([1000 * MS, 2000 * MS], [2040 * MS]) == [40.0]
    assert delays_ms([1000 * MS], [2500 * MS]) == []


def test_frames_that_change_by_themselves_are_counted() -> None:
    commits = [1000 * MS, 3000 * MS]
    assert strays(commits, [900 * MS, 1040 * MS, 1300 * MS, 2000 * MS, 3050 * MS]) == 2


@pytest.mark.parametrize("moves_elsewhere", [False, True])
def test_only_a_change_where_the_card_is_counts(tmp_path: Path, moves_elsewhere: bool) -> None:
    path = tmp_path / "show.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", 30, options={"crf": "20", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for number in range(30):
            picture = np.full((180, 320, 3), 96, np.uint8)
            if moves_elsewhere:
                picture[:80, number * 8 : number * 8 + 60] = 255
            if number >= 12:
                picture[120:150, 20:80] = 250
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
    assert change_times(path) == [pytest.approx(12 / 30, abs=1e-3)]
