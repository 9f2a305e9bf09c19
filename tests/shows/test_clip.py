"""The newest seconds of a show on air as a file, while it goes on."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from tests.services.nginx_rtmp import NginxRtmp
from tests.shows.studio import Studio, looked_at, show_file


def test_a_clip_of_a_show_on_air_costs_its_viewers_nothing(
    studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp
) -> None:
    live = studio.live(show_file(tmp_path), "--to", nginx_rtmp.url("key"))
    studio.wait(lambda now: bool(now.feeds) and now.feeds[0].replay_s > 13, "thirteen seconds in memory", 60)
    said = studio.run("clip", "--seconds", "10")
    path = Path(said.strip())
    assert path.parent == studio.workspace.recordings
    found = looked_at(path)
    assert 10 <= found.seconds <= 12.2, "from the key frame at or before"
    assert found.sound_seconds == pytest.approx(found.seconds, abs=0.7)
    with av.open(str(path)) as file:
        first = next(packet for packet in file.demux(file.streams.video[0]))
        assert first.is_keyframe
    short = studio.run("clip", "--seconds", "60")
    assert "s are in memory" in short
    assert "choose one of: wide" in studio.run("clip", "--feed", "tall", status=2)
    studio.run("off")
    assert live.wait() == 0
    (place,) = live.final.destinations
    assert place.dropped == 0
    received = looked_at(nginx_rtmp.recordings("key")[-1])
    assert received.frames == place.frames
    assert "no show is on air" in studio.run("clip", status=2)


def test_after_a_crash_of_the_engine_it_has_what_came_since(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path, record=False))
    pid = studio.on_air(90).pid
    studio.process("_engine").kill()
    studio.wait(lambda now: now.pid != pid and bool(now.feeds) and now.feeds[0].replay_s > 2, "another engine")
    said = studio.run("clip", "--seconds", "60")
    assert "The clip is shorter: only" in said
    assert looked_at(Path(said.splitlines()[0])).seconds < 60
    studio.run("off")
    live.wait()
