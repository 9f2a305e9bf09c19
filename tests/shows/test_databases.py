"""A shop's database that is held, damaged or on a read-only disk in mid-show: nobody who watches notices."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from studio.show.status import Status
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.waiting import wait_for
from tests.shows.studio import Live, Studio, json_lines, looked_at, show_file


def _live(studio: Studio, folder: Path, server: NginxRtmp) -> Live:
    live = studio.live(show_file(folder), "--to", server.url("key"))
    studio.wait_destination("127.0.0.1", "live")
    studio.wait_frames(30)
    return live


def _muted(now: Status) -> bool:
    return now.audio.peak_db < -60


def _says(now: Status, words: str) -> bool:
    """Other problems may be told as well: a busy computer has some."""
    return any(words in one for one in now.problems)


def _ends_whole(studio: Studio, live: Live, server: NginxRtmp) -> None:
    studio.run("off")
    assert live.wait() == 0
    place = live.final.destinations[0]
    assert (place.dropped, place.reconnects) == (0, 0)
    assert looked_at(server.recordings("key")[0]).frames == place.frames
    assert looked_at(Path(live.final.recordings[0].path)).frames == live.final.feeds[0].frames
    studio.wait_ended()


def _orders(studio: Studio) -> list[tuple[object, object, object]]:
    lines = json_lines(studio.run("orders", "list", "--json"))
    return [(line["number"], line["noted"], line["status"]) for line in lines]


def test_a_held_database_loses_no_frame_and_no_order(studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp) -> None:
    live = _live(studio, tmp_path, nginx_rtmp)
    with closing(sqlite3.connect(studio.workspace.shop_db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        said = studio.run("orders", "add", "--sku", "BELT-01", "--qty", "1", "--buyer", "Ann Lee")
        assert said.startswith("J-1 noted, not held\n")
        studio.run("feature", "BELT-01")
        studio.wait(lambda now: now.feature == "BELT-01", "the other card")
        studio.wait(lambda now: _says(now, "held by another program"), "the problem in words")
        studio.run("mute", "on")
        studio.wait(_muted, "silence")
        other.execute("ROLLBACK")
    studio.wait(lambda now: not _says(now, "held by another program"), "the problem to be over")
    wait_for(lambda: _orders(studio) == [(1001, 1, "open")], 30, "the noted order to be entered")
    _ends_whole(studio, live, nginx_rtmp)


def test_a_show_is_ended_while_its_database_is_held(studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp) -> None:
    live = _live(studio, tmp_path, nginx_rtmp)
    with closing(sqlite3.connect(studio.workspace.shop_db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        studio.run("mute", "on")
        studio.wait(_muted, "silence")
        _ends_whole(studio, live, nginx_rtmp)
        other.execute("ROLLBACK")


def test_a_database_overwritten_with_noise_loses_no_frame_and_no_order(
    studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp
) -> None:
    live = _live(studio, tmp_path, nginx_rtmp)
    number = int(studio.run("orders", "add", "--sku", "BAG-01", "--qty", "1").split()[0])
    path = studio.workspace.shop_db
    for one in (path, path.with_name(f"{path.name}-wal")):
        size = one.stat().st_size
        with one.open("rb+") as file:
            file.write(os.urandom(size))
    said = studio.run("orders", "add", "--sku", "BAG-01", "--qty", "2")
    assert said.startswith("J-1 noted, not held\n")
    assert "benchcast orders restore" in said
    studio.run("feature", "BELT-01")
    studio.wait(lambda now: now.feature == "BELT-01", "the other card, from the last snapshot")
    studio.run("mute", "on")
    studio.wait(_muted, "silence")
    studio.wait(lambda now: _says(now, "orders restore"), "the offer in words")
    studio.run("orders", "restore")
    assert _orders(studio) == [(number, None, "open"), (number + 1, 1, "open")]
    studio.wait(lambda now: not _says(now, "orders restore"), "the problem to be over")
    _ends_whole(studio, live, nginx_rtmp)
    assert len(_orders(studio)) == 2


def test_a_show_is_ended_with_a_damaged_database(studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp) -> None:
    live = _live(studio, tmp_path, nginx_rtmp)
    path = studio.workspace.shop_db
    path.write_bytes(os.urandom(path.stat().st_size))
    _ends_whole(studio, live, nginx_rtmp)


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="mounts a folder once more, which takes Linux and root"
)
def test_a_workspace_that_became_read_only_loses_no_frame(
    studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp
) -> None:
    live = _live(studio, tmp_path, nginx_rtmp)
    home = str(studio.workspace.home)
    subprocess.run(["mount", "--bind", home, home], capture_output=True, check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", home], check=True)
        said = studio.run("orders", "add", "--sku", "BAG-01", "--qty", "1", status=1)
        assert "cannot be written down" in said, "not acknowledged"
        studio.run("mute", "on")
        studio.wait(_muted, "silence, by a flag")
        studio.wait_frames(30)
        studio.run("off")
        assert live.wait() == 0
        studio.wait_ended()
    finally:
        subprocess.run(["umount", "--lazy", home], check=True)
    place = live.final.destinations[0]
    assert (place.dropped, place.reconnects) == (0, 0)
    assert looked_at(nginx_rtmp.recordings("key")[0]).frames == place.frames
