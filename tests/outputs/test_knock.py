from __future__ import annotations

import asyncio
import socket
import sys
import threading
from typing import Any

import pytest

from studio.outputs.knock import until_reachable
from studio.outputs.wire import Place, connect_tcp
from tests.outputs.scripted_server import scripted
from tests.services.program import free_port


def _place(port: int) -> Place:
    return socket.AF_INET, ("127.0.0.1", port)


async def _knock(port: int, known: Place | None = None, *, host: str = "127.0.0.1") -> None:
    async with asyncio.timeout(10):
        await until_reachable(host, port, every_s=0.01, each_s=600, known=known)


@pytest.mark.parametrize("known", [True, False])
def test_it_knocks_until_somebody_is_there(known: bool) -> None:
    port = free_port()

    async def run() -> bool:
        knocking = asyncio.create_task(_knock(port, _place(port) if known else None))
        await asyncio.wait({knocking}, timeout=0.05)
        early = knocking.done()
        with socket.create_server(("127.0.0.1", port)):
            await knocking
        return early

    assert not asyncio.run(run())


def test_a_name_that_nobody_can_look_up_holds_up_nothing_where_its_address_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = threading.Event()

    def hang(*_: Any, **__: Any) -> list[Any]:
        asked.wait(20)
        raise socket.gaierror("no network")

    monkeypatch.setattr(socket, "getaddrinfo", hang)

    async def run(port: int) -> int:
        await _knock(port, _place(port), host="push.example")
        async with asyncio.timeout(10):
            with await connect_tcp("push.example", port, known=_place(port)) as sock:
                asked.set()
                return int(sock.getpeername()[1])

    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert asyncio.run(run(port)) == port


@pytest.mark.skipif(sys.platform != "linux", reason="a full queue answers elsewhere")
def test_a_knock_that_gets_no_answer_holds_up_none_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name has another address by now, and at the old one nobody answers."""
    with scripted(lambda peer, _: peer.until_gone()) as old, socket.create_server(("127.0.0.1", 0)) as server:
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", server.getsockname())]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        with old.out_of_reach():
            asyncio.run(_knock(1935, _place(old.port), host="push.example"))
