"""H.264 that every destination shares: encoded for real, and decoded again."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from av.video.codeccontext import VideoCodecContext

from studio.engine.presets import LADDER
from studio.engine.video_encoder import Canvas, VideoEncoder, level_for
from studio.media.packet import Packet
from studio.show.model import PRESETS, Feed, Profile


def _feed(fps: float = 30, profile: Profile = "quality", kbps: int = 500) -> Feed:
    return Feed(name="wide", size=(128, 72), fps=fps, video_kbps=kbps, profile=profile)


def _encode(encoder: VideoEncoder, numbers: list[int], keys: set[int] | None = None) -> list[Packet]:
    canvas = Canvas(128, 72)
    packets = []
    for number in numbers:
        canvas.picture.y[:] = (np.arange(128) * 2 + number * 3) % 200 + 16
        packets += encoder.encode(canvas, number, 10**15 + number, key=number in (keys or set()))
    return packets + encoder.flush()


def _decoded(encoder: VideoEncoder, packets: list[Packet]) -> list[av.VideoFrame]:
    context = av.CodecContext.create("h264", "r")
    assert isinstance(context, VideoCodecContext)
    context.extradata = encoder.format.extradata
    frames = []
    for packet in packets:
        frames += context.decode(av.Packet(packet.data))
    return frames + context.decode(None)


@pytest.mark.parametrize("profile", ["quality", "live"])
@pytest.mark.parametrize("fps", [30, 29.97, 12.5])
def test_every_tick_is_encoded_once_with_rising_times(profile: Profile, fps: float) -> None:
    feed = _feed(fps, profile)
    packets = _encode(VideoEncoder(feed, "superfast", threads=1), list(range(1000, 1090)))
    tick = Fraction(10**9) / feed.rate
    assert sorted(packet.pts_ns for packet in packets) == [int(number * tick) for number in range(1000, 1090)]
    assert all(a.dts_ns < b.dts_ns for a, b in pairwise(packets))
    assert all(packet.dts_ns <= packet.pts_ns for packet in packets)
    assert all(packet.kind == "video" and packet.duration_ns == int(tick) for packet in packets)
    if profile == "live":
        assert [packet.pts_ns for packet in packets] == [packet.dts_ns for packet in packets], "no reordering"


def test_the_live_profile_gives_each_picture_at_once() -> None:
    encoder, canvas = VideoEncoder(_feed(profile="live"), "veryfast", threads=1), Canvas(128, 72)
    assert all(len(encoder.encode(canvas, number, 0)) == 1 for number in range(5))
    assert encoder.flush() == []
    assert encoder.delay_ns == 0


@pytest.mark.parametrize("preset", PRESETS)
def test_no_packet_comes_later_than_the_delay_says(preset: str) -> None:
    """Else sound would not wait for the pictures of its time."""
    encoder, canvas = VideoEncoder(_feed(), preset, threads=1), Canvas(128, 72)
    worst = 0
    for number in range(90):
        for packet in encoder.encode(canvas, number, 0):
            worst = max(worst, number * 10**9 // 30 - packet.dts_ns)
    assert 0 < worst <= encoder.delay_ns
    encoder.flush()


def test_each_picture_carries_when_it_was_taken() -> None:
    packets = _encode(VideoEncoder(_feed(), "veryfast", threads=1), list(range(40)))
    assert sorted(packet.born_ns - 10**15 for packet in packets) == list(range(40))
    assert all(packet.born_ns - 10**15 == round(packet.pts_ns * 30 / 10**9) for packet in packets)


def _keys(packets: list[Packet]) -> list[int]:
    return [round(packet.pts_ns * 30 / 10**9) for packet in packets if packet.is_key]


@pytest.mark.parametrize("preset", LADDER)
@pytest.mark.parametrize("profile", ["quality", "live"])
def test_a_key_frame_comes_every_two_seconds(preset: str, profile: Profile) -> None:
    packets = _encode(VideoEncoder(_feed(profile=profile), preset, threads=1), list(range(500, 680)))
    assert _keys(packets) == [500, 560, 620]


def test_the_first_decoding_time_is_one_tick_before_the_first_picture() -> None:
    """However far away the second picture is: an encoder before this one may have given what lies between."""
    packets = _encode(VideoEncoder(_feed(), "superfast", threads=1), [100, *range(109, 140)])
    assert round(packets[0].dts_ns * 30 / 10**9) == 99


def test_skipped_ticks_do_not_stretch_the_distance() -> None:
    numbers = [number for number in range(240) if number % 3]
    packets = _encode(VideoEncoder(_feed(), "superfast", threads=1), numbers)
    assert all(b - a <= 61 for a, b in pairwise(_keys(packets)))
    assert len(packets) == len(numbers)
    assert all(a.dts_ns < b.dts_ns for a, b in pairwise(packets))


@pytest.mark.parametrize("profile", ["quality", "live"])
def test_a_key_frame_that_is_asked_for_comes_then(profile: Profile) -> None:
    packets = _encode(VideoEncoder(_feed(profile=profile), "superfast", threads=1), list(range(120)), {17, 40})
    assert _keys(packets) == [0, 17, 40, 100]


@pytest.mark.parametrize("profile", ["quality", "live"])
def test_one_can_begin_to_decode_at_every_key_frame(profile: Profile) -> None:
    encoder = VideoEncoder(_feed(profile=profile), "superfast", threads=1)
    packets = _encode(encoder, list(range(120)), {50})
    begin = [number for number, packet in enumerate(packets) if packet.is_key][1]
    frames = _decoded(encoder, packets[begin:])
    assert len(frames) == len(packets) - begin
    assert frames[0].key_frame


def test_what_is_decoded_is_the_picture_tagged_bt709() -> None:
    encoder = VideoEncoder(_feed(kbps=4000), "superfast", threads=1)
    frames = _decoded(encoder, _encode(encoder, list(range(30))))
    assert len(frames) == 30
    for number, frame in enumerate(frames):
        wanted = (np.arange(128) * 2 + number * 3) % 200 + 16
        assert np.abs(frame.to_ndarray()[40].astype(int) - wanted).mean() < 6
    assert (frames[0].width, frames[0].height) == (128, 72)
    assert (frames[0].colorspace, frames[0].color_range) == (1, 1)
    assert (frames[0].color_primaries, frames[0].color_trc) == (1, 1)


@pytest.mark.parametrize("profile", ["quality", "live"])
def test_parameter_sets_come_in_annex_b(profile: Profile) -> None:
    """That they are the same at every preset and rate is tested where these change, with the relay."""
    assert VideoEncoder(_feed(profile=profile), "superfast").format.extradata.startswith(b"\x00\x00\x00\x01\x67")


def test_the_format_says_what_a_muxer_needs() -> None:
    found = VideoEncoder(_feed(29.97), "superfast").format
    assert (found.width, found.height, found.fps, found.kbps) == (128, 72, Fraction(30000, 1001), 500)


@pytest.mark.parametrize("size", [(64, 64), (130, 98), (4096, 64)])
def test_any_even_size_is_drawn_on_in_place(size: tuple[int, int]) -> None:
    canvas = Canvas(*size)
    assert canvas.picture.size == size
    canvas.picture.y.fill(77)
    canvas.picture.u.fill(78)
    canvas.picture.v.fill(79)
    rows = canvas.frame.to_ndarray().reshape(-1)
    luma = size[0] * size[1]
    assert (rows[:luma] == 77).all()
    assert (rows[luma : luma * 5 // 4] == 78).all()
    assert (rows[luma * 5 // 4 :] == 79).all()


# H.264 table A-1, with the limits of High profile (× 1.25).
@pytest.mark.parametrize(
    ("width", "height", "fps", "kbps", "level"),
    [
        (640, 360, 30, 800, "3.0"),
        (720, 576, 25, 2500, "3.0"),
        (1280, 720, 30, 3000, "3.1"),
        (1280, 720, 60, 4500, "3.2"),
        (1920, 1080, 30, 4500, "4.0"),
        (1080, 1920, 30, 4500, "4.0"),
        (1920, 1080, 30, 26_000, "4.1"),
        (1920, 1080, 60, 9000, "4.2"),
        (3840, 2160, 30, 20_000, "5.1"),
        (3840, 2160, 60, 30_000, "5.2"),
        (4096, 4096, 120, 100_000, "5.2"),
    ],
)
def test_levels(width: int, height: int, fps: int, kbps: int, level: str) -> None:
    assert level_for(width, height, Fraction(fps), kbps) == level
