from __future__ import annotations

import io

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.outputs import flv
from studio.outputs.amf0 import decode
from tests.outputs.conftest import Encoded

# What may lie in a NAL unit: emulation prevention keeps 00 00 0x out, and the last byte is never 0.
_units = st.lists(
    st.binary(min_size=1, max_size=40).map(lambda raw: raw.replace(b"\0", b"\x03") + b"\x80"), min_size=1
)


@given(_units, st.data())
def test_start_codes_become_lengths(units: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(data.draw(st.sampled_from([b"\0\0\1", b"\0\0\0\1"])) + unit for unit in units)
    assert flv.nal_units(stream) == units
    assert flv.length_prefixed(stream) == b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def test_the_decoder_record_is_what_libavformat_writes(encoded: Encoded) -> None:
    """libavformat reads our header; its own muxer, given the same stream, writes the same record."""
    header = flv.video_header(encoded.format.video.extradata)
    key = flv.packet_body(encoded.pictures[0], 0)
    file = io.BytesIO(b"FLV\x01\x01\0\0\0\x09\0\0\0\0" + b"".join(_tag(body) for body in (header, key)))
    with av.open(file, "r", format="flv") as source:
        context = source.streams.video[0].codec_context
        assert (context.width, context.height) == (320, 180)
        assert context.extradata == flv.decoder_record(encoded.format.video.extradata)


def _tag(body: bytes) -> bytes:
    return b"\x09" + len(body).to_bytes(3, "big") + bytes(7) + body + (len(body) + 11).to_bytes(4, "big")


def test_a_high_profile_record_names_its_chroma() -> None:
    sps, pps = bytes([0x67, 100, 0, 40, 1]), bytes([0x68, 1])
    record = flv.decoder_record(b"\0\0\0\1" + sps + b"\0\0\1" + pps)
    assert record == bytes([1, 100, 0, 40, 0xFF, 0xE1, 0, 5]) + sps + bytes([1, 0, 2]) + pps + b"\xfd\xf8\xf8\0"


def test_a_header_without_parameter_sets_is_refused() -> None:
    with pytest.raises(ValueError, match="parameter sets"):
        flv.decoder_record(b"\0\0\0\1\x06\x05\x80")


def test_pictures_and_sound_are_marked_as_what_they_are(encoded: Encoded) -> None:
    key, later = encoded.pictures[0], next(one for one in encoded.pictures if not one.is_key)
    sound = next(one for one in encoded.packets if one.kind == "audio")
    assert flv.packet_body(key, 67)[:5] == bytes([0x17, 1, 0, 0, 67])
    assert flv.packet_body(later, 0)[:5] == bytes([0x27, 1, 0, 0, 0])
    assert flv.packet_body(sound, 0) == b"\xaf\x01" + sound.data
    assert flv.audio_header(b"\x11\x90") == b"\xaf\x00\x11\x90"


def test_the_metadata_says_what_is_coming(encoded: Encoded) -> None:
    command, name, about = decode(flv.metadata(encoded.format))
    assert (command, name) == ("@setDataFrame", "onMetaData")
    assert isinstance(about, dict)
    assert about["width"] == 320
    assert about["height"] == 180
    assert about["framerate"] == 30
    assert (about["videocodecid"], about["audiocodecid"]) == (7, 10)
    assert (about["videodatarate"], about["audiodatarate"], about["audiosamplerate"]) == (400, 96, 48_000)
    assert about["encoder"] == "Benchcast"
