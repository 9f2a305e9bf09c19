"""The parts that other tests stand on really do what those tests take them to do."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from keyring.core import load_keyring

from tests.services.desktop import PulseAudio, SecretService, Xvfb
from tests.services.ffmpeg import FfmpegListener, MjpegCamera
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.program import Program
from tests.services.tls import TlsFront
from tests.services.waiting import wait_for


def _publish(url: str, folder: Path, *, seconds: int = 30) -> Program:
    picture = ["-re", "-f", "lavfi", "-i", f"testsrc2=size=320x180:rate=25:duration={seconds}"]
    sound = ["-f", "lavfi", "-i", f"sine=sample_rate=48000:duration={seconds}"]
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac", "-shortest", "-f", "flv"]
    return Program(["ffmpeg", "-hide_banner", "-nostdin", *picture, *sound, *coding, url], folder)


def test_a_server_counts_records_stalls_dies_and_comes_back(nginx_rtmp: NginxRtmp, tmp_path: Path) -> None:
    sender = _publish(nginx_rtmp.url("good"), tmp_path)
    stat = wait_for(lambda: next((s for s in nginx_rtmp.streams().values() if s.publishing and s.width), None))
    assert (stat.name, stat.width, stat.height, stat.video_codec, stat.audio_codec) == (
        *("good", 320, 180),
        *("H264", "AAC"),
    )
    nginx_rtmp.pause()
    with pytest.raises(TimeoutError):
        nginx_rtmp.streams()
    nginx_rtmp.resume()
    before = nginx_rtmp.streams()["good"].bytes_in
    wait_for(lambda: nginx_rtmp.streams()["good"].bytes_in > before)
    nginx_rtmp.kill()
    sender.stop()
    assert nginx_rtmp.recordings("good")
    nginx_rtmp.start()
    assert nginx_rtmp.streams() == {}


def test_a_server_refuses_the_bad_key_and_takes_others(nginx_rtmp: NginxRtmp, tmp_path: Path) -> None:
    sender = _publish(nginx_rtmp.url(nginx_rtmp.bad_key), tmp_path, seconds=10)
    assert sender.wait_ended() != 0
    assert not nginx_rtmp.streams()


def test_two_servers_run_at_once(start_nginx_rtmp: Callable[..., NginxRtmp]) -> None:
    first, second = start_nginx_rtmp(), start_nginx_rtmp()
    assert first.port != second.port
    assert first.streams() == second.streams() == {}


def test_ffmpeg_receives_one_publish(start_ffmpeg_listener: Callable[..., FfmpegListener], tmp_path: Path) -> None:
    listener = start_ffmpeg_listener()
    sender = _publish(listener.url("key"), tmp_path, seconds=1)
    assert listener.finish().stat().st_size > 1000
    sender.stop()


def test_tls_is_trusted_by_those_who_know_the_authority_and_the_name(
    nginx_rtmp: NginxRtmp, start_tls_front: Callable[..., TlsFront]
) -> None:
    front = start_tls_front(nginx_rtmp.http_port)

    def shake_hands(context: ssl.SSLContext, host: str) -> None:
        with (
            socket.create_connection(("127.0.0.1", front.port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            pass

    knows = ssl.create_default_context(cafile=str(front.ca_file))
    shake_hands(knows, "localhost")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(ssl.create_default_context(), "localhost")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(knows, "somebody-else.example")


def test_a_network_camera_sends_jpegs_and_comes_back_at_its_address(
    start_mjpeg_camera: Callable[..., MjpegCamera],
) -> None:
    camera = start_mjpeg_camera()
    for _ in range(2):
        with urllib.request.urlopen(camera.url, timeout=5) as answer:
            assert "multipart/x-mixed-replace" in answer.headers["Content-Type"]
            assert b"\xff\xd8" in answer.read(4096)
        camera.kill()
        camera.start()


def test_a_microphone_hears_what_is_played(pulse_audio: PulseAudio) -> None:
    pulse_audio.play()
    listen = ["ffmpeg", "-hide_banner", "-f", "pulse", "-i", "bench.monitor", "-t", "10", "-f", "s16le", "-"]
    with subprocess.Popen(
        listen, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, **pulse_audio.env}
    ) as listener:
        assert listener.stdout
        # Some silence comes first; silence to the end means that it hears nothing.
        assert any(max(heard) > 0 for heard in iter(partial(listener.stdout.read, 4096), b""))
        listener.kill()
    pulse_audio.unplug()
    pulse_audio.plug_in()


def test_a_keyring_keeps_a_secret(secret_service: SecretService) -> None:
    backend = load_keyring("keyring.backends.SecretService.Keyring")
    backend.set_password("benchcast/test", "name", "value")
    assert backend.get_password("benchcast/test", "name") == "value"


def test_a_screen_shows_a_size(xvfb: Xvfb) -> None:
    size = subprocess.run(
        ["xdotool", "getdisplaygeometry"],
        env={**os.environ, **xvfb.env},
        capture_output=True,
        timeout=10,
        check=True,
    )
    assert size.stdout.split() == [b"1920", b"1080"]
