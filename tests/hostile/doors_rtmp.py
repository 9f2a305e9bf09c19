"""What servers say: to a connection in memory, over a socket, and while pictures are being sent."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from studio.media.clock import SystemClock
from studio.outputs.destination import Destination, DestinationStatus
from studio.outputs.network import NetworkLoop
from studio.outputs.retry import RetryTimes
from studio.outputs.rtmp import RtmpPublisher
from studio.outputs.statuses import Ended
from studio.outputs.wire import Wire
from studio.show.address import ingest_address
from studio.system.secret import Secret
from tests.hostile.samples import FORMAT, PACKETS
from tests.hostile.target import Probe
from tests.outputs.publishing import QUICK
from tests.outputs.test_rtmp import _DEADLINES as DEADLINES
from tests.outputs.test_rtmp import _KEY as KEY
from tests.outputs.test_rtmp import _STEPS as STEPS
from tests.outputs.test_rtmp import _against as publish_against

_ADDRESS = ingest_address("rtmp://127.0.0.1:1935/live")
_UNDER_WAY = 12_000  # bytes: the handshake and all commands are a third of it, a picture is more
_PATIENCE_S = 60.0


def connection(_folder: Path) -> Iterator[Probe]:
    """A whole attempt to publish, on a pair of sockets: so many good answers, and then these bytes.

    The first byte tells how many; the server hangs up after them.
    """
    loop = asyncio.new_event_loop()

    def probe(data: bytes) -> None:
        steps = data[0] % (len(STEPS) + 1) if data else 0
        reason = loop.run_until_complete(_published(b"".join(STEPS[:steps]) + data[1:]))
        assert reason
        assert "canary" not in reason

    try:
        yield probe
    finally:
        loop.close()


async def _published(said: bytes) -> str:
    """Publish to a server that has said all this already; how it ended."""
    ours, theirs = socket.socketpair()
    with theirs:
        theirs.sendall(said)
        theirs.shutdown(socket.SHUT_WR)
        ours.setblocking(False)
        publisher = RtmpPublisher(Wire(ours), KEY, DEADLINES)
        try:
            await publisher.shake_hands()
            await publisher.connect(_ADDRESS)
            await publisher.publish()
            await publisher.send_video(0, PACKETS[0].data)
            await publisher.listen()
        except Ended as end:
            return str(end)
        finally:
            publisher.abort()


def publisher(_folder: Path) -> Iterator[Probe]:
    """The same over TCP, ended in order."""

    def probe(data: bytes) -> None:
        steps = data[0] % (len(STEPS) + 1) if data else 0
        reason = asyncio.run(publish_against(b"".join(STEPS[:steps]) + data[1:]))
        assert reason
        assert "canary" not in reason

    yield probe


def destination(_folder: Path) -> Iterator[Probe]:
    """A destination that sends pictures, and a server that says these bytes once some have come."""
    network, clock = NetworkLoop(), SystemClock()
    network.start()
    server = _Server()
    port = network.submit(server.start()).result(_PATIENCE_S)
    # No second connection: what comes of the first is what counts.
    timing = replace(QUICK, deadlines=DEADLINES, retry=RetryTimes(steps=(_PATIENCE_S,), probe=_PATIENCE_S))

    async def key() -> Secret:
        return KEY

    def probe(data: bytes) -> None:
        server.says = data
        told: list[DestinationStatus] = []
        over = threading.Event()

        def note(status: DestinationStatus) -> None:
            told.append(status)
            if status.state in {"reconnecting", "refused"}:
                over.set()

        one = Destination(
            "a", f"rtmp://127.0.0.1:{port}/live", key, FORMAT, clock, network, timing=timing, on_change=note
        )
        one.start()
        assert one.wait_for({"live"}, _PATIENCE_S), told
        for packet in PACKETS:
            one.offer(packet)
        assert over.wait(_PATIENCE_S), told
        assert one.stop(_PATIENCE_S)
        for status in told:
            assert "canary" not in status.reason
            assert "fault in this program" not in status.reason

    try:
        yield probe
    finally:
        network.submit(server.stop()).result(_PATIENCE_S)
        assert network.stop(_PATIENCE_S)


class _Server:
    """Answers everything well until pictures come; then it says its bytes, and hangs up. Lives on one loop."""

    def __init__(self) -> None:
        self.says = b""
        self._listening: asyncio.Server | None = None

    async def start(self) -> int:
        """Its port."""
        self._listening = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return int(self._listening.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        assert self._listening is not None
        self._listening.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"".join(STEPS))
            heard = 0
            while heard < _UNDER_WAY and (part := await reader.read(65536)):
                heard += len(part)
            writer.write(self.says)
            writer.write_eof()
            while await reader.read(65536):
                pass
        except OSError:
            pass
        finally:
            writer.close()
