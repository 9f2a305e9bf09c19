"""Encoded packets as the bodies of RTMP's audio, video and data messages.

They are FLV tags without their frame (Adobe's Video File Format 10.1, annex E). Pure.
"""

from __future__ import annotations

import struct

from studio.media.packet import Packet, StreamFormat
from studio.outputs.amf0 import EcmaArray, encode

_AVC = 7
_AAC = 10
_KEY, _INTER = 0x10, 0x20
_SPS, _PPS = 7, 8
_U32 = struct.Struct(">I")
# AAC is always marked 44 kHz, 16 bit, stereo (annex E.4.2.1); the truth is in its own header.
_AAC_FLAGS = bytes([_AAC << 4 | 0x0F])
# Profiles whose record goes on with chroma format and bit depths (ISO/IEC 14496-15, section 5.3.3.1.2).
_HIGH_PROFILES = {100, 110, 122, 144}


def nal_units(data: bytes) -> list[bytes]:
    """The NAL units of an Annex B byte stream.

    Three bytes 00 00 01 occur nowhere else, and a unit never ends in a zero (ISO/IEC 14496-10, annex B).
    """
    return [unit.rstrip(b"\0") for unit in data.split(b"\0\0\1")[1:]]


def length_prefixed(data: bytes) -> bytes:
    """An Annex B access unit with a four-byte length in front of each NAL unit instead."""
    parts = []
    for unit in nal_units(data):
        parts += [_U32.pack(len(unit)), unit]
    return b"".join(parts)


def decoder_record(extradata: bytes) -> bytes:
    """AVCDecoderConfigurationRecord (ISO/IEC 14496-15, section 5.3.3.1) of our 8-bit 4:2:0 stream.

    Raises:
        ValueError: `extradata` does not hold an SPS and a PPS.
    """
    units = nal_units(extradata)
    sps = [unit for unit in units if unit[0] & 0x1F == _SPS]
    pps = [unit for unit in units if unit[0] & 0x1F == _PPS]
    if not sps or not pps or len(sps[0]) < 4:
        raise ValueError("the stream's header lacks its parameter sets")
    record = bytes([1]) + sps[0][1:4] + bytes([0xFF, 0xE0 | len(sps)])
    record += b"".join(len(unit).to_bytes(2, "big") + unit for unit in sps)
    record += bytes([len(pps)]) + b"".join(len(unit).to_bytes(2, "big") + unit for unit in pps)
    if sps[0][1] in _HIGH_PROFILES:
        record += bytes([0xFC | 1, 0xF8, 0xF8, 0])  # 4:2:0, 8 bit, 8 bit, no SPS extensions
    return record


def video_header(extradata: bytes) -> bytes:
    return bytes([_KEY | _AVC, 0, 0, 0, 0]) + decoder_record(extradata)


def audio_header(extradata: bytes) -> bytes:
    return _AAC_FLAGS + b"\0" + extradata


def packet_body(packet: Packet, composition_ms: int) -> bytes:
    """A packet's message. `composition_ms`: how long after its decoding a picture is shown."""
    if packet.kind == "audio":
        return _AAC_FLAGS + b"\1" + packet.data
    flags = (_KEY if packet.is_key else _INTER) | _AVC
    return bytes([flags, 1]) + composition_ms.to_bytes(3, "big", signed=True) + length_prefixed(packet.data)


def metadata(stream: StreamFormat) -> bytes:
    """The data message that tells the server what is coming."""
    video, audio = stream.video, stream.audio
    about = EcmaArray(
        width=video.width,
        height=video.height,
        framerate=float(video.fps),
        videocodecid=_AVC,
        videodatarate=video.kbps,
        audiocodecid=_AAC,
        audiodatarate=audio.kbps,
        audiosamplerate=audio.sample_rate,
        audiosamplesize=16,
        audiochannels=audio.channels,
        stereo=audio.channels == 2,
        encoder="Benchcast",
    )
    return encode("@setDataFrame", "onMetaData", about)
