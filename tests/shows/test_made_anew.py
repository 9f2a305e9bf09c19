"""`wanted.db` is removed in mid-show, and made anew by whoever asks next."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

import pytest

from studio.show.wanted_store import WantedStore
from tests.services.waiting import wait_for
from tests.shows.studio import Studio, looked_at, show_file


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can remove a file that is open")
def test_a_removed_wish_ends_no_show_and_the_next_is_heard(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path))
    studio.on_air()
    before = studio.status
    for path in studio.workspace.home.glob("wanted.db*"):
        path.unlink()
    with closing(WantedStore(studio.workspace.wanted_db)) as new:
        wait_for(lambda: new.read()[1].show_id == before.show_id, 20, "the wish to be given back")
    studio.wait_frames(30)
    studio.run("feature", "BELT-01")
    studio.wait(lambda now: now.feature == "BELT-01", "the card that is wanted now")
    assert studio.status.pid == before.pid
    studio.run("off")
    assert live.wait() == 0
    assert looked_at(Path(live.final.recordings[0].path)).frames == live.final.feeds[0].frames
    studio.wait_ended()


@pytest.mark.skipif(sys.platform == "win32", reason="there nobody can remove a file that is open")
def test_the_first_command_after_that_ends_no_show_either(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path))
    studio.on_air()
    before = studio.status
    for path in studio.workspace.home.glob("wanted.db*"):
        path.unlink()
    studio.run("feature", "BELT-01")
    studio.wait(lambda now: now.feature == "BELT-01" and now.mode == "live", "the card that is wanted now")
    assert (studio.status.pid, studio.status.show_id) == (before.pid, before.show_id)
    assert not studio.status.final
    studio.run("off")
    assert live.wait() == 0
    studio.wait_ended()
