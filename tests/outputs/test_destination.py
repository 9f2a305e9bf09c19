from __future__ import annotations

import asyncio
import logging
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from studio.errors import InputError, StudioError
from studio.media.clock import SystemClock, utc_now
from studio.media.packet import Packet
from studio.outputs.chunks import Kind
from studio.outputs.destination import Destination, DestinationStatus, Timing
from studio.outputs.network import NetworkLoop
from studio.outputs.retry import RetryTimes
from studio.outputs.rtmp import Deadlines
from studio.system.secret import Secret
from tests.outputs.conftest import FPS, GOP, NS, Encoded, decode, key_of, shifted
from tests.outputs.scripted_server import Peer, scripted
from tests.services.ffmpeg import FfmpegListener
from tests.services.nginx_rtmp import NginxRtmp, StreamStat
from tests.services.tls import TlsFront
from tests.services.waiting import wait_for

CANARY = "canary7f3a?sig=Zx81Qq&expire=1799"
_QUICK = Timing(
    deadlines=Deadlines(tcp=2, tls=5, handshake=5, command=5, end=1),
    retry=RetryTimes(steps=(0.0, 0.02, 0.05), busy=0.02, probe=0.02, probe_timeout=1.0),
    stall=0.2,
    watch=0.02,
    stall_probe=0.05,
)
Make = Callable[..., Destination]


@pytest.fixture
def make(encoded: Encoded, clock: SystemClock, network: NetworkLoop) -> Iterator[Make]:
    """Makes destinations, all of which are stopped before the network thread."""
    with ExitStack() as stack:

        def build(
            url: str, key: Any = "good", name: str = "one", timing: Timing = _QUICK, **rest: Any
        ) -> Destination:
            provider = key_of(key) if isinstance(key, str) else key
            made = Destination(name, url, provider, encoded.format, clock, network, timing=timing, **rest)
            stack.callback(made.stop, 0.5)
            return made

        yield build


def _live(destination: Destination) -> Destination:
    destination.start()
    assert destination.wait_for({"live"}, 10), destination.status()
    return destination


def _offer(packets: list[Packet] | tuple[Packet, ...], *destinations: Destination) -> None:
    for packet in packets:
        for destination in destinations:
            destination.offer(packet)


def _sent(destination: Destination, frames: int) -> None:
    wait_for(lambda: destination.status().frames == frames, what=f"{frames} frames")


def _recorded(server: NginxRtmp) -> list[Path]:
    """What the server has recorded, once it has seen the end."""
    wait_for(lambda: not server.streams(), what="the server to see the end")
    return server.recordings("good")


def _counted(server: NginxRtmp) -> StreamStat:
    """What the server counts, once it knows what it is."""
    wait_for(lambda: server.streams()["good"].video_codec, what="the server to know the stream")
    return server.streams()["good"]


def _reasoned(destination: Destination) -> None:
    wait_for(lambda: destination.status().reason, what="a reason")


def _another_second() -> None:
    """The server names its recordings by the second."""
    began = int(utc_now().timestamp())
    wait_for(lambda: int(utc_now().timestamp()) != began)


# Real servers.


def test_two_servers_receive_the_whole_stream_at_once(
    start_nginx_rtmp: Callable[..., NginxRtmp], make: Make, encoded: Encoded
) -> None:
    servers = [start_nginx_rtmp(record=True), start_nginx_rtmp(record=True)]
    destinations = [_live(make(server.app_url, name=f"d{n}")) for n, server in enumerate(servers)]
    _offer(encoded.times(2), *destinations)
    for server, destination in zip(servers, destinations, strict=True):
        _sent(destination, 240)
        stat = _counted(server)
        assert (stat.publishing, stat.width, stat.height, stat.fps) == (True, 320, 180, FPS)
        assert (stat.video_codec, stat.audio_codec, stat.dropped) == ("H264", "AAC", 0)
        assert stat.bytes_in > sum(len(packet.data) for packet in encoded.packets)
    for server, destination in zip(servers, destinations, strict=True):
        assert destination.stop()
        status = destination.status()
        assert (status.state, status.frames, status.dropped, status.reconnects) == ("stopped", 240, 0, 0)
        (recording,) = _recorded(server)
        received = decode(recording)
        assert received.pictures == 240
        assert received.rising
        assert set(received.key_distances) == {GOP}
        assert received.video_dts[0] == 0
        blocks = sum(packet.kind == "audio" for packet in encoded.times(2))
        assert len(received.audio_dts) == blocks
        assert received.sounds >= blocks - 1  # a decoder leaves out an encoder's run-up


def test_sound_keeps_its_place_beside_the_pictures(nginx_rtmp: NginxRtmp, make: Make, encoded: Encoded) -> None:
    destination = _live(make(nginx_rtmp.app_url))
    later = [shifted(packet, 5 * NS) for packet in encoded.packets]
    # A feed's sound is ahead of its pictures, which the encoder holds back.
    ahead_ns = NS // 2
    _offer(sorted(later, key=lambda one: one.dts_ns - ahead_ns * (one.kind == "audio")), destination)
    _sent(destination, len(encoded.pictures))
    destination.stop()
    (recording,) = _recorded(nginx_rtmp)
    received = decode(recording)
    base_ns = later[0].dts_ns
    first_sound_ns = next(p.dts_ns for p in later if p.kind == "audio" and p.dts_ns >= base_ns)
    assert received.audio_dts[0] == pytest.approx((first_sound_ns - base_ns) / NS, abs=0.001)
    first_shown_ns = later[0].pts_ns - base_ns
    assert received.video_pts[0] == pytest.approx(first_shown_ns / NS, abs=0.001)
    assert [(row.connection, row.offset_ns) for row in destination.show_times()] == [(1, base_ns)]


def test_the_ffmpeg_server_receives_the_whole_stream(
    start_ffmpeg_listener: Callable[..., FfmpegListener], make: Make, encoded: Encoded
) -> None:
    server = start_ffmpeg_listener(key="good")
    destination = _live(make(server.app_url))
    _offer(encoded.packets, destination)
    _sent(destination, 120)
    assert destination.stop()
    received = decode(server.finish())
    assert received.pictures == 120
    assert received.rising
    assert set(received.key_distances) == {GOP}


@pytest.mark.parametrize("which", ["nginx", "ffmpeg"])
def test_time_goes_on_beyond_24_bits(
    which: str,
    start_nginx_rtmp: Callable[..., NginxRtmp],
    start_ffmpeg_listener: Callable[..., FfmpegListener],
    make: Make,
    encoded: Encoded,
) -> None:
    nginx = start_nginx_rtmp(record=True) if which == "nginx" else None
    ffmpeg = start_ffmpeg_listener(key="good") if which == "ffmpeg" else None
    destination = _live(make(nginx.app_url if nginx else ffmpeg.app_url if ffmpeg else ""))
    # Pictures of more than one chunk: what follows the first repeats the time.
    filler = b"\0\0\1\x0c" + b"\xff" * 130_000 + b"\x80"
    packets = [
        replace(one, data=one.data + filler) if one.kind == "video" and one.is_key else one for one in encoded.packets
    ]
    # One second, then on from two seconds before the 24 bits are full (4 h 39 min), across it.
    jump_ns = 16_777_215_000_000 - 2 * NS
    _offer([packet for packet in packets if packet.dts_ns < NS], destination)
    _offer([shifted(packet, jump_ns) for packet in packets], destination)
    _sent(destination, 120 + sum(packet.dts_ns < NS for packet in encoded.pictures))
    assert destination.stop()
    if nginx:
        (path,) = _recorded(nginx)
    else:
        assert ffmpeg
        path = ffmpeg.finish()
    received = decode(path)
    assert received.rising
    assert received.pictures == destination.status().frames
    assert received.video_dts[-1] == pytest.approx((jump_ns + encoded.pictures[-1].dts_ns) / NS, abs=0.2)
    assert received.video_dts[-1] > 16_777.215


def test_a_key_with_a_query_reaches_the_server_whole(make: Make) -> None:
    asked: list[str] = []

    def script(peer: Peer, _: int) -> None:
        asked.append(peer.accept())
        peer.until_gone()

    with scripted(script) as server:
        _live(make(server.url, key=CANARY)).stop()
    assert asked == [CANARY]


def test_a_killed_server_that_comes_back_is_published_to_again(
    nginx_rtmp: NginxRtmp, make: Make, encoded: Encoded
) -> None:
    destination = _live(make(nginx_rtmp.app_url))
    _offer(encoded.packets, destination)
    _sent(destination, 120)
    nginx_rtmp.kill()
    assert destination.wait_for({"reconnecting"}, 10)
    wait_for(lambda: "cannot be reached" in destination.status().reason, what="the reason")
    _offer(encoded.again(1), destination)
    assert destination.status().dropped == 120
    _another_second()
    nginx_rtmp.start()
    assert destination.wait_for({"live"}, 10), destination.status()
    _offer(encoded.again(2), destination)
    _sent(destination, 240)
    assert destination.status().reconnects == 1
    assert destination.status().reason == ""
    destination.stop()
    before, after = _recorded(nginx_rtmp)
    assert decode(after).pictures == 120
    assert decode(after).video_dts[0] == 0
    assert before != after
    assert [row.offset_ns for row in destination.show_times()] == [
        encoded.packets[0].dts_ns,
        encoded.again(2)[0].dts_ns,
    ]


def test_a_server_that_takes_nothing_is_kept_and_never_published_twice(
    nginx_rtmp: NginxRtmp, make: Make, encoded: Encoded
) -> None:
    destination = _live(make(nginx_rtmp.app_url, timing=_with(queue=0.5)))
    other = _live(make(nginx_rtmp.app_url, key="other", name="other"))
    other.stop()
    _offer(encoded.packets, destination)
    _sent(destination, 120)
    nginx_rtmp.pause()
    turn = 1

    def stalled() -> bool:
        nonlocal turn
        _offer(encoded.again(turn), destination)
        turn += 1
        return destination.status().state == "stalled"

    wait_for(stalled, what="a stall")
    wait_for(lambda: stalled() and destination.status().dropped > 0, what="a drop")
    wait_for(lambda: destination.status().queued_ms > 0)
    nginx_rtmp.resume()
    assert destination.wait_for({"live"}, 10), destination.status()
    wait_for(lambda: destination.status().queued_ms == 0)
    assert [name for name, stat in nginx_rtmp.streams().items() if stat.publishing] == ["good"]
    _offer(encoded.again(turn), destination)
    wait_for(lambda: destination.status().queued_ms == 0 and destination.status().frames > 120)
    assert destination.status().state == "live"
    destination.stop()
    status = destination.status()
    assert status.reconnects == 0
    (recording,) = _recorded(nginx_rtmp)
    received = decode(recording)  # whole in spite of the gap: it goes on with a key frame
    assert received.rising
    assert received.pictures == status.frames


def test_a_stop_is_bounded_when_the_server_is_dead(nginx_rtmp: NginxRtmp, make: Make, encoded: Encoded) -> None:
    destination = _live(make(nginx_rtmp.app_url))
    nginx_rtmp.pause()
    for turn in range(40):
        _offer(encoded.again(turn), destination)
    assert destination.stop(0.2)
    assert destination.status().state == "stopped"


def test_a_key_in_use_elsewhere_is_refused_until_a_person_retries(
    nginx_rtmp: NginxRtmp, make: Make, encoded: Encoded
) -> None:
    first, second = make(nginx_rtmp.app_url, name="first"), make(nginx_rtmp.app_url, name="second")
    _live(first)
    second.start()
    assert second.wait_for({"refused"}, 10)
    assert "in use" in second.status().reason
    first.stop()
    wait_for(lambda: not nginx_rtmp.streams())
    assert second.status().state == "refused"
    second.retry()
    assert second.wait_for({"live"}, 10), second.status()


def test_an_engine_that_takes_over_waits_for_the_ghost_of_the_one_that_died(
    nginx_rtmp: NginxRtmp, make: Make
) -> None:
    ghost, heir = make(nginx_rtmp.app_url, name="ghost"), make(nginx_rtmp.app_url, name="heir", resuming=True)
    _live(ghost)
    heir.start()
    wait_for(lambda: "in use" in heir.status().reason)
    assert heir.status().state == "connecting"
    ghost.stop()
    assert heir.wait_for({"live"}, 10), heir.status()


def test_a_server_that_hangs_up_on_the_key_refuses_it(nginx_rtmp: NginxRtmp, make: Make) -> None:
    destination = make(nginx_rtmp.app_url, key=nginx_rtmp.bad_key)
    destination.start()
    assert destination.wait_for({"refused"}, 20), destination.status()
    assert "may be wrong or have expired" in destination.status().reason


def test_a_changed_format_gets_a_connection_with_fresh_headers(
    nginx_rtmp: NginxRtmp, make: Make, encoded: Encoded, encoded_small: Encoded
) -> None:
    ready = threading.Event()
    destination = make(nginx_rtmp.app_url, wants_key_frame=ready.set)
    _live(destination)
    _offer(encoded.packets, destination)
    _sent(destination, 120)
    ready.clear()
    _another_second()
    destination.change_format(encoded_small.format)
    assert ready.wait(10), destination.status()
    _offer(encoded_small.packets, destination)
    _sent(destination, 180)
    assert destination.status().reconnects == 1
    destination.stop()
    first, second = _recorded(nginx_rtmp)
    assert (decode(first).size, decode(first).pictures) == ((320, 180), 120)
    assert (decode(second).size, decode(second).pictures) == ((160, 120), 60)


def test_nothing_runs_unless_the_stream_begins_with_a_key_frame(
    nginx_rtmp: NginxRtmp, make: Make, encoded: Encoded
) -> None:
    destination = _live(make(nginx_rtmp.app_url))
    _offer(encoded.packets[5:], destination)
    keys = [n for n, packet in enumerate(encoded.pictures) if packet.is_key]
    _sent(destination, 120 - keys[1])
    assert destination.status().dropped == 0  # they were before the beginning, not left out of it


# TLS.


def test_a_certificate_of_a_trusted_authority_is_accepted(
    nginx_rtmp: NginxRtmp,
    start_tls_front: Callable[..., TlsFront],
    make: Make,
    encoded: Encoded,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    front = start_tls_front(nginx_rtmp.port)
    monkeypatch.setenv("SSL_CERT_FILE", str(front.ca_file))
    destination = _live(make(f"rtmps://localhost:{front.port}/live"))
    _offer(encoded.packets, destination)
    _sent(destination, 120)
    destination.stop()
    (recording,) = _recorded(nginx_rtmp)
    received = decode(recording)
    assert (received.pictures, received.rising) == (120, True)


@pytest.mark.parametrize(
    ("trusted", "named", "words"),
    [(False, "localhost", "is not one that this computer trusts"), (True, "shop.example", "is for another server")],
)
def test_a_bad_certificate_is_refused_before_anything_is_said(
    trusted: bool,
    named: str,
    words: str,
    start_tls_front: Callable[..., TlsFront],
    make: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with scripted(lambda peer, _: peer.until_gone()) as behind:
        front = start_tls_front(behind.port, host=named)
        monkeypatch.setenv(
            "SSL_CERT_FILE", str(front.ca_file) if trusted else ssl.get_default_verify_paths().cafile or ""
        )
        destination = make(f"rtmps://localhost:{front.port}/live", key=CANARY)
        destination.start()
        assert destination.wait_for({"refused"}, 10), destination.status()
        assert words in destination.status().reason
        front.stop()
        assert behind.spoken == 0


def test_a_server_without_tls_is_no_server_for_rtmps(make: Make) -> None:
    heard: list[bytes] = []

    def script(peer: Peer, _: int) -> None:
        heard.append(peer.sock.recv(4096))
        peer.sock.sendall(b"220 this is something else\r\n")
        peer.until_gone()

    with scripted(script) as server:
        destination = make(server.url.replace("rtmp://", "rtmps://"), key=CANARY)
        destination.start()
        wait_for(lambda: "does not speak TLS" in destination.status().reason)
        destination.stop()
    assert all(b"canary" not in hello for hello in heard)


# Servers that do as the test says.


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("NetStream.Publish.Denied", "refused the stream"),
        ("NetStream.Publish.Unauthorized", "refused the key"),
        ("NetStream.Publish.BadName", "wrong or in use"),
    ],
)
def test_a_refused_key_is_not_tried_again(code: str, words: str, make: Make) -> None:
    def script(peer: Peer, _: int) -> None:
        peer.accept_stream()
        peer.status(code)
        peer.until_gone()

    with scripted(script) as server:
        destination = make(server.url)
        destination.start()
        assert destination.wait_for({"refused"}, 10)
        assert words in destination.status().reason
        assert destination.stop()
        assert server.spoken == 1


@pytest.mark.parametrize("code", ["NetConnection.Connect.Rejected", "NetConnection.Connect.InvalidApp"])
def test_a_wrong_app_is_refused_without_the_key(code: str, make: Make) -> None:
    received: list[bytes] = []

    def script(peer: Peer, _: int) -> None:
        peer.shake_hands()
        number = peer.command("connect")[1]
        peer.answer("_error", number, None, {"level": "error", "code": code, "description": "no"})
        peer.until_gone()
        received.append(peer.received)

    with scripted(script) as server:
        destination = make(server.url, key=CANARY)
        destination.start()
        assert destination.wait_for({"refused"}, 10)
        assert "check the address" in destination.status().reason
        destination.stop()
    assert b"canary" not in received[0]


def test_our_own_ghost_is_waited_for(make: Make, encoded: Encoded) -> None:
    def script(peer: Peer, number: int) -> None:
        if number in {1, 2, 3}:
            peer.accept_stream()
            peer.status("NetStream.Publish.BadName", description="Already publishing")
        else:
            peer.accept()
            peer.media(2)
            if number:
                peer.until_gone()

    with scripted(script) as server:
        destination = make(server.url)
        destination.start()
        wait_for(lambda: destination.status().reconnects == 1)
        assert destination.wait_for({"live"}, 10)
        assert server.spoken == 5
        destination.stop()


def test_between_attempts_the_server_is_only_knocked_at(make: Make) -> None:
    """A server that fails in RTMP but answers TCP is not hammered: the steps hold, and a knock says nothing."""

    def script(peer: Peer, number: int) -> None:
        if number < 2:
            peer.shake_hands()

    timing = _with(retry=RetryTimes(steps=(0.0, 60.0), probe=0.01, jitter=0.0))
    with scripted(script) as server:
        destination = make(server.url, timing=timing)
        destination.start()
        wait_for(lambda: server.bare >= 5)
        assert server.spoken == 2  # the first try and the one at once
        destination.retry()
        wait_for(lambda: server.spoken == 3)
        destination.stop()


def test_a_server_that_can_be_reached_again_is_published_to_at_once(
    start_nginx_rtmp: Callable[..., NginxRtmp], make: Make
) -> None:
    server = start_nginx_rtmp()
    destination = _live(make(server.app_url, timing=_with(retry=RetryTimes(steps=(0.0, 600.0), probe=0.02))))
    server.kill()
    wait_for(lambda: "cannot be reached" in destination.status().reason)
    server.start()
    assert destination.wait_for({"live"}, 10), "the long wait was not cut short"


def test_a_half_closed_connection_is_lost_and_made_anew(make: Make, encoded: Encoded) -> None:
    def script(peer: Peer, number: int) -> None:
        peer.accept()
        if number == 0:
            peer.media(20)
            peer.sock.shutdown(socket.SHUT_WR)  # it still takes what we send
        peer.until_gone()

    with scripted(script) as server:
        destination = _live(make(server.url))
        _offer(encoded.packets, destination)
        wait_for(lambda: destination.status().reconnects == 1)
        assert destination.wait_for({"live"}, 10)
        destination.stop()


def test_pings_are_answered_and_windows_acknowledged(make: Make) -> None:
    answers: list[tuple[int, bytes]] = []

    def script(peer: Peer, _: int) -> None:
        peer.accept()
        peer.send(Kind.WINDOW_SIZE, (40).to_bytes(4, "big"))
        peer.send(Kind.PEER_BANDWIDTH, (5000).to_bytes(4, "big") + b"\x02")
        peer.send(Kind.USER_CONTROL, bytes([0, 6]) + b"\x01\x02\x03\x04")
        while Kind.ACKNOWLEDGEMENT not in dict(answers):
            message = peer.message()
            if message.kind in {Kind.ACKNOWLEDGEMENT, Kind.USER_CONTROL, Kind.WINDOW_SIZE}:
                answers.append((message.kind, message.body))
                peer.send(Kind.USER_CONTROL, bytes([0, 6]) + b"\x01\x02\x03\x04")
        peer.until_gone()

    with scripted(script) as server:
        destination = _live(make(server.url))
        wait_for(lambda: Kind.ACKNOWLEDGEMENT in dict(answers))  # though no packet is offered
        destination.stop()
    assert (Kind.USER_CONTROL, bytes([0, 7]) + b"\x01\x02\x03\x04") in answers
    assert (Kind.WINDOW_SIZE, (5000).to_bytes(4, "big")) in answers
    assert Kind.ACKNOWLEDGEMENT in {kind for kind, _ in answers}


def test_the_stream_is_ended_in_order(make: Make, encoded: Encoded) -> None:
    said: list[object] = []

    def script(peer: Peer, _: int) -> None:
        peer.accept()
        peer.media(len(encoded.packets) - 1)
        said.append(peer.command("FCUnpublish")[3])
        said.append(peer.command("deleteStream")[3])
        peer.until_gone()

    with scripted(script) as server:
        destination = _live(make(server.url))
        _offer(encoded.packets, destination)
        assert destination.stop(5)
    assert said == ["good", 1.0]


def test_a_server_that_says_nothing_is_given_up_in_time(make: Make) -> None:
    with scripted(lambda peer, _: peer.until_gone()) as server:
        destination = make(server.url, timing=_with(deadlines=Deadlines(handshake=0.05)))
        destination.start()
        wait_for(lambda: "no answer" in destination.status().reason)
        destination.stop()


def test_a_stalled_server_whose_computer_is_gone_is_lost(
    make: Make, encoded: Encoded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network cannot be cut here, so the look whether the computer is there is answered for it."""

    async def gone(*_: object) -> bool:
        return False

    hold = threading.Event()

    def script(peer: Peer, number: int) -> None:
        peer.accept()
        hold.wait(20) if number == 0 else peer.until_gone()

    with scripted(script) as server:
        destination = _live(make(server.url))
        monkeypatch.setattr("studio.outputs.destination.reachable", gone)
        turn = 0

        def stalled() -> bool:
            nonlocal turn
            _offer(encoded.again(turn), destination)
            turn += 1
            return destination.status().reconnects == 1

        wait_for(stalled)
        hold.set()
        destination.stop()


# The key.


def test_a_missing_key_refuses_with_what_to_do(make: Make) -> None:
    async def none() -> Secret:
        raise StudioError("there is no key for youtube", do="benchcast key set youtube")

    destination = make("rtmp://127.0.0.1:9/live", key=none)
    destination.start()
    assert destination.wait_for({"refused"}, 5)
    assert destination.status().reason == "there is no key for youtube: benchcast key set youtube"


def test_a_keyring_that_hangs_is_tried_again(make: Make) -> None:
    asked = 0

    async def hang() -> Secret:
        nonlocal asked
        asked += 1
        await asyncio.Event().wait()
        raise AssertionError

    with scripted(lambda peer, _: peer.until_gone()) as server:
        destination = make(server.url, key=hang, timing=_with(key=0.02))
        destination.start()
        wait_for(lambda: asked > 2)
        assert "keyring" in destination.status().reason
        destination.stop()
        assert server.spoken == 0


def test_no_part_of_the_key_is_ever_shown(
    make: Make, encoded: Encoded, caplog: pytest.LogCaptureFixture, nginx_rtmp: NginxRtmp
) -> None:
    """Through every way a connection goes, with a server that quotes the key."""
    caplog.set_level(logging.DEBUG)
    quotes = [
        ("NetStream.Publish.BadName", f"Stream {CANARY} is in use"),
        ("NetStream.Publish.Denied", f"{CANARY.split('?')[0]} was denied; {CANARY}"),
        (f"Net.{CANARY}", "Zx81Qq&expire=17"),
        ("NetStream.Failed", CANARY.upper()),
    ]
    seen: list[DestinationStatus] = []

    def script(peer: Peer, number: int) -> None:
        key = peer.accept_stream()
        assert key == CANARY
        code, words = quotes[number % len(quotes)]
        peer.status(code, description=words)
        peer.until_gone()

    with scripted(script) as server:
        for _ in quotes:
            destination = make(server.url, key=CANARY, on_change=seen.append)
            destination.start()
            assert destination.wait_for({"refused", "connecting"}, 10)
            _reasoned(destination)
            seen.append(destination.status())
            destination.stop()
    real = _live(make(nginx_rtmp.app_url, key=CANARY, on_change=seen.append))
    nginx_rtmp.kill()
    _reasoned(real)
    with pytest.raises(InputError) as wrong:
        make(f"http://server/{CANARY}", key=CANARY)
    shown = "\n".join([*map(repr, seen), repr(real), repr(real.__dict__), caplog.text, str(wrong.value)])
    assert not re.search("canary|Zx81|expire|1799", shown, re.IGNORECASE), shown
    assert "the server says" in shown


def _with(**changes: Any) -> Timing:
    return replace(_QUICK, **changes)
