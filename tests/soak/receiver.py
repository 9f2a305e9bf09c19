"""A server that takes a published stream on the publisher's own event loop, and keeps some seconds of it."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Callable

import av

from studio.outputs.amf0 import decode, encode
from studio.outputs.chunks import ChunkReader, ChunkWriter, Kind, Message
from tests.soak.offsets import Luma, Window, pairs

_OPENING, _ANSWER = 1537, 1536  # bytes of the RTMP handshake: version and C1, then C2
_LOOK_MS = 5000


class Receiver(asyncio.Protocol):
    """One server. Counts bytes and frames of the newest connection; `window` is what it kept."""

    def __init__(self) -> None:
        self.connections = 0
        self.read = 0  # bytes, of the newest connection
        self.frames = 0  # pictures, of all connections
        self.sounds = 0
        self._transport: asyncio.WriteTransport | None = None
        self._heads: dict[int, bytes] = {}  # sequence headers, by kind
        self._kept: list[Message] | None = None
        self._full = False

    # Called by the loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        self._shaken = 0
        self._greeting = b""
        self._reader, self._writer = ChunkReader(), ChunkWriter()
        self.connections += 1
        self.read = 0

    def data_received(self, data: bytes) -> None:
        self.read += len(data)
        if self._shaken < 2:
            data = self._shake_hands(data)
        for message in self._reader.feed(data):
            self._take(message)

    # Called by the driver while the loop is at rest.

    def keep(self) -> None:
        """Keep five seconds from the next key frame on."""
        self._kept, self._full = [], False

    @property
    def has_kept(self) -> bool:
        return self._full

    def window(self, at_s: float, brightness: Callable[[Luma], float]) -> Window:
        """The flashes and beeps in what was kept. Raises av.FFmpegError."""
        assert self._kept is not None
        heads = [Message(0, kind, 0, self._kept[0].timestamp, body) for kind, body in self._heads.items()]
        data = b"FLV\x01\x05\0\0\0\x09\0\0\0\0" + b"".join(_tag(one) for one in (*heads, *self._kept))
        self._kept, self._full = None, False
        with av.open(io.BytesIO(data), "r", format="flv") as container:
            return Window(at_s, pairs(container, float("inf"), brightness))

    def _shake_hands(self, data: bytes) -> bytes:
        """What follows the handshake."""
        assert self._transport is not None
        self._greeting += data
        if self._shaken == 0 and len(self._greeting) >= _OPENING:
            opening, self._greeting = self._greeting[:_OPENING], self._greeting[_OPENING:]
            self._transport.write(b"\x03" + os.urandom(1536) + opening[1:])
            self._shaken = 1
        if self._shaken == 1 and len(self._greeting) >= _ANSWER:
            rest, self._greeting = self._greeting[_ANSWER:], b""
            self._shaken = 2
            return rest
        return b""

    def _take(self, message: Message) -> None:
        if message.kind == Kind.COMMAND:
            self._obey(message)
        elif message.kind in {Kind.VIDEO, Kind.AUDIO}:
            if not message.body[1]:  # Adobe's FLV 10.1, E.4.2.1 and E.4.3.1: 0 is a sequence header
                self._heads[message.kind] = message.body
                return
            is_video = message.kind == Kind.VIDEO
            self.frames += is_video
            self.sounds += not is_video
            if self._kept is not None and not self._full:
                self._keep(message, is_key=is_video and message.body[0] >> 4 == 1)

    def _keep(self, message: Message, *, is_key: bool) -> None:
        assert self._kept is not None
        if self._kept or is_key:
            self._kept.append(message)
            self._full = message.timestamp - self._kept[0].timestamp >= _LOOK_MS

    def _obey(self, message: Message) -> None:
        name, number, *_ = decode(message.body)
        if name == "connect":
            self._answer("_result", number, {}, {"level": "status", "code": "NetConnection.Connect.Success"})
        elif name == "createStream":
            self._answer("_result", number, None, 1)
        elif name == "publish":
            self._answer("onStatus", 0, None, {"level": "status", "code": "NetStream.Publish.Start"})

    def _answer(self, *values: object) -> None:
        assert self._transport is not None
        self._transport.write(self._writer.write(Message(3, Kind.COMMAND, 0, 0, encode(*values))))  # type: ignore[arg-type]


def _tag(message: Message) -> bytes:
    """As FLV has it (Adobe's FLV 10.1, E.4.1)."""
    stamp = message.timestamp & 0xFFFFFFFF
    head = bytes([message.kind]) + len(message.body).to_bytes(3, "big")
    head += (stamp & 0xFFFFFF).to_bytes(3, "big") + bytes([stamp >> 24]) + b"\0\0\0"
    return head + message.body + (len(message.body) + 11).to_bytes(4, "big")
