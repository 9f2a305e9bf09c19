"""Bytes to and from a server: TCP, plain or inside TLS, with every byte accounted for.

No asyncio transport in between: a write returns when the kernel has taken the bytes, so nothing waits unseen in a
buffer of ours, and a picture's age when it leaves is known. What the kernel itself may hold is fixed by SO_SNDBUF:
left alone, Linux lets it grow to megabytes, which is many seconds of stream. Of that, what it has not sent yet is
kept smaller still where the system can (TCP_NOTSENT_LOWAT: Linux, macOS), so that a link that becomes thin is noticed
at once, and new pictures at a lower rate do not stand behind seconds of old ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Callable, Sequence
from typing import Any

import truststore

from studio.outputs.network import in_thread

_SLICE = 16 * 1024  # progress is seen in steps of this size
_READ = 64 * 1024
_UNSENT = 32 * 1024  # at 4.5 Mb/s what leaves in 57 ms
_STAGGER_S = 0.25  # RFC 8305, section 8: how long one address has before the next is tried beside it
_NAME_S = 1.0  # for a name whose address is known from before

Place = tuple[int, tuple[Any, ...]]  # family and address, as `socket` has them


class Wire:
    """A TCP connection. One task reads, one writes."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()
        self.place: Place | None = None
        with contextlib.suppress(OSError):  # it may be gone already
            self.place = sock.family, sock.getpeername()
        self.taken = 0  # bytes that the kernel has taken; on TLS they are the encrypted ones
        self.on_taken: Callable[[int], None] = lambda _: None  # called with each so many

    async def read(self) -> bytes:
        """What has arrived, at least a byte; nothing: the server has closed. Raises OSError."""
        data = await self._loop.sock_recv(self._sock, _READ)
        # A read that has data returns without a pause: a flood must not starve the others, nor their deadlines.
        await asyncio.sleep(0.01 if len(data) == _READ else 0)
        return data

    async def write(self, data: bytes) -> None:
        """Return when the kernel has taken all of it. Raises OSError."""
        view = memoryview(data)
        for at in range(0, len(view), _SLICE):
            part = view[at : at + _SLICE]
            await self._loop.sock_sendall(self._sock, part)
            self.taken += len(part)
            self.on_taken(len(part))

    async def finish(self) -> None:
        """End in order: say that nothing more comes, and hear the server out, so that the last bytes arrive.

        Closing with unread input would send a reset, which may overtake them.
        """
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)
            while await self.read():
                pass
        self._sock.close()

    def abort(self) -> None:
        """End at once by a reset: what the kernel still holds is never published."""
        with contextlib.suppress(OSError):
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack(_LINGER_FORM, 1, 0))
        self._sock.close()


# struct linger is two shorts on Windows, two ints elsewhere.
_LINGER_FORM = "HH" if hasattr(socket, "SIO_RCVALL") else "ii"


class TlsWire(Wire):
    """A TCP connection with TLS on it, by memory buffers: one place counts the bytes, as without TLS."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls: ssl.SSLObject | None = None

    async def secure(self, host: str) -> None:
        """Shake hands, and check the certificate and the name. Raises OSError (also ssl.SSLError).

        On a thread of its own: reading the trust store takes milliseconds, and some systems ask the network.
        """
        context = await in_thread("trust", _client_context)
        tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        while True:
            try:
                await in_thread("tls", tls.do_handshake)
            except ssl.SSLWantReadError:
                await self._flush()
                await self._refill()
            except ssl.SSLError:
                with contextlib.suppress(OSError):
                    await self._flush()  # the alert that tells the server why
                raise
            else:
                break
        await self._flush()
        self._tls = tls

    async def read(self) -> bytes:
        assert self._tls is not None
        while True:
            try:
                return self._tls.read(_READ)
            except ssl.SSLWantReadError:
                await self._refill()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""

    async def write(self, data: bytes) -> None:
        assert self._tls is not None
        self._tls.write(data)
        # Also what reading has left to be sent (a new key, say): only the writer writes, so records keep their order.
        await self._flush()

    async def finish(self) -> None:
        assert self._tls is not None
        with contextlib.suppress(OSError):
            with contextlib.suppress(ssl.SSLWantReadError):
                self._tls.unwrap()
            await self._flush()
        await super().finish()

    async def _flush(self) -> None:
        if self._outgoing.pending:
            await super().write(self._outgoing.read())

    async def _refill(self) -> None:
        data = await super().read()
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()


def _client_context() -> ssl.SSLContext:
    """The system's own trust store, the host name checked, TLS 1.2 or later. There is no way to ask for less."""
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    return context


async def connect_tcp(
    host: str, port: int, *, send_buffer: int | None = None, known: Place | None = None
) -> socket.socket:
    """A connected socket, from whichever of the host's addresses answers first. Raises OSError.

    `known`: an address that it had before, for names that cannot be looked up in time: a network that has just come
    back often knows none yet.
    """
    found: Sequence[Any]
    try:
        async with asyncio.timeout(_NAME_S if known else None):
            found = await in_thread("resolve", lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, "no name of a host") from error
    except OSError:  # a TimeoutError is one too
        if known is None:
            raise
        family, address = known
        found = [(family, socket.SOCK_STREAM, 0, "", address)]
    racers: set[asyncio.Task[socket.socket]] = set()
    waiting = _alternating(found)
    failure: BaseException = OSError(f"{host} has no address")
    try:
        while waiting or racers:
            if waiting:
                family, kind, proto, _, address = waiting.pop(0)
                racers.add(asyncio.create_task(_connect_one(family, kind, proto, address, send_buffer)))
            done, racers = await asyncio.wait(
                racers, timeout=_STAGGER_S if waiting else None, return_when=asyncio.FIRST_COMPLETED
            )
            for racer in done:
                fault = racer.exception()
                if fault is None:
                    racers |= done - {racer}
                    return racer.result()
                if not isinstance(failure, ConnectionRefusedError):  # an answer says more than no way there
                    failure = fault
        raise failure
    finally:
        for racer in racers:
            racer.cancel()
            racer.add_done_callback(_close_unused)


async def _connect_one(
    family: int, kind: int, proto: int, address: tuple[Any, ...], send_buffer: int | None
) -> socket.socket:
    sock = socket.socket(family, kind, proto)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if send_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
            unsent: int | None = getattr(socket, "TCP_NOTSENT_LOWAT", None)  # Windows has none
            if unsent is not None:
                sock.setsockopt(socket.IPPROTO_TCP, unsent, _UNSENT)
        await asyncio.get_running_loop().sock_connect(sock, address)
    except BaseException:
        sock.close()
        raise
    return sock


def _close_unused(racer: asyncio.Task[socket.socket]) -> None:
    if not racer.cancelled() and racer.exception() is None:
        racer.result().close()


def _alternating(found: Sequence[Any]) -> list[Any]:
    """Addresses with the families taking turns, the system's first choice first (RFC 8305, section 4)."""
    first = [info for info in found if info[0] == found[0][0]]
    other = [info for info in found if info[0] != found[0][0]]
    turns = [info for pair in zip(first, other, strict=False) for info in pair]
    return turns + first[len(other) :] + other[len(first) :]


async def reachable(host: str, port: int, timeout_s: float, *, known: Place | None = None) -> bool:
    """Whether a bare TCP connection comes about; see `obstacle`."""
    return await obstacle(host, port, timeout_s, known=known) is None


async def obstacle(host: str, port: int, timeout_s: float, *, known: Place | None = None) -> OSError | None:
    """What keeps a bare TCP connection from coming about. Nothing is sent on it, and it is closed at once.

    `known`: to this address, and no name is looked up.
    """
    try:
        async with asyncio.timeout(timeout_s):
            if known is None:
                sock = await connect_tcp(host, port)
            else:
                family, address = known
                sock = await _connect_one(family, socket.SOCK_STREAM, 0, address, None)
            sock.close()
    except OSError as error:  # a TimeoutError is one too
        return error
    return None
