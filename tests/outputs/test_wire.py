from __future__ import annotations

import asyncio
import socket
import sys
import threading
from typing import Any

import pytest

from studio.outputs.wire import Wire, connect_tcp, obstacle, reachable
from tests.services.program import free_port
from tests.services.waiting import wait_for


def test_the_send_buffer_is_fixed_before_connecting() -> None:
    async def run(size: int) -> int:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            await connect_tcp("127.0.0.1", server.getsockname()[1], send_buffer=size) as sock,
        ):
            return sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)

    # Linux books twice what was asked for, for its own needs.
    assert asyncio.run(run(128 * 1024)) in {128 * 1024, 256 * 1024}


@pytest.mark.skipif(sys.platform == "win32", reason="only SO_SNDBUF there")
def test_the_kernel_keeps_little_that_it_has_not_sent() -> None:
    """Else a link that becomes thin would be noticed late, and new pictures would stand behind old ones."""

    async def run() -> int:
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024)
            server.bind(("127.0.0.1", 0))
            server.listen()
            wire = Wire(await connect_tcp("127.0.0.1", server.getsockname()[1], send_buffer=1 << 20))
            writing = asyncio.create_task(wire.write(bytes(4 << 20)))
            before = -1
            while wire.taken != before:  # until it takes no more
                before = wire.taken
                await asyncio.sleep(0.05)
            writing.cancel()
            wire.abort()
            return before

    assert asyncio.run(run()) < 256 * 1024


def test_a_write_returns_only_when_the_kernel_has_taken_it_all() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    size = 4 << 20  # more than both kernels' buffers hold
    taken: list[int] = []
    accepted: list[socket.socket] = []
    may_read = threading.Event()

    def serve() -> None:
        sock, _ = server.accept()
        accepted.append(sock)
        may_read.wait(20)
        left = size
        while left:
            left -= len(sock.recv(65536))

    thread = threading.Thread(target=serve)
    thread.start()

    async def run() -> None:
        wire = Wire(await connect_tcp("127.0.0.1", server.getsockname()[1], send_buffer=64 * 1024))
        writing = asyncio.create_task(wire.write(bytes(size)))
        before = -1
        while wire.taken != before:  # until it takes no more
            before = wire.taken
            await asyncio.sleep(0.05)
        taken.append(before)
        assert not writing.done()
        may_read.set()
        await writing
        taken.append(wire.taken)
        wire.abort()

    asyncio.run(run())
    thread.join(10)
    accepted[0].close()
    server.close()
    assert 0 < taken[0] < size
    assert taken[1] == size


def test_the_next_address_is_tried_when_one_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = free_port()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def addresses(*_: Any, **__: Any) -> list[Any]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", one)) for one in (closed, port)]

        monkeypatch.setattr(socket, "getaddrinfo", addresses)

        async def run() -> int:
            with await connect_tcp("two.example", 1) as sock:
                return int(sock.getpeername()[1])

        assert asyncio.run(run()) == port


def test_an_address_that_refuses_says_more_than_one_without_a_way(monkeypatch: pytest.MonkeyPatch) -> None:
    places = [("127.0.0.1", free_port()), ("255.255.255.255", 1)]
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", place) for place in places]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    assert isinstance(asyncio.run(obstacle("two.example", 1, 5)), ConnectionRefusedError)


def test_a_text_that_can_be_no_name_is_one_that_is_not_found() -> None:
    assert isinstance(asyncio.run(obstacle("x" * 70 + ".example", 1, 5)), socket.gaierror)


def test_a_knock_says_nothing() -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            sock, _ = server.accept()
            with sock:
                heard.append(sock.recv(100))

        thread = threading.Thread(target=serve)
        thread.start()
        assert asyncio.run(reachable("127.0.0.1", server.getsockname()[1], 5))
        thread.join(10)
    assert heard == [b""]
    assert not asyncio.run(reachable("127.0.0.1", free_port(), 5))


def test_an_abort_reaches_the_server_as_a_reset() -> None:
    failures: list[OSError] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            sock, _ = server.accept()
            with sock:
                try:
                    while sock.recv(100):
                        pass
                except OSError as error:
                    failures.append(error)

        thread = threading.Thread(target=serve)
        thread.start()

        async def run() -> None:
            Wire(await connect_tcp("127.0.0.1", server.getsockname()[1])).abort()

        asyncio.run(run())
        thread.join(10)
    wait_for(lambda: failures)
    assert isinstance(failures[0], ConnectionResetError)
