from __future__ import annotations

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest

from studio.capture.netstream import OPEN_S, READ_S
from studio.capture.source import Opening, Shot
from studio.capture.url import UrlSource, shown_address
from studio.errors import StudioError
from studio.media.clock import SystemClock
from studio.media.ring import SoundRingReader, SoundRingWriter
from studio.show.model import Source
from studio.show.plan import SourcePlan
from tests.capture.conftest import SourceProcess, make_plan
from tests.capture.rtsp_camera import RtspCamera
from tests.services.ffmpeg import MjpegCamera
from tests.services.program import Program, free_port
from tests.services.waiting import wait_for

CLOCK = SystemClock()
Answer = Callable[[socket.socket, threading.Event], None]


def opened(address: str, sound: Path | None = None) -> UrlSource:
    plan = make_plan(Source(name="phone", kind="url", path=address), sound=sound is not None)
    return UrlSource(Opening(plan, CLOCK, threading.Event(), SoundRingWriter(sound) if sound else None))


def read_until_lost(source: UrlSource, within_s: float) -> tuple[StudioError, float, list[Shot]]:
    """The error, after how many seconds, and what came before."""
    began_ns, shots = CLOCK.now_ns(), []
    while True:
        before_ns = CLOCK.now_ns()
        try:
            shots += [shot] if (shot := source.read()) else []
        except StudioError as error:
            source.close()
            return error, (CLOCK.now_ns() - began_ns) / 1e9, shots
        assert CLOCK.now_ns() - before_ns < 2 * 10**9
        assert CLOCK.now_ns() - began_ns < (within_s + 20) * 1e9


class Camera:
    """A server of our own, for what ffmpeg's cannot be made to do."""

    def __init__(self, answer: Answer) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.stop = threading.Event()
        self._answer = answer
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/video?token=canary"

    def _run(self) -> None:
        self._socket.settimeout(0.05)
        while not self.stop.is_set():
            with suppress(TimeoutError):
                connection, _ = self._socket.accept()
                with connection, suppress(OSError):
                    self._answer(connection, self.stop)

    def close(self) -> None:
        self.stop.set()
        self._thread.join()
        self._socket.close()


@pytest.fixture
def start_camera() -> Iterator[Callable[[Answer], Camera]]:
    started: list[Camera] = []

    def start(answer: Answer) -> Camera:
        started.append(Camera(answer))
        return started[-1]

    yield start
    for one in started:
        one.close()


def silent(_: socket.socket, stop: threading.Event) -> None:
    stop.wait(30)


def dripping(connection: socket.socket, stop: threading.Event) -> None:
    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace;boundary=x\r\n\r\n")
    while not stop.wait(0.2):
        connection.sendall(b"-")


def not_found(connection: socket.socket, _: threading.Event) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n")


def test_a_camera_is_given_three_seconds_to_open_and_one_between_pictures() -> None:
    assert OPEN_S <= 3.0
    assert READ_S <= 1.0


@pytest.mark.long
@pytest.mark.parametrize("answer", [silent, dripping])
def test_a_camera_that_does_not_answer_is_lost_after_three_seconds(
    start_camera: Callable[[Answer], Camera], answer: Answer
) -> None:
    camera = start_camera(answer)
    error, seconds, shots = read_until_lost(opened(camera.url), 3)
    assert not shots
    assert 2.5 < seconds < 6  # the upper bound leaves room for a busy machine; the lower one is ours
    assert "does not answer" in str(error)
    assert "canary" not in str(error)


def test_a_refused_or_unknown_address_is_said_at_once(start_camera: Callable[[Answer], Camera]) -> None:
    error, _, _ = read_until_lost(opened(f"http://127.0.0.1:{free_port()}/video"), 3)
    assert "Connection refused" in str(error)
    error, _, _ = read_until_lost(opened(start_camera(not_found).url), 3)
    assert "404" in str(error)
    error, _, _ = read_until_lost(opened("nonsense://x"), 3)
    assert str(error).startswith("nonsense://x cannot be read")


def test_what_may_be_secret_in_an_address_is_not_shown() -> None:
    assert shown_address("rtsp://admin:pass@10.0.0.7:554/live?key=1#x") == "rtsp://10.0.0.7:554/live"
    assert shown_address("http://[::1]:8080/video") == "http://[::1]:8080/video"
    assert shown_address("http://camera:notaport/video") == "http://camera:notaport/video"


@pytest.mark.service
def test_a_network_camera_that_is_killed_is_lost_and_comes_back(
    start_source: Callable[[SourcePlan], SourceProcess], start_mjpeg_camera: Callable[..., MjpegCamera], clips: Path
) -> None:
    camera = start_mjpeg_camera(clip=clips / "bikes.mp4")
    source = start_source(make_plan(Source(name="phone", kind="url", path=camera.url)))
    report = source.wait("ok", frames=20)
    assert report.got.startswith("640x272 MJPEG")
    assert source.newest().picture.y.std() > 20
    camera.kill()
    lost = source.wait("lost")
    assert camera.url in lost.reason
    assert lost.reason.endswith("check that the camera is on, and its address")
    camera.start()
    assert source.wait("ok", frames=lost.frames + 10).reason == ""


@pytest.mark.service
def test_a_network_camera_that_stalls_is_lost_after_a_second(start_mjpeg_camera: Callable[..., MjpegCamera]) -> None:
    camera = start_mjpeg_camera()
    source = opened(camera.url)
    shot = wait_for(source.read)
    assert shot.planes().size == (640, 480)
    camera.pause()
    error, seconds, _ = read_until_lost(source, 1)
    camera.resume()
    assert 0.5 < seconds < 5
    assert "sends nothing any more" in str(error) or "does not answer" in str(error)


@pytest.mark.service
def test_pictures_do_not_lag_when_they_are_not_read_for_a_while(
    start_mjpeg_camera: Callable[..., MjpegCamera],
) -> None:
    camera = start_mjpeg_camera(fps=60)
    source = opened(camera.url)
    wait_for(source.read)
    CLOCK.wait_until(CLOCK.now_ns() + 600_000_000, threading.Event())  # decoding hangs, the camera does not
    before_ns = CLOCK.now_ns()
    shots = [wait_for(source.read) for _ in range(3)]
    assert all(shot.stamp_ns > before_ns - 300_000_000 for shot in shots)  # not the ones of 600 ms ago
    assert shots[0].stamp_ns < shots[1].stamp_ns < shots[2].stamp_ns
    source.close()


@pytest.fixture
def television(tmp_path: Path, clips: Path) -> Iterator[str]:
    """The address of an MPEG transport stream: H.264 and AAC, a key frame each half second."""
    url = f"http://127.0.0.1:{(port := free_port())}/live.ts"
    clip = ["-re", "-stream_loop", "-1", "-i", str(clips / "bigbuckbunny.mp4"), "-vf", "scale=320:180", "-c:a", "aac"]
    coded = ["-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "12", "-f", "mpegts"]
    server = Program(["ffmpeg", "-hide_banner", "-nostdin", *clip, *coded, "-listen", "1", url], tmp_path)
    server.wait_listening(port)
    yield url
    server.stop()


@pytest.mark.service
def test_a_stream_of_h264_with_sound_is_seen_and_heard(television: str, tmp_path: Path) -> None:
    source = opened(television, tmp_path / "ring")
    ring = SoundRingReader(tmp_path / "ring")
    shots: list[Shot] = []

    def enough() -> bool:
        shots.extend([shot] if (shot := source.read()) else [])
        return len(shots) >= 40 and ring.newest() >= 80

    wait_for(enough, 30)
    source.close()
    assert source.got == "320x180 H264 25"
    assert shots[-1].planes().size == (320, 180)
    assert all(later.stamp_ns > earlier.stamp_ns for earlier, later in pairwise(shots))
    blocks = ring.read_from(50)  # after the first burst its sound is without gaps
    gaps = [later.stamp_ns - one.stamp_ns - len(one.samples) * 10**9 // one.rate for one, later in pairwise(blocks)]
    assert max(abs(gap) for gap in gaps) < 20_000_000
    assert blocks[-1].stamp_ns == pytest.approx(shots[-1].stamp_ns, abs=500_000_000)


@pytest.fixture
def rtsp_camera(tmp_path: Path, clips: Path) -> Iterator[RtspCamera]:
    camera = RtspCamera(tmp_path, clips / "bikes.mp4")
    yield camera
    camera.stop()


@pytest.mark.service
def test_an_rtsp_camera_is_watched_within_its_one_connection(rtsp_camera: RtspCamera) -> None:
    source = opened(rtsp_camera.url)
    shots = [wait_for(source.read) for _ in range(20)]
    source.close()
    assert rtsp_camera.requests[:4] == ["OPTIONS", "DESCRIBE", "SETUP", "PLAY"]
    assert source.got.startswith("640x272 H264")
    assert shots[-1].planes().size == (640, 272)
    assert shots[-1].planes().y.std() > 20
    assert all(later.stamp_ns > earlier.stamp_ns for earlier, later in pairwise(shots))


@pytest.mark.service
def test_a_stream_that_changes_its_size_goes_on(
    start_source: Callable[[SourcePlan], SourceProcess], start_mjpeg_camera: Callable[..., MjpegCamera]
) -> None:
    camera = start_mjpeg_camera(size="320x240")
    plan = make_plan(Source(name="phone", kind="url", path=camera.url))
    source = start_source(plan)
    first = source.wait("ok", frames=5)
    camera.kill()
    frames = source.wait("lost").frames
    start_mjpeg_camera(size="426x238", port=camera.port, fps=15)
    second = source.wait("ok", frames=frames + 5)
    assert second.generation == first.generation
    assert second.got.startswith("426x238")
    assert source.newest().picture.size == (320, 180)


@pytest.mark.long
def test_a_clip_by_http_is_played_in_its_own_time(tmp_path: Path, start_camera: Callable[[Answer], Camera]) -> None:
    path = tmp_path / "clip.mp4"
    made = ["-f", "lavfi", "-i", "testsrc=s=64x48:r=25:d=1.2,setsar=4/3", "-movflags", "+faststart", str(path)]
    subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *made], check=True)

    def serve(connection: socket.socket, _: threading.Event) -> None:
        connection.recv(4096)
        head = f"HTTP/1.0 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: {path.stat().st_size}\r\n\r\n"
        connection.sendall(head.encode() + path.read_bytes())

    error, seconds, shots = read_until_lost(opened(start_camera(serve).url), 5)
    assert "has ended" in str(error)
    assert len(shots) > 10
    assert shots[-1].planes().pixel_aspect == 4 / 3
    assert shots[-1].stamp_ns - shots[0].stamp_ns > 700_000_000
    assert seconds > 1
