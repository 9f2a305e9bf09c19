"""The RTMP client against hostile servers: it never hangs, never fails otherwise than in its own types."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from studio.outputs.amf0 import encode
from studio.outputs.chunks import ChunkWriter, Kind, Message
from studio.outputs.rtmp import Deadlines, open_publisher
from studio.outputs.statuses import Ended, Unreachable
from studio.show.address import ingest_address
from studio.system.secret import Secret
from tests.services.program import free_port

_DEADLINES = Deadlines(tcp=5, tls=5, handshake=5, command=5, end=5)
_KEY = Secret("canary7f3a")


def _command(*values: object) -> bytes:
    return ChunkWriter().write(Message(3, Kind.COMMAND, 0, 0, encode(*values)))  # type: ignore[arg-type]  # plain values


_STEPS = (
    b"\x03" + bytes(3072),
    _command("_result", 1, {}, {"code": "NetConnection.Connect.Success"}),
    _command("_result", 4, None, 1),
    _command("onStatus", 0, None, {"code": "NetStream.Publish.Start", "level": "status"}),
)
_bodies = st.binary(max_size=60) | st.builds(
    lambda name, number, rest: encode(name, number, rest),
    st.sampled_from(["_result", "_error", "onStatus", "close", ""]),
    st.floats() | st.sampled_from([1, 4]),
    st.none() | st.dictionaries(st.sampled_from(["code", "level", "description"]), st.text(max_size=9) | st.none()),
)
_messages = st.builds(
    lambda channel, kind, body: ChunkWriter().write(Message(channel, kind, 0, 0, body)),
    st.integers(2, 63),
    st.integers(0, 255) | st.sampled_from(list(Kind)),
    _bodies,
)
_hostile = st.lists(st.binary(max_size=80) | _messages, min_size=1, max_size=8).map(b"".join)


async def _against(reply: bytes, *, hold: bool = False, deadlines: Deadlines = _DEADLINES) -> str:
    """Publish to a server that says `reply` and hangs up (or holds on); how it ended."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(reply)
        if not hold:
            writer.write_eof()
        try:
            while await reader.read(65536):
                pass
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        try:
            publisher = await open_publisher(
                ingest_address(f"rtmp://127.0.0.1:{port}/live"), _KEY, send_buffer=65536, deadlines=deadlines
            )
        except Ended as end:
            return str(end)
        try:
            await publisher.publish()
            await asyncio.wait_for(publisher.listen(), deadlines.command)
        except Ended as end:
            return str(end)
        except TimeoutError:
            return "still listening"
        finally:
            await publisher.finish()


@given(steps=st.integers(0, len(_STEPS)), hostile=_hostile)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_bytes_at_any_step_end_in_a_typed_reason(steps: int, hostile: bytes) -> None:
    reason = asyncio.run(_against(b"".join(_STEPS[:steps]) + hostile))
    assert reason
    assert "canary" not in reason


@given(st.binary(min_size=1, max_size=60), st.data())
@settings(max_examples=60, deadline=None)
def test_a_good_answer_with_bytes_changed_ends_in_a_typed_reason(noise: bytes, data: st.DataObject) -> None:
    whole = bytearray(b"".join(_STEPS))
    at = data.draw(st.integers(3073, len(whole) - 1))
    whole[at : at + len(noise)] = noise
    assert asyncio.run(_against(bytes(whole)))


@pytest.mark.parametrize("steps", range(len(_STEPS)))
def test_silence_at_any_step_is_given_up_at_its_deadline(steps: int) -> None:
    deadlines = Deadlines(handshake=0.05, command=0.05)
    assert "no answer" in asyncio.run(_against(b"".join(_STEPS[:steps]), hold=True, deadlines=deadlines))


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (0, "while shaking hands: check the address and the port"),
        (1, "while entering the app: check the app in the address"),
        (3, "while taking the key; it may be wrong or have expired: paste a fresh key, and check the account"),
    ],
)
@pytest.mark.parametrize(("hold", "what"), [(False, "ended the connection"), (True, "gave no answer")])
def test_what_a_server_fails_at_is_told_with_what_to_do(steps: int, words: str, hold: bool, what: str) -> None:
    deadlines = Deadlines(handshake=0.05, command=0.05) if hold else _DEADLINES
    reason = asyncio.run(_against(b"".join(_STEPS[:steps]), hold=hold, deadlines=deadlines))
    assert reason == f"The server {what} {words}"


_PING = ChunkWriter().write(Message(2, Kind.USER_CONTROL, 0, 0, b"\0\6\0\0\0\0"))


def test_a_server_that_talks_of_other_things_does_not_outlive_the_deadline() -> None:
    deadlines = Deadlines(command=0.1)
    assert "no answer" in asyncio.run(_against(_STEPS[0] + _PING * 200, hold=True, deadlines=deadlines))


def test_a_server_that_floods_us_is_left_before_its_deadline() -> None:
    assert "more than 200 messages a second" in asyncio.run(_against(_STEPS[0] + _PING * 5000, hold=True))


def test_a_lively_server_is_heard_out() -> None:
    reason = asyncio.run(_against(b"".join(_STEPS) + _PING * 190))
    assert reason.startswith("The server ended the connection while sending")


@pytest.mark.parametrize("host", ["127.0.0.1", "name.invalid", "x" * 70 + ".example"])
def test_a_server_that_is_not_there_is_unreachable_and_what_is_told_holds_no_path(host: str) -> None:
    async def run() -> None:
        await open_publisher(
            ingest_address(f"rtmp://{host}:{free_port()}/live"), _KEY, send_buffer=65536, deadlines=_DEADLINES
        )

    with pytest.raises(Unreachable) as end:
        asyncio.run(run())
    assert host in str(end.value)
    assert not re.search("live|canary", str(end.value))


def test_the_ways_of_other_servers_are_taken() -> None:
    """Without a transaction number, as an AMF3 command, in chunks of another size, on odd chunk streams."""
    odd: list[Callable[[], bytes]] = [
        lambda: _STEPS[0],
        lambda: ChunkWriter().write(Message(2, Kind.SET_CHUNK_SIZE, 0, 0, b"\0\0\x10\0")),
        lambda: _command("onBWDone"),
        lambda: ChunkWriter().write(
            Message(9, Kind.COMMAND_AMF3, 0, 0, b"\0" + encode("_result", 1, None, {"code": "Fine"}))
        ),
        lambda: _command("onFCPublish"),
        lambda: _STEPS[2],
        lambda: _STEPS[3],
    ]
    reason = asyncio.run(_against(b"".join(part() for part in odd)))
    assert reason.startswith("The server ended the connection while sending")
