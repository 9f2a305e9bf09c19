from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from studio.outputs.chunks import Kind
from studio.outputs.destination import Timing
from tests.outputs.conftest import FPS, GOP, NS, Encoded, decode, shifted
from tests.outputs.publishing import CANARY, Make, another_second, counted, live, offer, recorded, sent
from tests.outputs.scripted_server import Peer, scripted
from tests.services.ffmpeg import FfmpegListener
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.waiting import wait_for


def test_two_servers_receive_the_whole_stream_at_once(
    start_nginx_rtmp: Callable[..., NginxRtmp], make_destination: Make, encoded: Encoded
) -> None:
    servers = [start_nginx_rtmp(record=True), start_nginx_rtmp(record=True)]
    destinations = [live(make_destination(server.app_url, name=f"d{n}")) for n, server in enumerate(servers)]
    offer(encoded.times(2), *destinations)
    for server, destination in zip(servers, destinations, strict=True):
        sent(destination, 240)
        stat = counted(server)
        assert (stat.publishing, stat.width, stat.height, stat.fps) == (True, 320, 180, FPS)
        assert (stat.video_codec, stat.audio_codec, stat.dropped) == ("H264", "AAC", 0)
        assert stat.bytes_in > sum(len(packet.data) for packet in encoded.packets)
    for server, destination in zip(servers, destinations, strict=True):
        assert destination.stop()
        status = destination.status()
        assert (status.state, status.frames, status.dropped, status.reconnects) == ("stopped", 240, 0, 0)
        (recording,) = recorded(server)
        received = decode(recording)
        assert received.pictures == 240
        assert received.rising
        assert set(received.key_distances) == {GOP}
        assert received.video_dts[0] == 0
        blocks = sum(packet.kind == "audio" for packet in encoded.times(2))
        assert len(received.audio_dts) == blocks
        assert received.sounds >= blocks - 1  # a decoder leaves out an encoder's run-up


def test_sound_keeps_its_place_beside_the_pictures(
    nginx_rtmp: NginxRtmp, make_destination: Make, encoded: Encoded
) -> None:
    destination = live(make_destination(nginx_rtmp.app_url))
    later = [shifted(packet, 5 * NS) for packet in encoded.packets]
    # A feed's sound is ahead of its pictures, which the encoder holds back.
    ahead_ns = NS // 2
    offer(sorted(later, key=lambda one: one.dts_ns - ahead_ns * (one.kind == "audio")), destination)
    sent(destination, len(encoded.pictures))
    destination.stop()
    (recording,) = recorded(nginx_rtmp)
    received = decode(recording)
    base_ns = later[0].dts_ns
    first_sound_ns = next(p.dts_ns for p in later if p.kind == "audio" and p.dts_ns >= base_ns)
    assert received.audio_dts[0] == pytest.approx((first_sound_ns - base_ns) / NS, abs=0.001)
    first_shown_ns = later[0].pts_ns - base_ns
    assert received.video_pts[0] == pytest.approx(first_shown_ns / NS, abs=0.001)
    assert [(row.connection, row.offset_ns) for row in destination.show_times()] == [(1, base_ns)]


def test_the_ffmpeg_server_receives_the_whole_stream(
    start_ffmpeg_listener: Callable[..., FfmpegListener], make_destination: Make, encoded: Encoded
) -> None:
    server = start_ffmpeg_listener(key="good")
    destination = live(make_destination(server.app_url))
    offer(encoded.packets, destination)
    sent(destination, 120)
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
    make_destination: Make,
    encoded: Encoded,
) -> None:
    nginx = start_nginx_rtmp(record=True) if which == "nginx" else None
    ffmpeg = start_ffmpeg_listener(key="good") if which == "ffmpeg" else None
    destination = live(make_destination(nginx.app_url if nginx else ffmpeg.app_url if ffmpeg else ""))
    # Pictures of more than one chunk: what follows the first repeats the time.
    filler = b"\0\0\1\x0c" + b"\xff" * 130_000 + b"\x80"
    packets = [
        replace(one, data=one.data + filler) if one.kind == "video" and one.is_key else one for one in encoded.packets
    ]
    # One second, then on from two seconds before the 24 bits are full (4 h 39 min), across it.
    jump_ns = 16_777_215_000_000 - 2 * NS
    offer([packet for packet in packets if packet.dts_ns < NS], destination)
    offer([shifted(packet, jump_ns) for packet in packets], destination)
    sent(destination, 120 + sum(packet.dts_ns < NS for packet in encoded.pictures))
    assert destination.stop()
    if nginx:
        (path,) = recorded(nginx)
    else:
        assert ffmpeg
        path = ffmpeg.finish()
    received = decode(path)
    assert received.rising
    assert received.pictures == destination.status().frames
    assert received.video_dts[-1] == pytest.approx((jump_ns + encoded.pictures[-1].dts_ns) / NS, abs=0.2)
    assert received.video_dts[-1] > 16_777.215


def test_a_key_with_a_query_reaches_the_server_whole(make_destination: Make) -> None:
    asked: list[str] = []

    def script(peer: Peer, _: int) -> None:
        asked.append(peer.accept())
        peer.until_gone()

    with scripted(script) as server:
        live(make_destination(server.url, key=CANARY)).stop()
    assert asked == [CANARY]


def test_a_changed_format_gets_a_connection_with_fresh_headers(
    nginx_rtmp: NginxRtmp, make_destination: Make, encoded: Encoded, encoded_small: Encoded
) -> None:
    ready = threading.Event()
    destination = make_destination(nginx_rtmp.app_url, wants_key_frame=ready.set)
    live(destination)
    offer(encoded.packets, destination)
    sent(destination, 120)
    ready.clear()
    another_second()
    destination.change_format(encoded_small.format)
    assert ready.wait(10), destination.status()
    offer(encoded_small.packets, destination)
    sent(destination, 180)
    assert destination.status().reconnects == 1
    destination.stop()
    first, second = recorded(nginx_rtmp)
    assert (decode(first).size, decode(first).pictures) == ((320, 180), 120)
    assert (decode(second).size, decode(second).pictures) == ((160, 120), 60)


def test_nothing_runs_unless_the_stream_begins_with_a_key_frame(
    nginx_rtmp: NginxRtmp, make_destination: Make, encoded: Encoded
) -> None:
    destination = live(make_destination(nginx_rtmp.app_url))
    offer(encoded.packets[5:], destination)
    keys = [n for n, packet in enumerate(encoded.pictures) if packet.is_key]
    sent(destination, 120 - keys[1])
    assert destination.status().dropped == 0  # they were before the beginning, not left out of it


def test_pings_are_answered_and_windows_acknowledged(make_destination: Make) -> None:
    answers: list[tuple[int, bytes]] = []
    wanted: set[int] = {Kind.ACKNOWLEDGEMENT, Kind.USER_CONTROL, Kind.WINDOW_SIZE}

    def script(peer: Peer, _: int) -> None:
        peer.accept()
        peer.send(Kind.WINDOW_SIZE, (40).to_bytes(4, "big"))
        peer.send(Kind.PEER_BANDWIDTH, (5000).to_bytes(4, "big") + b"\x02")
        peer.send(Kind.USER_CONTROL, bytes([0, 6]) + b"\x01\x02\x03\x04")
        while not wanted <= set(dict(answers)):  # in whatever order: the server's bytes may come in pieces
            message = peer.message()
            if message.kind in wanted:
                answers.append((message.kind, message.body))
                peer.send(Kind.USER_CONTROL, bytes([0, 6]) + b"\x01\x02\x03\x04")
        peer.until_gone()

    with scripted(script) as server:
        destination = live(make_destination(server.url))
        wait_for(lambda: wanted <= set(dict(answers)))  # though no packet is offered
        destination.stop()
    assert (Kind.USER_CONTROL, bytes([0, 7]) + b"\x01\x02\x03\x04") in answers
    assert (Kind.WINDOW_SIZE, (5000).to_bytes(4, "big")) in answers


def test_the_stream_is_ended_in_order(make_destination: Make, encoded: Encoded) -> None:
    said: list[object] = []

    def script(peer: Peer, _: int) -> None:
        peer.accept()
        peer.media(len(encoded.packets) - 1)
        said.append(peer.command("FCUnpublish")[3])
        said.append(peer.command("deleteStream")[3])
        peer.until_gone()

    with scripted(script) as server:
        destination = live(make_destination(server.url))
        offer(encoded.packets, destination)
        assert destination.stop(5)
    assert said == ["good", 1.0]


def test_a_destination_may_fall_behind_by_two_and_a_half_seconds_and_32_mib(make_destination: Make) -> None:
    destination = make_destination("rtmp://127.0.0.1/live", timing=Timing())
    assert (destination._queue._max_age_ns, destination._queue._max_bytes) == (5 * NS // 2, 32 << 20)
