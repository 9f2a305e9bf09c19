from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import av
import numpy as np
import pytest
from av.audio.codeccontext import AudioCodecContext
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.engine.aac import FRAME, AacEncoder
from studio.media.packet import AudioFormat, Packet
from studio.media.sound import SAMPLE_RATE, Samples

ANCHOR_NS = 10**15


def encode(sound: Samples, first: int = 0, portion: int = 960, kbps: int = 128) -> tuple[AudioFormat, list[Packet]]:
    encoder = AacEncoder(kbps, ANCHOR_NS)
    packets: list[Packet] = []
    for at in range(0, len(sound), portion):
        packets += encoder.encode(sound[at : at + portion], first + at)
    return encoder.format(), packets + encoder.flush()


def decode(form: AudioFormat, packets: Sequence[Packet]) -> Samples:
    """All that a decoder makes of it; its first sample belongs to the first packet's pts."""
    decoder = av.CodecContext.create("aac", "r")
    assert isinstance(decoder, AudioCodecContext)
    decoder.extradata = form.extradata
    frames = [frame for packet in packets for frame in decoder.decode(av.Packet(packet.data))]
    return np.concatenate([frame.to_ndarray().T for frame in frames]).astype(np.float32)


@pytest.mark.parametrize("first", [0, 123_456])
def test_a_click_is_heard_at_its_time(first: int) -> None:
    sound = np.zeros((SAMPLE_RATE, 2), np.float32)
    sound[30_000:30_004] = 0.8
    form, packets = encode(sound, first)
    heard = decode(form, packets)
    at_s = packets[0].pts_ns / 1e9 + np.abs(heard[:, 0]).argmax() / SAMPLE_RATE
    assert at_s == pytest.approx((first + 30_002) / SAMPLE_RATE, abs=1e-3)


def test_after_a_sleep_the_sound_goes_on_at_its_time() -> None:
    encoder = AacEncoder(128, ANCHOR_NS)
    sound = np.zeros((SAMPLE_RATE, 2), np.float32)
    sound[30_000:30_004] = 0.8
    encoder.encode(np.zeros((SAMPLE_RATE + 100, 2), np.float32), 0)
    packets = [*encoder.encode(sound, 30 * SAMPLE_RATE), *encoder.flush()]
    later = [one for one in packets if one.pts_ns >= 29 * 10**9]
    assert all(one.dts_ns < other.dts_ns for one, other in pairwise(packets))
    heard = decode(encoder.format(), later)
    at_s = later[0].pts_ns / 1e9 + np.abs(heard[:, 0]).argmax() / SAMPLE_RATE
    assert at_s == pytest.approx(30 + 30_002 / SAMPLE_RATE, abs=1e-3)


def test_the_sound_survives() -> None:
    at_s = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    left, right = 0.3 * np.sin(2 * np.pi * 440 * at_s), 0.2 * np.sin(2 * np.pi * 1000 * at_s)
    sound = np.stack((left, right), axis=1).astype(np.float32)
    form, packets = encode(sound)
    heard = decode(form, packets)[FRAME : FRAME + len(sound)]
    middle = np.s_[5000:-5000]
    assert np.abs(heard[middle] - sound[middle]).max() < 0.01


def test_the_format_says_lc_48_khz_stereo() -> None:
    form = AacEncoder(96, ANCHOR_NS).format()
    assert (form.sample_rate, form.channels, form.kbps) == (48_000, 2, 96)
    config = int.from_bytes(form.extradata[:2], "big")
    assert (config >> 11, config >> 7 & 15, config >> 3 & 15) == (2, 3, 2)  # AAC-LC, 48 kHz, two channels


@settings(max_examples=20, deadline=None)
@given(portion=st.integers(1, 5000).filter(lambda one: one > 50), first=st.integers(0, 10**11))
def test_the_stamps_follow_the_sample_numbers_whatever_the_portions(portion: int, first: int) -> None:
    sound = np.zeros((20_000, 2), np.float32)
    _, packets = encode(sound, first, portion)
    numbers = [(first - FRAME) + index * FRAME for index in range(len(packets))]
    assert [packet.pts_ns for packet in packets] == [round(number * 10**9 / SAMPLE_RATE) for number in numbers]
    assert numbers[-1] + FRAME >= first + len(sound)
    for before, after in pairwise(packets):
        assert before.pts_ns + before.duration_ns == after.pts_ns
    assert all(packet.dts_ns == packet.pts_ns and packet.is_key and packet.kind == "audio" for packet in packets)
    assert all(packet.born_ns == ANCHOR_NS + packet.pts_ns for packet in packets)


def test_the_bit_rate_is_kept() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, (5 * SAMPLE_RATE, 2)).astype(np.float32)
    for kbps in (96, 160):
        _, packets = encode(noise, kbps=kbps)
        assert sum(len(packet.data) for packet in packets) * 8 / 5 / 1000 == pytest.approx(kbps, rel=0.05)


def test_sound_with_a_hole_is_refused() -> None:
    encoder = AacEncoder(128, ANCHOR_NS)
    encoder.encode(np.zeros((100, 2), np.float32), 0)
    with pytest.raises(ValueError, match="expected sample 100"):
        encoder.encode(np.zeros((100, 2), np.float32), 101)
