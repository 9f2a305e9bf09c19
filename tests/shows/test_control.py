"""Who has the last word over a show, whatever fails: the person who ends it."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from tests.shows.studio import Studio, looked_at, show_file


def test_a_show_whose_wish_is_noise_is_silenced_and_ended(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path))
    studio.on_air(30)
    for path in studio.workspace.home.glob("wanted.db*"):
        if not path.name.endswith("-shm"):
            with path.open("rb+") as file:
                file.write(os.urandom(path.stat().st_size))
    studio.run("mute", "on")
    studio.wait(lambda now: now.audio.peak_db < -60, "silence")
    studio.wait_frames(30)
    assert "The show has ended" in studio.run("off")
    assert live.wait() == 0
    looked_at(Path(live.final.recordings[0].path))
    studio.wait_ended()


@pytest.mark.skipif(not hasattr(os, "sched_setscheduler"), reason="elsewhere a process has one priority")
def test_every_thread_of_the_engine_runs_ahead_of_its_cameras(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path))
    studio.on_air(30)
    engine, source = (_niceness(studio.process(role)) for role in ("_engine", "_source"))
    mine = os.getpriority(os.PRIO_PROCESS, 0)
    assert engine == {min(mine, -5) if os.getuid() == 0 else mine}
    assert source == {max(mine, 5)}
    studio.run("off")
    assert live.wait() == 0
    studio.wait_ended()


def _niceness(process: psutil.Process) -> set[int]:
    """Of all threads of a process."""
    return {os.getpriority(os.PRIO_PROCESS, one.id) for one in process.threads()}
