"""Cameras and microphones that go away on air, hang, or give nothing worth having."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from studio.bench.media import luma_frames
from studio.media.picture import Picture, Size
from studio.overlays.blend import blend, prepare
from studio.overlays.slate import draw_slate
from studio.overlays.text import start_text
from studio.show.status import SourceStatus, Status
from studio.show.theme import load_theme
from tests.capture.rtsp_camera import RtspCamera
from tests.services.desktop import PulseAudio
from tests.services.ffmpeg import MjpegCamera
from tests.services.photo_camera import PhotoCamera
from tests.services.program import find, free_port
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


@pytest.fixture
def photo_camera() -> Iterator[PhotoCamera]:
    camera = PhotoCamera()
    yield camera
    camera.stop()


def _shown(path: Path) -> list[str]:
    """What a recording without overlays shows, one after the other: its camera, or the slate as it is drawn."""
    slate = Picture.black(Size(640, 360))
    start_text()
    blend(slate, prepare(draw_slate("Carved leather", "en", load_theme("ink"), slate.size)))
    drawn = slate.y.astype(np.int16)

    def look(luma: np.ndarray[tuple[int, int], np.dtype[np.uint8]]) -> str:
        # Each pixel that is seen apart from it: where the words are, a wrong slate differs by over a hundred.
        strange = np.abs(luma.astype(np.int16) - drawn) > 40
        return "slate" if strange.mean() < 0.001 else "camera"

    looks = [look(luma) for _, luma in luma_frames(path)]
    return [one for one, frames in groupby(looks) if len(list(frames)) > 5]


def _go_off(studio: Studio, path: str) -> list[str]:
    """End the show; what its recording has shown."""
    studio.run("off")
    return _shown(Path(path))


def test_a_camera_that_gives_one_picture_again_and_again_is_frozen_until_it_moves(
    studio: Studio, tmp_path: Path, photo_camera: PhotoCamera, qapp: object
) -> None:
    live = studio.live(show_file(tmp_path, source=f'kind = "url"\npath = "{photo_camera.url}"\naudio = "off"'))
    studio.wait(lambda now: _is(now, "bench", "ok"), "the camera")
    studio.on_air(30)
    studio.run("hide")
    studio.run("overlay", "title", "off")
    photo_camera.stick()
    now = studio.wait(lambda now: _is(now, "bench", "frozen"), "the camera to be told as frozen", 90)
    bench = _source(now, "bench")
    assert bench is not None
    assert bench.reason.startswith("bench gives the same picture again and again: ")
    assert photo_camera.viewers > 1, "it was opened again, for that mends some"
    studio.wait_frames(30)
    photo_camera.move()
    studio.wait(lambda now: _is(now, "bench", "ok"), "the camera to move")
    studio.wait_frames(30)
    shown = _go_off(studio, now.recordings[0].path)
    assert live.wait() == 0
    assert shown[-3:] == ["camera", "slate", "camera"]


def test_an_rtsp_camera_may_be_killed_and_started_again(studio: Studio, tmp_path: Path, qapp: object) -> None:
    clip, port = tmp_path / "clip.mp4", free_port()
    moving = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2", str(clip)]
    subprocess.run([find("ffmpeg"), "-v", "error", "-nostdin", *moving], check=True)
    camera = RtspCamera(_folder(tmp_path / "first"), clip, port=port)
    try:
        live = studio.live(show_file(tmp_path, source=f'kind = "url"\npath = "{camera.url}"\naudio = "off"'))
        studio.wait(lambda now: _is(now, "bench", "ok"), "the camera")
        studio.on_air(30)
        studio.run("hide")
        studio.run("overlay", "title", "off")
        studio.wait_frames(15)
        camera.stop()
        lost = studio.wait(lambda now: _is(now, "bench", "lost"), "the camera to be lost")
        studio.wait_frames(30)
    finally:
        camera.stop()
    camera = RtspCamera(_folder(tmp_path / "second"), clip, port=port)
    try:
        studio.wait(lambda now: _is(now, "bench", "ok"), "the camera again")
        studio.wait_frames(30)
        shown = _go_off(studio, lost.recordings[0].path)
    finally:
        camera.stop()
    assert live.wait() == 0
    assert shown[-3:] == ["camera", "slate", "camera"]


def _folder(path: Path) -> Path:
    path.mkdir()
    return path
