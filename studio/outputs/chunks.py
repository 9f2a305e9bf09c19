"""RTMP's chunk layer: messages cut into chunks and put together again (Adobe's RTMP 1.0, section 5.3)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

_EXTENDED = 0xFFFFFF  # a 24-bit time stamp of this value announces a 32-bit one
_DEFAULT_CHUNK = 128
_MAX_MESSAGE = 1 << 20  # a publisher is only ever told short things
_MAX_STREAMS = 64
_U32 = struct.Struct(">I")


class ChunkError(ValueError):
    """These bytes are not RTMP chunks, or not ones that a server has a reason to send."""


class Kind(IntEnum):
    """Message types (RTMP 1.0, sections 5.4, 6.1 and 7.1)."""

    SET_CHUNK_SIZE = 1
    ABORT = 2
    ACKNOWLEDGEMENT = 3
    USER_CONTROL = 4
    WINDOW_SIZE = 5
    PEER_BANDWIDTH = 6
    AUDIO = 8
    VIDEO = 9
    COMMAND_AMF3 = 17
    DATA = 18
    COMMAND = 20


@dataclass(frozen=True, slots=True)
class Message:
    """One RTMP message. `channel` is its chunk stream; `timestamp` is in milliseconds modulo 2³²."""

    channel: int
    kind: int
    stream: int
    timestamp: int
    body: bytes


class ChunkWriter:
    """Cuts messages into chunks.

    Every message begins with a full header (type 0), so its time is absolute: four bytes more than a difference,
    and nothing for the two ends to disagree on.
    """

    def __init__(self) -> None:
        self.chunk_size = _DEFAULT_CHUNK

    def write(self, message: Message) -> bytes:
        """The message's bytes on the wire."""
        if not 2 <= message.channel < 64:
            raise ValueError("chunk streams of one byte go from 2 to 63")
        stamp = message.timestamp & 0xFFFFFFFF
        # Repeated on continuation chunks too, as the common servers expect (the specification is unclear there).
        extended = _U32.pack(stamp) if stamp >= _EXTENDED else b""
        body, size = message.body, self.chunk_size
        parts = [
            bytes([message.channel]),
            min(stamp, _EXTENDED).to_bytes(3, "big"),
            len(body).to_bytes(3, "big"),
            bytes([message.kind]),
            struct.pack("<I", message.stream),
            extended,
            body[:size],
        ]
        for at in range(size, len(body), size):
            parts += [bytes([0xC0 | message.channel]), extended, body[at : at + size]]
        return b"".join(parts)


@dataclass(slots=True)
class _Incoming:
    """What is remembered of one chunk stream."""

    timestamp: int = 0
    delta: int = 0
    length: int = 0
    kind: int = 0
    stream: int = 0
    extended: bool = False
    body: bytearray | None = None  # None: between two messages


class ChunkReader:
    """Puts messages together from bytes as they arrive, in pieces of any size; its memory is bounded."""

    def __init__(self) -> None:
        self._chunk_size = _DEFAULT_CHUNK
        self._streams: dict[int, _Incoming] = {}
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """The messages that `data` completes. Raises ChunkError; the reader is then of no further use."""
        self._buffer += data
        whole: list[Message] = []
        while self._take_chunk(whole):
            pass
        return whole

    def _take_chunk(self, whole: list[Message]) -> bool:
        """Take one chunk from the buffer, and add the message that it completes. False: it is not all there."""
        buffer = self._buffer
        header = _basic_header(buffer)
        if header is None:
            return False
        form, channel, at = header
        known = self._streams.get(channel)
        if known is None:
            if form != 0:
                raise ChunkError("a chunk stream that does not begin with a full header")
            if len(self._streams) >= _MAX_STREAMS:
                raise ChunkError("too many chunk streams")
            known = _Incoming()
        size = (11, 7, 3, 0)[form]
        if len(buffer) < at + size:
            return False
        head = bytes(buffer[at : at + size])
        at += size
        extended = int.from_bytes(head[:3], "big") == _EXTENDED if form < 3 else known.extended
        stamp = int.from_bytes(head[:3], "big")
        if extended:
            if len(buffer) < at + 4:
                return False
            stamp = int(_U32.unpack_from(buffer, at)[0])
            at += 4
        length = int.from_bytes(head[3:6], "big") if form < 2 else known.length
        if length > _MAX_MESSAGE:
            raise ChunkError(f"a message of {length} bytes")
        started = known.body is not None
        if started and form != 3:
            raise ChunkError("a new message inside an unfinished one")
        take = min(self._chunk_size, length - (len(known.body) if known.body is not None else 0))
        if len(buffer) < at + take:
            return False

        # All there: only now does anything change.
        self._streams[channel] = known
        if not started:
            self._begin(known, form, stamp, head, length, extended)
        assert known.body is not None
        known.body += buffer[at : at + take]
        del buffer[: at + take]
        if len(known.body) < known.length:
            return True
        message = Message(channel, known.kind, known.stream, known.timestamp, bytes(known.body))
        known.body = None
        self._apply(message)
        whole.append(message)
        return True

    @staticmethod
    def _begin(known: _Incoming, form: int, stamp: int, head: bytes, length: int, extended: bool) -> None:
        """Section 5.3.1.2: what each of the four header types says, and what it takes over from the one before."""
        if form == 0:
            known.timestamp, known.delta = stamp, 0
            known.stream = int.from_bytes(head[7:11], "little")
        elif form < 3:
            known.delta = stamp
            known.timestamp = (known.timestamp + stamp) & 0xFFFFFFFF
        else:
            known.timestamp = (known.timestamp + known.delta) & 0xFFFFFFFF
        if form < 2:
            known.length, known.kind = length, head[6]
        known.extended = extended
        known.body = bytearray()

    def _apply(self, message: Message) -> None:
        """The two messages that speak of the chunks themselves."""
        if message.kind == Kind.SET_CHUNK_SIZE:
            if len(message.body) != 4 or not 1 <= (size := int(_U32.unpack(message.body)[0])) <= 0x7FFFFFFF:
                raise ChunkError("a chunk size that is none")
            self._chunk_size = size
        elif message.kind == Kind.ABORT:
            if len(message.body) != 4:
                raise ChunkError("an abort that names no chunk stream")
            if aborted := self._streams.get(int(_U32.unpack(message.body)[0])):
                aborted.body = None


def _basic_header(buffer: bytearray) -> tuple[int, int, int] | None:
    """Header type, chunk stream and length of the basic header (section 5.3.1.1); None: not all there."""
    if not buffer:
        return None
    form, channel = buffer[0] >> 6, buffer[0] & 0x3F
    if channel > 1:
        return form, channel, 1
    if len(buffer) < 2 + channel:
        return None
    return form, 64 + buffer[1] + (buffer[2] << 8 if channel else 0), 2 + channel
