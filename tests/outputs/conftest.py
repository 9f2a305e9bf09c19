"""A real encoded stream, the network thread, and what a server or a disk got, decoded."""

from __future__ import annotations

import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import av
import numpy as np
import pytest

from studio.media.clock import SystemClock
from studio.media.packet import AudioFormat, Packet, StreamFormat, VideoFormat
from studio.outputs.destination import Destination, Timing
from studio.outputs.network import NetworkLoop
from studio.system.secret import Secret
from tests.outputs.publishing import QUICK, Make

FPS = 30
GOP = 15
NS = 1_000_000_000
PICTURE_NS = NS // FPS
BLOCK = 1024


@dataclass(frozen=True)
class Encoded:
    """Some seconds of a moving picture with a tone, in the order in which a feed offers them."""

    format: StreamFormat
    packets: tuple[Packet, ...]

    @property
    def pictures(self) -> list[Packet]:
        return [packet for packet in self.packets if packet.kind == "video"]

    @property
    def seconds(self) -> float:
        return len(self.pictures) / FPS

    def again(self, turn: int) -> list[Packet]:
        """The same once more, later by as many times its length."""
        return [shifted(packet, round(turn * self.seconds * NS)) for packet in self.packets]

    def times(self, count: int) -> list[Packet]:
        return [packet for turn in range(count) for packet in self.again(turn)]


def shifted(packet: Packet, by_ns: int) -> Packet:
    return replace(packet, pts_ns=packet.pts_ns + by_ns, dts_ns=packet.dts_ns + by_ns)


def encode(seconds: int, *, bframes: int, size: tuple[int, int] = (320, 180)) -> Encoded:
    """Real x264 and AAC. Sound begins with the first picture's decoding."""
    video = av.CodecContext.create("libx264", "w")
    assert isinstance(video, av.VideoCodecContext)
    video.width, video.height = size
    video.pix_fmt, video.bit_rate = "yuv420p", 400_000
    video.time_base, video.framerate = Fraction(1, FPS), Fraction(FPS)
    video.options = {
        "preset": "ultrafast",
        "g": str(GOP),
        "bf": str(bframes),
        "sc_threshold": "0",
        "x264-params": "colorprim=bt709:transfer=bt709:colormatrix=bt709:range=tv",
    }
    audio = av.CodecContext.create("aac", "w")
    assert isinstance(audio, av.AudioCodecContext)
    audio.sample_rate, audio.bit_rate, audio.time_base = 48_000, 96_000, Fraction(1, 48_000)
    audio.layout, audio.format = av.AudioLayout("stereo"), av.AudioFormat("fltp")
    for codec in (video, audio):
        codec.flags |= av.codec.context.Flags.global_header
        codec.open()

    born_ns = SystemClock().now_ns()
    packets: list[Packet] = []

    def keep(kind: Literal["video", "audio"], found: list[Any], duration_ns: int) -> None:
        for packet in found:
            tick = packet.time_base * NS
            is_key = kind == "audio" or packet.is_keyframe
            pts_ns, dts_ns = round(packet.pts * tick), round(packet.dts * tick)
            packets.append(Packet(kind, bytes(packet), pts_ns, dts_ns, duration_ns, is_key, born_ns))

    rows, columns = np.mgrid[0 : size[1], 0 : size[0]]
    for number in range(seconds * FPS):
        planes = np.full((size[1] * 3 // 2, size[0]), 128, np.uint8)
        planes[: size[1]] = (rows + columns * 2 + number * 5) % 200 + 20
        picture = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        picture.pts = number
        keep("video", video.encode(picture), PICTURE_NS)
    keep("video", video.encode(None), PICTURE_NS)
    wave = np.sin(2 * np.pi * 440 * np.arange(seconds * 48_000) / 48_000).astype(np.float32) / 4
    for at in range(0, len(wave) - BLOCK + 1, BLOCK):
        sound = av.AudioFrame.from_ndarray(np.stack([wave[at : at + BLOCK]] * 2), format="fltp", layout="stereo")
        sound.sample_rate, sound.pts = 48_000, at
        keep("audio", audio.encode(sound), BLOCK * NS // 48_000)
    packets.sort(key=lambda packet: packet.dts_ns)
    assert video.extradata
    assert audio.extradata
    return Encoded(
        StreamFormat(
            VideoFormat(*size, Fraction(FPS), 400, video.extradata),
            AudioFormat(48_000, 2, 96, audio.extradata),
        ),
        tuple(packets),
    )


@pytest.fixture(scope="session")
def encoded() -> Encoded:
    """Four seconds with B-frames."""
    return encode(4, bframes=2)


@pytest.fixture(scope="session")
def encoded_small() -> Encoded:
    """Two seconds of another format, without B-frames."""
    return encode(2, bframes=0, size=(160, 120))


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


@pytest.fixture
def network() -> Iterator[NetworkLoop]:
    loop = NetworkLoop()
    loop.start()
    yield loop
    assert loop.stop(5.0), "the network thread did not end"


@pytest.fixture
def make_destination(encoded: Encoded, clock: SystemClock, network: NetworkLoop) -> Iterator[Make]:
    """Makes destinations, all of which are stopped before the network thread."""
    with ExitStack() as stack:

        def build(url: str, key: Any = "good", name: str = "one", timing: Timing = QUICK, **rest: Any) -> Destination:
            provider = key_of(key) if isinstance(key, str) else key
            made = Destination(name, url, provider, encoded.format, clock, network, timing=timing, **rest)
            stack.callback(made.stop, 0.5)
            return made

        yield build


def key_of(value: str) -> Callable[[], Awaitable[Secret]]:
    async def read() -> Secret:
        return Secret(value)

    return read


@dataclass(frozen=True)
class Decoded:
    """What a file holds. Times in seconds."""

    pictures: int
    sounds: int
    size: tuple[int, int]
    key_distances: list[int]  # pictures from one key frame to the next
    video_dts: list[float]
    video_pts: list[float]
    audio_dts: list[float]

    @property
    def rising(self) -> bool:
        return all(
            earlier < later for stamps in (self.video_dts, self.audio_dts) for earlier, later in pairwise(stamps)
        )


def decode(path: Path) -> Decoded:
    """Read and decode a file whole, first by a second implementation; anything wrong with it fails the test."""
    check = subprocess.run(
        ["ffmpeg", "-v", "error", "-xerror", "-i", str(path), "-f", "null", "-"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (check.returncode, check.stderr) == (0, "")
    keys: list[int] = []
    stamps: dict[str, list[tuple[float, float]]] = {"video": [], "audio": []}
    with av.open(str(path), "r") as source:
        for packet in source.demux(source.streams.video[0], source.streams.audio[0]):
            if packet.dts is None or packet.pts is None:
                continue
            if packet.stream.type == "video" and packet.is_keyframe:
                keys.append(len(stamps["video"]))
            stamps[packet.stream.type].append(
                (float(packet.dts * packet.time_base), float(packet.pts * packet.time_base))
            )
    with av.open(str(path), "r") as source:
        video = source.streams.video[0]
        size = (video.width, video.height)
        pictures = sum(1 for _ in source.decode(video))
    with av.open(str(path), "r") as source:
        sounds = sum(1 for _ in source.decode(source.streams.audio[0]))
    return Decoded(
        pictures,
        sounds,
        size,
        [later - earlier for earlier, later in pairwise(keys)],
        [dts for dts, _ in stamps["video"]],
        [pts for _, pts in stamps["video"]],
        [dts for dts, _ in stamps["audio"]],
    )
