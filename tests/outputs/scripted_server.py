"""An RTMP server that does as a test says: for the answers that no real server gives on demand."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from studio.outputs.amf0 import Value, decode, encode
from studio.outputs.chunks import ChunkReader, ChunkWriter, Kind, Message


class Gone(Exception):
    """The client has hung up."""


class Peer:
    """One client's connection, from the server's side."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.received = b""
        self._reader, self._writer = ChunkReader(), ChunkWriter()
        self._inbox: list[Message] = []

    def read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            data += self._some()
        self._inbox += self._reader.feed(data[count:])
        return data[:count]

    def _some(self) -> bytes:
        try:
            data = self.sock.recv(65536)
        except OSError:
            data = b""
        if not data:
            raise Gone
        self.received += data
        return data

    def shake_hands(self) -> None:
        opening = self.read(1537)
        self.sock.sendall(b"\x03" + os.urandom(1536) + opening[1:])
        self.read(1536)

    def message(self) -> Message:
        while not self._inbox:
            self._inbox += self._reader.feed(self._some())
        return self._inbox.pop(0)

    def command(self, name: str) -> list[Value]:
        """The next command of that name; others are passed over."""
        while True:
            message = self.message()
            if message.kind == Kind.COMMAND and (values := decode(message.body))[0] == name:
                return values

    def send(self, kind: Kind, body: bytes, channel: int = 2) -> None:
        self.sock.sendall(self._writer.write(Message(channel, kind, 0, 0, body)))

    def answer(self, name: str, number: Value, *values: Value) -> None:
        self.send(Kind.COMMAND, encode(name, number, *values), channel=3)

    def status(self, code: str, level: str = "error", description: str = "") -> None:
        self.answer("onStatus", 0, None, {"level": level, "code": code, "description": description})

    def accept_connect(self) -> None:
        self.shake_hands()
        number = self.command("connect")[1]
        self.answer("_result", number, {}, {"level": "status", "code": "NetConnection.Connect.Success"})

    def accept_stream(self) -> str:
        """Everything up to `publish`; the key that was asked for."""
        self.accept_connect()
        self.answer("_result", self.command("createStream")[1], None, 1)
        return str(self.command("publish")[3])

    def accept(self) -> str:
        key = self.accept_stream()
        self.status("NetStream.Publish.Start", "status")
        return key

    def media(self, count: int) -> list[Message]:
        """The next `count` messages of picture and sound."""
        found: list[Message] = []
        while len(found) < count:
            message = self.message()
            if message.kind in {Kind.AUDIO, Kind.VIDEO}:
                found.append(message)
        return found

    def until_gone(self) -> None:
        with contextlib.suppress(Gone):
            while True:
                self._some()


@dataclass
class ScriptedServer:
    """Runs `script(peer, number)` for each client that says something; bare connections are counted only."""

    listener: socket.socket
    spoken: int = 0
    bare: int = 0
    failures: list[BaseException] = field(default_factory=list)
    may_accept: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    @contextmanager
    def out_of_reach(self) -> Iterator[None]:
        """Nobody gets through meanwhile, as if the network were away: Linux answers no call to a full queue."""
        self.may_accept.clear()
        self.listener.listen(0)
        # One is taken by the thread that accepts, and kept waiting; the other fills the queue.
        callers = [socket.create_connection(("127.0.0.1", self.port)) for _ in range(2)]
        try:
            yield
        finally:
            for one in callers:
                one.close()
            self.listener.listen()
            self.may_accept.set()

    @property
    def url(self) -> str:
        return f"rtmp://127.0.0.1:{self.port}/live"


@contextmanager
def scripted(script: Callable[[Peer, int], None], port: int = 0) -> Iterator[ScriptedServer]:
    listener = socket.create_server(("127.0.0.1", port))
    server = ScriptedServer(listener)
    server.may_accept.set()
    open_socks: list[socket.socket] = []
    threads: list[threading.Thread] = []
    lock = threading.Lock()

    def serve(sock: socket.socket) -> None:
        with sock:
            try:
                if not sock.recv(1, socket.MSG_PEEK):
                    raise Gone
            except (OSError, Gone):
                with lock:
                    server.bare += 1
                return
            with lock:
                number, server.spoken = server.spoken, server.spoken + 1
            try:
                script(Peer(sock), number)
            except (Gone, OSError):
                pass
            except BaseException as error:  # noqa: BLE001 - shown by the test
                server.failures.append(error)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = listener.accept()
                server.may_accept.wait(20)
                open_socks.append(sock)
                threads.append(threading.Thread(target=serve, args=(sock,), daemon=True))
                threads[-1].start()

    accepting = threading.Thread(target=accept, daemon=True)
    accepting.start()
    try:
        yield server
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        accepting.join(5)
        for sock in open_socks:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)
        assert not server.failures, server.failures
