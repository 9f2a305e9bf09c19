"""A disk that fills up in mid-show: the recording fails and says so; the show goes on, and can be ended."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.engine.disk import WARN_S, Room
from studio.show.status import Status
from studio.workspace.paths import Workspace, open_workspace
from tests.services.nginx_rtmp import NginxRtmp
from tests.shows.studio import Live, Studio, looked_at, show_file


@pytest.fixture
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workspace]:
    """A workspace on a disk of its own, of six megabytes, or as many as the parameter says."""
    home = tmp_path / "home"
    home.mkdir()
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounts a file system in memory, which takes Linux and root")
    size = f"size={getattr(request, 'param', 6)}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(home)], capture_output=True, check=True)
    made = open_workspace(home)
    yield made
    shutil.rmtree(made.runtime)
    subprocess.run(["umount", "--lazy", str(home)], check=True)


def _fill(folder: Path) -> None:
    """Write until nothing more goes in."""
    with (folder / "filler").open("wb", buffering=0) as file:
        for size in (65_536, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise


@pytest.fixture
def on_full_disk(studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp) -> Live:
    """A show on air whose recording has just failed."""
    live = studio.live(show_file(tmp_path), "--to", nginx_rtmp.url("key"))
    studio.wait_destination("127.0.0.1", "live")
    studio.wait_frames(30)
    _fill(studio.workspace.home)
    failed = studio.wait(lambda now: now.recordings[0].state == "failed", "the recording to fail")
    assert "disk space" in failed.recordings[0].reason
    studio.wait_frames(30)
    return live


def _stream_is_whole(final: Status, server: NginxRtmp) -> None:
    place = final.destinations[0]
    assert (place.state, place.dropped, place.reconnects) == ("stopped", 0, 0)
    assert looked_at(server.recordings("key")[0]).frames == place.frames


@pytest.mark.parametrize("workspace", [20], indirect=True)
def test_before_the_disk_is_full_the_recording_is_closed_and_the_stream_goes_on(
    studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp
) -> None:
    live = studio.live(show_file(tmp_path), "--to", nginx_rtmp.url("key"))
    studio.wait_destination("127.0.0.1", "live")
    warned = studio.wait(lambda now: any("little room" in one for one in now.problems), "a warning")
    assert warned.recordings[0].left_s is not None
    assert 0 < warned.recordings[0].left_s < WARN_S
    usage = shutil.disk_usage(studio.workspace.home)
    left = Room(usage.free, usage.total).floor - 50_000  # enough to write on until that is noticed
    (studio.workspace.home / "filler").write_bytes(bytes(usage.free - left))
    ended = studio.wait(lambda now: now.recordings[0].state == "ended", "the recording to be closed")
    assert ended.mode == "live"
    assert [one for one in ended.problems if "before the disk" in one] == [ended.recordings[0].reason]
    studio.wait_frames(30)
    studio.run("off")
    assert live.wait() == 0
    _stream_is_whole(live.final, nginx_rtmp)
    looked_at(Path(live.final.recordings[0].path))


def test_off_ends_the_show(studio: Studio, on_full_disk: Live, nginx_rtmp: NginxRtmp) -> None:
    studio.run("mute", "on")
    studio.wait(lambda now: now.audio.peak_db < -60, "silence")
    said = studio.run("off")
    assert "The show has ended" in said
    assert on_full_disk.wait() == 0
    _stream_is_whole(on_full_disk.final, nginx_rtmp)
    studio.wait_ended()


def test_a_signal_to_the_command_ends_the_show(studio: Studio, on_full_disk: Live, nginx_rtmp: NginxRtmp) -> None:
    on_full_disk.signal(signal.SIGINT)
    assert on_full_disk.wait() == 0
    _stream_is_whole(on_full_disk.final, nginx_rtmp)
    studio.wait_ended()


def test_a_signal_to_the_engine_ends_the_show_for_good(
    studio: Studio, on_full_disk: Live, nginx_rtmp: NginxRtmp, tmp_path: Path
) -> None:
    studio.process("_engine").terminate()
    assert on_full_disk.wait() == 0
    _stream_is_whole(on_full_disk.final, nginx_rtmp)
    studio.wait_ended()
    # With room again the next show starts at once, and the old one's flag does not end it.
    (studio.workspace.home / "filler").unlink()
    live = studio.live(tmp_path / "show.toml", "--seconds", "1")
    assert live.wait() == 0
    assert live.final.t >= 1


def test_a_show_of_which_nothing_was_kept_or_sent_ends_with_1(studio: Studio, tmp_path: Path) -> None:
    live = studio.live(show_file(tmp_path))
    studio.on_air()
    _fill(studio.workspace.home)
    failed = studio.wait(lambda now: now.recordings[0].state == "failed", "the recording to fail")
    assert failed.recordings[0].reason in failed.problems
    said = studio.run("status")
    assert said.count("disk space") == 1
    studio.run("off")
    assert live.wait() == 1
    assert "Nothing of this show" in live.errors
    assert studio.run("status").startswith("Nothing is on air.")
    studio.wait_ended()
    assert studio.run("status").startswith("Nothing is on air.")
