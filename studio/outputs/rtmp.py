"""One RTMP connection, from TCP to the end of the stream, as the publishing side (Adobe's RTMP 1.0)."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import NoReturn

from studio.outputs import handshake
from studio.outputs.amf0 import AmfError, Value, decode, encode
from studio.outputs.chunks import ChunkError, ChunkReader, ChunkWriter, Kind, Message
from studio.outputs.statuses import Ended, HungUp, Lost, ServerStatus, ending, tls_failure, unreachable
from studio.outputs.wire import Place, TlsWire, Wire, connect_tcp
from studio.show.address import PushAddress
from studio.system.secret import Secret

_CHUNK_SIZE = 60_000  # a picture mostly in one chunk; the common servers allow far more
_CONTROL, _COMMAND, _AUDIO, _VIDEO, _STREAM = 2, 3, 4, 6, 8  # chunk streams, as Flash encoders number them
_PING, _PONG = 6, 7
_MAX_REPLIES = 16
_MAX_MESSAGES = 200  # from the server in a second; the busiest real one sends a handful
_U32 = struct.Struct(">I")


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long each step of a connection may take, in seconds."""

    tcp: float = 5.0
    tls: float = 5.0
    handshake: float = 5.0
    command: float = 8.0
    end: float = 1.0


@dataclass(frozen=True, slots=True)
class _Command:
    name: str
    number: float
    values: list[Value]

    @property
    def info(self) -> Value:
        """The information object, wherever the server has put it."""
        return next((value for value in self.values if isinstance(value, dict)), None)


class RtmpPublisher:
    """A connection to publish a stream on. `open_publisher` makes it; `publish` begins.

    One task sends and one listens. What the listener has to answer rides ahead of the next message: so there is
    one writer, and a server that takes nothing cannot hold up the listening.
    """

    def __init__(self, wire: Wire, key: Secret, deadlines: Deadlines) -> None:
        self._wire = wire
        self._key = key
        self._deadlines = deadlines
        self._writer = ChunkWriter()
        self._reader = ChunkReader()
        self._inbox: deque[Message] = deque()
        self._replies: deque[bytes] = deque(maxlen=_MAX_REPLIES)
        self._number = 0
        self._stream = 0
        self._received = 0
        self._acknowledged = 0
        self._window = 0
        self._counted_since_s = 0.0
        self._counted = 0
        self._live = False
        self.on_reply: Callable[[], None] = lambda: None  # called when there is something for `send_replies`

    @property
    def taken(self) -> int:
        """Bytes that the kernel has taken so far."""
        return self._wire.taken

    @property
    def place(self) -> Place | None:
        """The address that it is connected to, where the system tells."""
        return self._wire.place

    def count_taken(self, count: Callable[[int], None]) -> None:
        """From now on, call it with each number of bytes that the kernel has taken."""
        self._wire.on_taken = count

    async def send_data(self, body: bytes) -> None:
        await self._send(Message(_STREAM, Kind.DATA, self._stream, 0, body))

    async def send_audio(self, timestamp_ms: int, body: bytes) -> None:
        await self._send(Message(_AUDIO, Kind.AUDIO, self._stream, timestamp_ms, body))

    async def send_video(self, timestamp_ms: int, body: bytes) -> None:
        await self._send(Message(_VIDEO, Kind.VIDEO, self._stream, timestamp_ms, body))

    async def send_replies(self) -> None:
        """Answer pings and acknowledge, when nothing else is to be sent."""
        if self._replies:
            data = b"".join(self._replies)
            self._replies.clear()
            async with self._explained("sending", closed=HungUp):
                await self._wire.write(data)

    async def listen(self) -> NoReturn:
        """Hear the server until the connection ends. Raises Ended."""
        async with self._explained("sending", closed=HungUp):
            while True:
                await self._next_command()

    async def finish(self) -> None:
        """Unpublish and hang up in order; within the deadline, whatever the server does. Never raises."""
        with contextlib.suppress(Ended, OSError):
            async with asyncio.timeout(self._deadlines.end):
                name = self._key.reveal()
                await self._command("FCUnpublish", None, name)
                await self._command("deleteStream", None, self._stream)
                await self._wire.finish()
        self.abort()

    def abort(self) -> None:
        """Hang up at once."""
        self._wire.abort()

    async def shake_hands(self) -> None:
        do = "check the address and the port"
        async with self._explained("shaking hands", self._deadlines.handshake, do=do):
            await self._wire.write(handshake.opening())
            reply = b""
            while len(reply) < handshake.REPLY:
                reply += await self._read()
            await self._wire.write(handshake.answer(reply[: handshake.REPLY]))
            self._inbox.extend(self._reader.feed(reply[handshake.REPLY :]))

    async def connect(self, address: PushAddress) -> None:
        """The command `connect`: enter the app. Says nothing of the key."""
        do = "check the app in the address"
        async with self._explained("entering the app", self._deadlines.command, do=do, closed=HungUp):
            about: dict[str, Value] = {
                "app": address.app,
                "type": "nonprivate",
                "flashVer": "FMLE/3.0 (compatible; FMSc/1.0)",
                "swfUrl": address.url,
                "tcUrl": address.url,
            }
            await self._result(await self._command("connect", about))
            await self._put(Message(_CONTROL, Kind.SET_CHUNK_SIZE, 0, 0, _U32.pack(_CHUNK_SIZE)))
            self._writer.chunk_size = _CHUNK_SIZE

    async def publish(self) -> None:
        """The commands up to `publish`, with the key, and the server's yes. Raises Ended."""
        name = self._key.reveal()
        async with self._explained("opening a stream", self._deadlines.command):
            # Old Flash habits, which some servers insist on and none minds; their answers mean nothing.
            await self._command("releaseStream", None, name)
            await self._command("FCPublish", None, name)
            created = await self._result(await self._command("createStream", None))
            stream = created.values[-1] if created.values else None
            if not isinstance(stream, float) or not 0 <= stream < 2**32:
                raise ChunkError("a stream without a number")
            self._stream = int(stream)
        doing, do = "taking the key; it may be wrong or have expired", "paste a fresh key, and check the account"
        async with self._explained(doing, self._deadlines.command, do=do, closed=HungUp):
            await self._command("publish", None, name, "live", stream=self._stream)
            while True:
                command = await self._next_command()
                if command.name == "onStatus" and self._status(command).code == "NetStream.Publish.Start":
                    break
        self._live = True

    async def _command(self, name: str, *values: Value, stream: int = 0) -> int:
        self._number += 1
        channel = _STREAM if stream else _COMMAND
        body = encode(name, self._number, *values)
        await self._put(Message(channel, Kind.COMMAND, stream, 0, body))
        return self._number

    async def _result(self, number: int) -> _Command:
        """The server's answer to a command. Raises Ended when it is an error."""
        while True:
            command = await self._next_command()
            if command.number == number and command.name == "_result":
                return command
            if command.number == number and command.name == "_error":
                raise ending(self._status(command), was_live=False) or Lost(
                    "The server reports an error" + self._status(command).quoted, do=""
                )

    async def _next_command(self) -> _Command:
        """The next command; control messages are dealt with. Raises Ended when it ends the connection."""
        while True:
            while not self._inbox:
                self._inbox.extend(self._reader.feed(await self._read()))
            message = self._inbox.popleft()
            self._count()
            if message.kind in {Kind.COMMAND, Kind.COMMAND_AMF3}:
                # "AMF3" commands are AMF0 behind one more byte.
                values = decode(message.body[1:] if message.kind == Kind.COMMAND_AMF3 else message.body)
                match values:
                    case [str() as name, float() as number, *rest]:
                        command = _Command(name, number, rest)
                    case [str() as name, *rest]:  # libavformat's server leaves the number of onFCPublish out
                        command = _Command(name, 0, rest)
                    case _:
                        raise ChunkError("a command without a name")
                if command.name == "onStatus" and (end := ending(self._status(command), was_live=self._live)):
                    raise end
                return command
            self._control(message)

    def _count(self) -> None:
        """Each message costs us time that the other destinations need: a flood ends the connection. Raises Lost."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._counted_since_s >= 1:
            self._counted_since_s, self._counted = now_s, 0
        self._counted += 1
        if self._counted > _MAX_MESSAGES:
            raise Lost(
                f"The server sends more than {_MAX_MESSAGES} messages a second",
                do="check the address; if it is right, ask the platform",
            )

    def _status(self, command: _Command) -> ServerStatus:
        return ServerStatus.read(command.info, self._key)

    def _control(self, message: Message) -> None:
        """Sections 5.4 and 7.1.7: what the server wants to have answered."""
        body = message.body
        match message.kind:
            case Kind.USER_CONTROL if len(body) >= 6 and body[:2] == bytes([0, _PING]):
                self._reply(Kind.USER_CONTROL, bytes([0, _PONG]) + body[2:6])
            case Kind.WINDOW_SIZE if len(body) >= 4:
                self._window = int(_U32.unpack(body[:4])[0])
            case Kind.PEER_BANDWIDTH if len(body) >= 4:
                self._reply(Kind.WINDOW_SIZE, body[:4])

    def _reply(self, kind: Kind, body: bytes) -> None:
        self._replies.append(self._writer.write(Message(_CONTROL, kind, 0, 0, body)))
        self.on_reply()

    async def _read(self) -> bytes:
        data = await self._wire.read()
        if not data:
            raise ConnectionError("closed")
        self._received += len(data)
        if self._window and self._received - self._acknowledged >= self._window // 2:
            self._acknowledged = self._received
            self._reply(Kind.ACKNOWLEDGEMENT, _U32.pack(self._received & 0xFFFFFFFF))
        return data

    async def _send(self, message: Message) -> None:
        async with self._explained("sending", closed=HungUp):
            await self._put(message)

    async def _put(self, message: Message) -> None:
        data = self._writer.write(message)
        if self._replies:
            data = b"".join([*self._replies, data])
            self._replies.clear()
        await self._wire.write(data)

    @contextlib.asynccontextmanager
    async def _explained(
        self, doing: str, seconds: float | None = None, *, do: str = "", closed: type[Lost] = Lost
    ) -> AsyncIterator[None]:
        """What fails inside becomes Lost, in words that hold nothing of the server's or the key."""
        try:
            async with asyncio.timeout(seconds):
                yield
        except (ChunkError, AmfError, handshake.HandshakeError) as error:
            raise Lost("The server does not speak RTMP as it should", do="check the address and the port") from error
        except TimeoutError as error:
            raise Lost(f"The server gave no answer while {doing}", do=do) from error
        except OSError as error:
            raise closed(f"The server ended the connection while {doing}", do=do) from error


async def open_publisher(
    address: PushAddress, key: Secret, *, send_buffer: int, deadlines: Deadlines, known: Place | None = None
) -> RtmpPublisher:
    """Connect, up to where `publish` may follow: TLS and the app are accepted, and the key has not been sent.

    `known`: where the server was before, should its name not be found.

    Raises:
        Ended: Unreachable, Lost, Busy or Refused, as the case may be; the connection is then closed.
    """
    wire = await _open_wire(address, send_buffer, deadlines, known)
    publisher = RtmpPublisher(wire, key, deadlines)
    try:
        await publisher.shake_hands()
        await publisher.connect(address)
    except BaseException:
        publisher.abort()
        raise
    return publisher


async def _open_wire(address: PushAddress, send_buffer: int, deadlines: Deadlines, known: Place | None) -> Wire:
    try:
        async with asyncio.timeout(deadlines.tcp):
            sock = await connect_tcp(address.host, address.port, send_buffer=send_buffer, known=known)
    except OSError as error:
        raise unreachable(address.host, address.port, error) from error
    if address.scheme == "rtmp":
        return Wire(sock)
    wire = TlsWire(sock)
    try:
        async with asyncio.timeout(deadlines.tls):
            await wire.secure(address.host)
    except ssl.SSLError as error:
        wire.abort()
        raise tls_failure(error, address.host) from error
    except OSError as error:
        wire.abort()
        raise Lost(f"{address.host} gave no answer while starting TLS", do="check the address") from error
    except BaseException:
        wire.abort()
        raise
    return wire
