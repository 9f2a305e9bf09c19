"""Cameras and microphones that go away on air, hang, or give nothing worth having."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from studio.show.status import SourceStatus, Status
from tests.services.desktop import PulseAudio
from tests.services.ffmpeg import MjpegCamera
from tests.services.waiting import wait_for
from tests.shows.studio import Studio, looked_at, show_file

MICROPHONE = '[[sources]]\nname = "voice"\nkind = "microphone"\ndevice = "pulse"\n'
SILENT_DEMO = 'kind = "demo"\naudio = "off"'


def _source(now: Status, name: str) -> SourceStatus | None:
    return next((one for one in now.sources if one.name == name), None)


def _is(now: Status, name: str, state: str) -> bool:
    found = _source(now, name)
    return found is not None and found.state == state


def _hears(now: Status) -> bool:
    return any(one.name == "voice" and one.peak_db > -40 for one in now.audio.sources)


def _alarms(now: Status) -> list[str]:
    return [one for one in now.problems if "voice" in one]


def test_a_microphone_may_go_and_come_and_the_stream_has_no_gap(
    pulse_audio: PulseAudio, studio: Studio, tmp_path: Path
) -> None:
    pulse_audio.play("sine=frequency=440:sample_rate=48000,volume=2")
    live = studio.live(show_file(tmp_path, source=SILENT_DEMO, more_sources=MICROPHONE))
    studio.on_air()
    assert not _alarms(studio.wait(_hears, "the microphone"))
    pulse_audio.stop_playing()
    pulse_audio.unplug()
    gone = studio.wait(lambda now: _is(now, "voice", "lost") and bool(_alarms(now)), "the microphone to be lost")
    assert _alarms(gone)[0].startswith("“voice” is not heard, and the show goes on without it: ")
    studio.wait_frames(60)
    pulse_audio.plug_in()
    pulse_audio.play("sine=frequency=440:sample_rate=48000,volume=2")
    back = studio.wait(lambda now: _is(now, "voice", "ok") and _hears(now), "the microphone to be back")
    assert not _alarms(back)
    studio.wait_frames(30)
    studio.run("off")
    assert live.wait() == 0
    found = looked_at(Path(live.final.recordings[0].path))
    assert found.sound_seconds == pytest.approx(found.frames / 30, abs=0.5)


def test_killed_processes_of_sources_are_back_by_themselves(
    pulse_audio: PulseAudio, studio: Studio, tmp_path: Path
) -> None:
    pulse_audio.play("sine=frequency=440:sample_rate=48000,volume=2")
    live = studio.live(show_file(tmp_path, source=SILENT_DEMO, more_sources=MICROPHONE, record=False))
    studio.on_air()
    studio.wait(_hears, "the microphone")
    before = {process.pid for process in studio.processes("_source")}
    for process in studio.processes("_source"):
        process.kill()

    def others() -> bool:
        now = {process.pid for process in studio.processes("_source")}
        return len(now) == len(before) and not now & before

    wait_for(others, 30, "other processes")
    studio.wait(lambda now: _is(now, "voice", "ok") and _hears(now) and not _alarms(now), "the microphone again")
    assert live.process.poll() is None
    studio.run("off")
    assert live.wait() == 0


def test_a_phone_that_stalls_and_is_restarted_comes_back_and_the_other_camera_does_not_notice(
    studio: Studio, tmp_path: Path, start_mjpeg_camera: Callable[..., MjpegCamera]
) -> None:
    camera = start_mjpeg_camera()
    phone = f'[[sources]]\nname = "phone"\nkind = "url"\npath = "{camera.url}"\n'
    second = '[[scenes]]\nname = "Phone"\nlayers = [ { source = "phone" } ]\n'
    live = studio.live(show_file(tmp_path, more_sources=phone + second, record=False))
    studio.on_air()
    studio.wait(lambda now: _is(now, "phone", "ok"), "the phone")
    camera.pause()
    studio.wait(lambda now: _is(now, "phone", "frozen") or _is(now, "phone", "lost"), "the phone to be missed")
    assert _is(studio.status, "bench", "ok")
    camera.kill()
    camera.start()
    studio.wait(lambda now: _is(now, "phone", "ok"), "the phone again")
    studio.run("off")
    assert live.wait() == 0
