"""Encoded media: what one encoder gives and every destination, recording and replay shares."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal


@dataclass(frozen=True, slots=True)
class Packet:
    """One encoded access unit. Immutable, so it is shared and never copied.

    Attributes:
        kind: video (H.264, Annex B, parameter sets only in the format) or audio (raw AAC frame, no ADTS).
        data: the bytes.
        pts_ns: presentation time in show time (0 = the feed's first tick), nanoseconds.
        dts_ns: decoding time in the same scale; per kind it never steps back. May be negative before B-frames.
        duration_ns: how long it is shown or heard.
        is_key: a decoder can begin here (always true for audio).
        born_ns: the monotonic stamp of the tick (picture) or first sample (sound) it came from: its age on air.
    """

    kind: Literal["video", "audio"]
    data: bytes
    pts_ns: int
    dts_ns: int
    duration_ns: int
    is_key: bool
    born_ns: int


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """What a muxer needs before the first picture. `extradata`: SPS and PPS in Annex B."""

    width: int
    height: int
    fps: Fraction
    kbps: int
    extradata: bytes


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """What a muxer needs before the first sound. `extradata`: AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1)."""

    sample_rate: int
    channels: int
    kbps: int
    extradata: bytes


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """Both halves of a feed's stream. A changed format means a new connection and a new recording part."""

    video: VideoFormat
    audio: AudioFormat
