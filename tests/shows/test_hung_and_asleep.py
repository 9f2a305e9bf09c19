"""An engine that hangs is replaced; a studio that slept goes on; the parts of the recording become one."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import av
import psutil
import pytest
from msgspec.structs import replace

from studio.media.clock import SystemClock
from studio.outputs.receiver import check
from studio.show.status import Status
from studio.show.wanted_store import WantedStore
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.waiting import wait_for
from tests.shows.studio import Studio, show_file


def _joined(final: Status) -> Path:
    """The recording, once its parts are one."""
    (recording,) = final.recordings
    assert recording.joining
    others = [Path(one) for one in recording.parts if one != recording.path]
    assert others
    wait_for(lambda: not any(one.exists() for one in others), 90, "the parts to be joined")
    return Path(recording.path)


def _wait_chapter(studio: Studio, title: str) -> None:
    """Wait until the engine knows what is on air and has noted it, which takes a busy computer its time."""

    def noted() -> bool:
        return any(title in one.read_text(encoding="utf-8") for one in studio.workspace.home.glob("parts-*.jsonl"))

    wait_for(noted, 60, f"the chapter {title}")


def _chapters(path: Path) -> list[str]:
    with av.open(str(path)) as file:
        return [one["metadata"]["title"] for one in file.chapters()]


def _is_as_long_as(path: Path, seconds: float) -> None:
    found = check(path)
    assert (found.errors, found.rising) == (0, True)
    assert found.seconds == pytest.approx(seconds, abs=1.0)
    assert found.sound_seconds == pytest.approx(seconds, abs=1.0)


def test_an_engine_that_hangs_is_killed_and_the_show_goes_on(
    studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp
) -> None:
    live = studio.live(show_file(tmp_path), "--to", nginx_rtmp.url("key"))
    studio.wait_destination("127.0.0.1", "live")
    _wait_chapter(studio, "Carved shoulder bag")
    # A fragment of a second at least is on the disk then, with which the recording begins.
    studio.wait(lambda now: now.recordings[0].seconds > 2.5, "a recording")
    before = studio.status
    engine, source = studio.process("_engine"), studio.process("_source")
    engine.suspend()
    after = studio.wait(lambda now: now.pid != before.pid and now.mode == "live", "another engine on air")
    assert not engine.is_running() or engine.status() == psutil.STATUS_ZOMBIE
    assert after.show_id == before.show_id
    assert studio.process("_source").pid == source.pid, "the camera was not touched"
    studio.wait_destination("127.0.0.1", "live")
    studio.wait_frames(30)
    studio.run("off")
    assert live.wait() == 0
    path = _joined(live.final)
    assert str(path) == before.recordings[0].path
    assert _chapters(path) == ["Carved shoulder bag"]
    # Time codes count from the show's beginning: the gap is in the recording.
    _is_as_long_as(path, live.final.t)


def test_a_sleep_kills_nobody_and_costs_only_its_own_time(
    studio: Studio, tmp_path: Path, nginx_rtmp: NginxRtmp
) -> None:
    live = studio.live(show_file(tmp_path), "--to", nginx_rtmp.url("key"))
    studio.wait_destination("127.0.0.1", "live")
    _wait_chapter(studio, "Carved shoulder bag")
    studio.wait_frames(30)
    group = studio.processes()
    pids = {one.pid for one in group}
    for one in group:
        one.suspend()
    clock = SystemClock()
    clock.wait_until(clock.now_ns() + 5_000_000_000, threading.Event())
    for one in group:
        one.resume()
    studio.wait(lambda now: now.destinations[0].reconnects == 1, "a fresh connection")
    studio.wait_destination("127.0.0.1", "live")
    studio.wait(lambda now: len(now.recordings[0].parts) == 2, "a new part")
    studio.wait_frames(60)
    assert {one.pid for one in studio.processes()} == pids
    assert studio.status.audio.peak_db > -60, "it is heard again"
    studio.run("off")
    assert live.wait() == 0
    path = _joined(live.final)
    assert _chapters(path) == ["Carved shoulder bag"]
    _is_as_long_as(path, live.final.t)
    for received in nginx_rtmp.recordings("key"):
        found = check(received)
        assert (found.errors, found.rising) == (0, True)


def test_after_a_restart_nothing_films_until_a_person_says_so(studio: Studio, tmp_path: Path) -> None:
    file = show_file(tmp_path)
    live = studio.live(file)
    studio.on_air(60)
    studio.run("feature", "BELT-01")
    # As a computer that loses its power: all at once, and the next boot has another number.
    live.process.kill()
    group = studio.processes()
    for one in group:
        one.suspend()
    for one in group:
        one.kill()
    studio.wait_ended()
    with closing(WantedStore(studio.workspace.wanted_db)) as store:
        lease = store.lease()
        assert lease is not None
        store._write_lease(replace(lease, boot_id="the boot before"))
    said = studio.run("live", status=2)
    assert "benchcast live --resume" in said
    assert "benchcast live --resume" in studio.run("live", str(file), status=2), "nor is it dropped unasked"
    assert studio.processes() == []
    again = studio.live("--resume")
    engine = studio.process("_engine").pid
    now = studio.wait(
        lambda now: now.pid == engine and now.mode == "live" and now.feeds[0].frames > 60, "the show to be carried on"
    )
    assert now.show_id == lease.show_id
    assert now.feature == "BELT-01"
    assert now.t > 2, "its time goes on"
    _wait_chapter(studio, "Braided belt")
    studio.run("off")
    assert again.wait() == 0
    assert _chapters(_joined(again.final))[-1] == "Braided belt"
