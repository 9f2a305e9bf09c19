"""A real encoded stream, real servers on loopback, and what they received, decoded."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from studio.media.clock import SystemClock
from studio.media.packet import AudioFormat, Packet, StreamFormat, VideoFormat
from studio.outputs.network import NetworkLoop
from studio.system.secret import Secret

CANARY = "canary-7f3a?sig=Zx81&expire=99"
FPS = 30
GOP = 15
NS = 1_000_000_000


@dataclass(frozen=True)
class Encoded:
    """Some seconds of a moving picture with a tone, in the order in which a feed offers them."""

    format: StreamFormat
    packets: tuple[Packet, ...]

    @property
    def pictures(self) -> list[Packet]:
        return [packet for packet in self.packets if packet.kind == "video"]

    def times(self, count: int) -> list[Packet]:
        """The same again and again, its time going on."""
        span_ns = len(self.pictures) * NS // FPS
        return [shifted(packet, turn * span_ns) for turn in range(count) for packet in self.packets]


def shifted(packet: Packet, by_ns: int) -> Packet:
    return replace(packet, pts_ns=packet.pts_ns + by_ns, dts_ns=packet.dts_ns + by_ns)


def _encode(seconds: int, bframes: int) -> Encoded:
    clock = SystemClock()
    video = av.CodecContext.create("libx264", "w")
    assert isinstance(video, av.VideoCodecContext)
    video.width, video.height, video.pix_fmt = 320, 180, "yuv420p"
    video.time_base, video.framerate = Fraction(1, FPS), Fraction(FPS)
    video.bit_rate = 400_000
    video.options = {
        "preset": "ultrafast",
        "g": str(GOP),
        "bf": str(bframes),
        "sc_threshold": "0",
        "colorprim": "bt709",
        "x264-params": "colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv",
    }
    video.options.pop("colorprim")
    video.flags |= av.codec.context.Flags.global_header
    audio = av.CodecContext.create("aac", "w")
    assert isinstance(audio, av.AudioCodecContext)
    audio.sample_rate, audio.layout, audio.format = 48_000, "stereo", "fltp"  # type: ignore[assignment]  # setters take names
    audio.time_base, audio.bit_rate = Fraction(1, 48_000), 96_000
    audio.flags |= av.codec.context.Flags.global_header
    video.open()
    audio.open()

    packets: list[Packet] = []

    def keep(kind: Any, found: list[Any], duration_ns: int) -> None:
        for packet in found:
            tick = packet.time_base * NS
            packets.append(
                Packet(
                    kind,
                    bytes(packet),
                    round(packet.pts * tick),
                    round(packet.dts * tick),
                    duration_ns,
                    kind == "audio" or packet.is_keyframe,
                    clock.now_ns(),
                )
            )

    rows, columns = np.mgrid[0:180, 0:320]
    for number in range(seconds * FPS):
        planes = np.full((270, 320), 128, np.uint8)
        planes[:180] = (rows + columns * 2 + number * 5) % 200 + 20
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts = number
        keep("video", video.encode(frame), NS // FPS)
    keep("video", video.encode(None), NS // FPS)
    for at in range(0, seconds * 48_000 - 1023, 1024):
        tone = np.sin(2 * np.pi * 440 * np.arange(at, at + 1024) / 48_000, dtype=np.float32) * np.float32(0.25)
        sound = av.AudioFrame.from_ndarray(np.stack([tone, tone]), format="fltp", layout="stereo")
        sound.sample_rate, sound.pts = 48_000, at
        keep("audio", audio.encode(sound), 1024 * NS // 48_000)
    keep("audio", audio.encode(None), 1024 * NS // 48_000)
    packets.sort(key=lambda packet: packet.dts_ns)
    assert video.extradata is not None
    assert audio.extradata is not None
    return Encoded(
        StreamFormat(
            VideoFormat(320, 180, Fraction(FPS), 400, video.extradata),
            AudioFormat(48_000, 2, 96, audio.extradata),
        ),
        tuple(packets),
    )


@pytest.fixture(scope="session")
def encoded() -> Encoded:
    """Four seconds with B-frames."""
    return _encode(4, bframes=2)


@pytest.fixture(scope="session")
def encoded_live() -> Encoded:
    """Two seconds without B-frames: another format."""
    return _encode(2, bframes=0)


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def network() -> Iterator[NetworkLoop]:
    loop = NetworkLoop()
    loop.start()
    yield loop
    assert loop.stop(5.0), "the network thread did not end"


def key_of(value: str) -> Callable[[], Any]:
    async def read() -> Secret:
        return Secret(value)

    return read


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Nginx:
    """An nginx with its RTMP module; each stream of the app `live` is recorded as it came."""

    folder: Path
    rtmp: int
    http: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"rtmp://127.0.0.1:{self.rtmp}/live"

    def stat(self) -> ET.Element:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}/stat", timeout=5) as answer:
            return ET.fromstring(answer.read())

    def streams(self) -> list[str]:
        """Who publishes now."""
        return [
            stream.findtext("name") or ""
            for stream in self.stat().iter("stream")
            if stream.find("publishing") is not None
        ]

    def recordings(self) -> list[Path]:
        return sorted((self.folder / "rec").glob("*.flv"))

    def signal(self, number: int) -> None:
        os.killpg(self.process.pid, number)


@contextmanager
def running_nginx(folder: Path, port: int | None = None, extra: str = "") -> Iterator[Nginx]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rec").mkdir(exist_ok=True)
    (folder / "tmp").mkdir(exist_ok=True)
    rtmp, http = port or free_port(), free_port()
    module = "/usr/lib/nginx/modules/ngx_rtmp_module.so"
    (folder / "nginx.conf").write_text(
        f"""
        load_module {module};
        daemon off; user root; worker_processes 1; error_log {folder}/error.log info; pid {folder}/pid;
        events {{ worker_connections 256; }}
        http {{
            access_log off; client_body_temp_path {folder}/tmp; proxy_temp_path {folder}/tmp;
            fastcgi_temp_path {folder}/tmp; uwsgi_temp_path {folder}/tmp; scgi_temp_path {folder}/tmp;
            server {{ listen 127.0.0.1:{http}; location /stat {{ rtmp_stat all; }} }}
        }}
        rtmp {{ server {{
            listen 127.0.0.1:{rtmp};
            application live {{ live on; record all; record_path {folder}/rec; record_unique on; {extra} }}
        }} }}
        """
    )
    process = subprocess.Popen(
        ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")],
        start_new_session=True,
    )
    try:
        await_port(rtmp, process)
        yield Nginx(folder, rtmp, http, process)
    finally:
        with ExitStack() as stack:
            stack.callback(process.wait, 10)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGCONT)
                os.killpg(process.pid, signal.SIGKILL)


def await_port(port: int, process: subprocess.Popen[bytes], timeout_s: float = 15.0) -> None:
    """Until something listens on `port`; without connecting, which some servers take for their one client."""
    clock = SystemClock()
    due_ns = clock.now_ns() + round(timeout_s * NS)
    wanted = f"0100007F:{port:04X}"
    while clock.now_ns() < due_ns:
        assert process.poll() is None, "the server ended"
        listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        if any(fields[1] == wanted and fields[3] == "0A" for fields in listening):
            return
    raise AssertionError(f"nothing listens on {port}")


def eventually(what: Callable[[], bool], timeout_s: float = 20.0) -> bool:
    """Ask again and again. True as soon as it is so."""
    clock = SystemClock()
    due_ns = clock.now_ns() + round(timeout_s * NS)
    while clock.now_ns() < due_ns:
        if what():
            return True
    return what()


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[Nginx]:
    with running_nginx(tmp_path / "nginx") as server:
        yield server


@dataclass(frozen=True)
class Received:
    """What a file holds, decoded."""

    pictures: int
    key_gaps: list[int]  # pictures from one key frame to the next
    video_dts: list[float]  # seconds
    audio_dts: list[float]
    video_pts: list[float]
    audio_pts: list[float]


def decoded(path: Path) -> Received:
    """Read and decode a file whole; anything wrong with it is an error."""
    check = subprocess.run(
        ["ffmpeg", "-v", "error", "-xerror", "-i", str(path), "-f", "null", "-"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert check.returncode == 0, check.stderr
    assert not check.stderr, check.stderr
    keys, video, audio, shown, heard = [], [], [], [], []
    with av.open(str(path)) as source:
        for packet in source.demux(source.streams.video[0], source.streams.audio[0]):
            if packet.dts is None or packet.pts is None:
                continue
            at, pts = float(packet.dts * packet.time_base), float(packet.pts * packet.time_base)
            if packet.stream.type == "video":
                if packet.is_keyframe:
                    keys.append(len(video))
                video.append(at)
                shown.append(pts)
            else:
                audio.append(at)
                heard.append(pts)
    with av.open(str(path)) as source:
        pictures = sum(1 for _ in source.decode(source.streams.video[0]))
    gaps = [after - before for before, after in zip(keys, keys[1:], strict=False)]
    return Received(pictures, gaps, video, audio, shown, heard)
