from __future__ import annotations

import contextlib
import struct
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.outputs.chunks import ChunkError, ChunkReader, ChunkWriter, Kind, Message

_stamps = st.integers(0, 2**32 - 1) | st.sampled_from([0xFFFFFE, 0xFFFFFF, 0x1000000, 2**32 - 1])
_messages = st.builds(
    Message,
    channel=st.integers(2, 63),
    kind=st.sampled_from([Kind.AUDIO, Kind.VIDEO, Kind.DATA, Kind.COMMAND, Kind.ACKNOWLEDGEMENT]),
    stream=st.integers(0, 2**32 - 1),
    timestamp=_stamps,
    body=st.binary(max_size=700),
)


def _set_size(size: int) -> bytes:
    return ChunkWriter().write(Message(2, Kind.SET_CHUNK_SIZE, 0, 0, struct.pack(">I", size)))


def _read(data: bytes, cuts: list[int]) -> list[Message]:
    reader, found, at = ChunkReader(), [], 0
    for cut in [*sorted(cut % (len(data) + 1) for cut in cuts), len(data)]:
        found += reader.feed(data[at:cut])
        at = cut
    return found


@given(st.lists(_messages, max_size=6), st.integers(1, 300), st.lists(st.integers(0, 10_000), max_size=8))
def test_messages_come_out_as_they_went_in(messages: list[Message], size: int, cuts: list[int]) -> None:
    writer = ChunkWriter()
    writer.chunk_size = size
    data = _set_size(size) + b"".join(writer.write(message) for message in messages)
    assert [one for one in _read(data, cuts) if one.kind != Kind.SET_CHUNK_SIZE] == messages


class _ThriftyWriter:
    """Another server's way: the shortest header that will do, on one chunk stream, cut at 128 bytes."""

    def __init__(self, channel: int) -> None:
        self.channel, self.delta = channel, 0
        self.last: Message | None = None
        self.wide = False

    def chunks(self, message: Message) -> list[bytes]:
        last = self.last
        if last is None or message.stream != last.stream or message.timestamp < last.timestamp:
            form, stamp = 0, message.timestamp
        else:
            stamp = message.timestamp - last.timestamp
            same = (message.kind, len(message.body)) == (last.kind, len(last.body))
            form = (3 if stamp == self.delta else 2) if same else 1
        if form != 3:
            self.wide = stamp >= 0xFFFFFF
            self.delta = stamp if form else 0
        self.last = message
        extended = struct.pack(">I", stamp) if self.wide else b""
        head = [
            b"" if form == 3 else min(stamp, 0xFFFFFF).to_bytes(3, "big"),
            b"" if form > 1 else len(message.body).to_bytes(3, "big") + bytes([message.kind]),
            b"" if form else struct.pack("<I", message.stream),
            extended,
        ]
        pieces = [message.body[at : at + 128] for at in range(0, max(1, len(message.body)), 128)]
        first = self._basic(form) + b"".join(head) + pieces[0]
        return [first, *(self._basic(3) + extended + piece for piece in pieces[1:])]

    def _basic(self, form: int) -> bytes:
        if self.channel < 64:
            return bytes([form << 6 | self.channel])
        if self.channel < 320:
            return bytes([form << 6, self.channel - 64])
        return bytes([form << 6 | 1, (self.channel - 64) & 0xFF, (self.channel - 64) >> 8])


@given(st.data())
@settings(max_examples=60)
def test_every_header_form_of_another_server_is_read_interleaved(data: st.DataObject) -> None:
    channels = data.draw(
        st.lists(st.sampled_from([3, 63, 64, 319, 320, 65_599]), unique=True, min_size=1, max_size=3)
    )
    writers = {channel: _ThriftyWriter(channel) for channel in channels}
    lanes: dict[int, list[bytes]] = {channel: [] for channel in channels}
    sent: dict[int, list[Message]] = {channel: [] for channel in channels}
    for channel in channels:
        at = 0
        for _ in range(data.draw(st.integers(1, 4))):
            at = min(2**32 - 1, at + data.draw(st.sampled_from([0, 20, 20, 33, 0xFFFFFF, 0x1000005])))
            body = bytes(data.draw(st.sampled_from([0, 1, 127, 128, 129, 400])))
            message = Message(channel, data.draw(st.sampled_from([Kind.AUDIO, Kind.VIDEO])), 1, at, body)
            sent[channel].append(message)
            lanes[channel] += writers[channel].chunks(message)
    wire = b""
    while any(lanes.values()):
        channel = data.draw(st.sampled_from([one for one in channels if lanes[one]]))
        wire += lanes[channel].pop(0)
    found = _read(wire, data.draw(st.lists(st.integers(0, 5000), max_size=5)))
    by_channel = {
        channel: list(group)
        for channel, group in groupby(sorted(found, key=lambda one: one.channel), key=lambda one: one.channel)
    }
    assert by_channel == sent


@given(st.lists(st.binary(max_size=300), max_size=5))
def test_any_bytes_are_messages_or_a_typed_error(pieces: list[bytes]) -> None:
    reader = ChunkReader()
    with contextlib.suppress(ChunkError):
        for piece in pieces:
            reader.feed(piece)


def test_extended_stamps_are_repeated_on_continuation_chunks() -> None:
    data = ChunkWriter().write(Message(6, Kind.VIDEO, 1, 16_777_215, bytes(130)))
    assert data[1:4] == b"\xff\xff\xff"
    assert data[12:16] == b"\x00\xff\xff\xff"
    assert data[16 + 128 : 16 + 128 + 5] == b"\xc6\x00\xff\xff\xff"


def test_the_last_stamp_before_is_short() -> None:
    data = ChunkWriter().write(Message(6, Kind.VIDEO, 1, 16_777_214, b"x"))
    assert data == b"\x06\xff\xff\xfe\x00\x00\x01\x09\x01\x00\x00\x00x"


def test_a_message_that_is_too_long_is_refused_before_it_arrives() -> None:
    with pytest.raises(ChunkError):
        ChunkReader().feed(b"\x03\x00\x00\x00\xff\xff\xff\x14\x00\x00\x00\x00")


def test_too_many_chunk_streams_are_refused() -> None:
    headers = [bytes([0, number]) + bytes(3) + b"\0\0\1\x08" + bytes(4) + b"x" for number in range(65)]
    with pytest.raises(ChunkError):
        ChunkReader().feed(b"".join(headers))


def test_an_aborted_message_is_forgotten() -> None:
    reader = ChunkReader()
    assert reader.feed(b"\x05" + bytes(3) + (200).to_bytes(3, "big") + b"\x08" + bytes(4) + bytes(128)) == []
    reader.feed(ChunkWriter().write(Message(2, Kind.ABORT, 0, 0, struct.pack(">I", 5))))
    fresh = Message(5, Kind.AUDIO, 0, 0, b"new")
    assert reader.feed(ChunkWriter().write(fresh)) == [fresh]


def test_a_chunk_size_of_nought_is_refused() -> None:
    with pytest.raises(ChunkError):
        ChunkReader().feed(_set_size(0))
