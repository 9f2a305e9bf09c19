from __future__ import annotations

import contextlib
import itertools
import socket
import sys
import threading
from collections.abc import Callable

import pytest

from studio.outputs.chunks import ChunkWriter, Kind, Message
from studio.outputs.destination import Destination, State
from studio.outputs.retry import RetryTimes
from studio.outputs.rtmp import Deadlines
from studio.system.secret import Secret
from tests.outputs.conftest import Encoded, decode
from tests.outputs.publishing import Make, another_second, live, offer, quick_but, recorded, sent
from tests.outputs.scripted_server import Peer, scripted
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.program import free_port
from tests.services.waiting import wait_for

_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="a full queue answers elsewhere")


def test_a_killed_server_that_comes_back_is_published_to_again(
    nginx_rtmp: NginxRtmp, make_destination: Make, encoded: Encoded
) -> None:
    destination = live(make_destination(nginx_rtmp.app_url))
    offer(encoded.packets, destination)
    sent(destination, 120)
    nginx_rtmp.kill()
    assert destination.wait_for({"reconnecting"}, 10)
    wait_for(lambda: "Nothing listens at" in destination.status().reason, what="the reason")
    offer(encoded.again(1), destination)
    assert destination.status().dropped == 120
    another_second()
    nginx_rtmp.start()
    assert destination.wait_for({"live"}, 10), destination.status()
    offer(encoded.again(2), destination)
    sent(destination, 240)
    assert destination.status().reconnects == 1
    assert destination.status().reason == ""
    destination.stop()
    before, after = recorded(nginx_rtmp)
    assert decode(after).pictures == 120
    assert decode(after).video_dts[0] == 0
    assert before != after
    assert [row.offset_ns for row in destination.show_times()] == [
        encoded.packets[0].dts_ns,
        encoded.again(2)[0].dts_ns,
    ]


def test_a_server_that_takes_nothing_is_kept_and_never_published_twice(
    nginx_rtmp: NginxRtmp, make_destination: Make, encoded: Encoded
) -> None:
    destination = live(make_destination(nginx_rtmp.app_url, timing=quick_but(queue=0.5)))
    other = live(make_destination(nginx_rtmp.app_url, key="other", name="other"))
    other.stop()
    offer(encoded.packets, destination)
    sent(destination, 120)
    nginx_rtmp.pause()
    turn = 1

    def stalled() -> bool:
        nonlocal turn
        offer(encoded.again(turn), destination)
        turn += 1
        return destination.status().state == "stalled"

    wait_for(stalled, what="a stall")
    wait_for(lambda: stalled() and destination.status().dropped > 0, what="a drop")
    wait_for(lambda: destination.status().queued_ms > 0)
    nginx_rtmp.resume()
    assert destination.wait_for({"live"}, 10), destination.status()
    wait_for(lambda: destination.status().queued_ms == 0)
    assert [name for name, stat in nginx_rtmp.streams().items() if stat.publishing] == ["good"]
    offer(encoded.again(turn), destination)
    wait_for(lambda: destination.status().queued_ms == 0 and destination.status().frames > 120)
    assert destination.status().state == "live"
    destination.stop()
    status = destination.status()
    assert status.reconnects == 0
    (recording,) = recorded(nginx_rtmp)
    received = decode(recording)  # whole in spite of the gap: it goes on with a key frame
    assert received.rising
    assert received.pictures == status.frames


def test_a_stop_is_bounded_when_the_server_is_dead(
    nginx_rtmp: NginxRtmp, make_destination: Make, encoded: Encoded
) -> None:
    destination = live(make_destination(nginx_rtmp.app_url))
    nginx_rtmp.pause()
    for turn in range(40):
        offer(encoded.again(turn), destination)
    assert destination.stop(0.2)
    assert destination.status().state == "stopped"


def test_a_stopped_destination_that_never_connected_still_says_why(make_destination: Make) -> None:
    destination = make_destination(f"rtmp://127.0.0.1:{free_port()}/live")
    destination.start()
    wait_for(lambda: destination.status().reason, what="a reason")
    reason = destination.status().reason
    assert destination.stop()
    status = destination.status()
    assert (status.state, status.frames, status.reason) == ("stopped", 0, reason)


def test_a_server_that_goes_while_it_is_waited_for_is_told(make_destination: Make) -> None:
    timing = quick_but(retry=RetryTimes(steps=(600.0,), probe=0.02, jitter=0.0))
    with scripted(lambda _peer, _: None) as server:
        destination = make_destination(server.url, timing=timing)
        destination.start()
        wait_for(lambda: server.bare, what="a knock")
        assert "while shaking hands" in destination.status().reason
    wait_for(lambda: "Nothing listens at" in destination.status().reason)
    destination.stop()


def test_between_attempts_the_server_is_only_knocked_at(make_destination: Make) -> None:
    """A server that fails in RTMP but answers TCP is not hammered: the steps hold, and a knock says nothing."""

    def script(peer: Peer, number: int) -> None:
        if number < 2:
            peer.shake_hands()

    timing = quick_but(retry=RetryTimes(steps=(0.0, 60.0), probe=0.01, jitter=0.0))
    with scripted(script) as server:
        destination = make_destination(server.url, timing=timing)
        destination.start()
        wait_for(lambda: server.bare >= 5)
        assert server.spoken == 2  # the first try and the one at once
        destination.retry()
        wait_for(lambda: server.spoken == 3)
        destination.stop()


def test_a_server_that_can_be_reached_again_is_published_to_at_once(
    start_nginx_rtmp: Callable[..., NginxRtmp], make_destination: Make
) -> None:
    server = start_nginx_rtmp()
    destination = live(
        make_destination(server.app_url, timing=quick_but(retry=RetryTimes(steps=(0.0, 600.0), probe=0.02)))
    )
    server.kill()
    wait_for(lambda: "Nothing listens at" in destination.status().reason)
    server.start()
    assert destination.wait_for({"live"}, 10), "the long wait was not cut short"


def test_a_retry_asked_for_while_live_does_not_cut_the_wait_after_the_next_loss(make_destination: Make) -> None:
    hang_up = threading.Event()

    def script(peer: Peer, number: int) -> None:
        peer.accept()
        if number == 0:
            hang_up.wait(20)
        else:
            peer.until_gone()

    timing = quick_but(retry=RetryTimes(steps=(600.0,), probe=0.02, jitter=0.0))
    with scripted(script) as server:
        destination = make_destination(server.url, timing=timing)
        destination.retry()  # before the connection that it asks for
        live(destination)
        destination.retry()
        hang_up.set()
        assert destination.wait_for({"reconnecting"}, 10)
        wait_for(lambda: server.bare >= 5)
        assert server.spoken == 1
        destination.retry()
        assert destination.wait_for({"live"}, 10)
        destination.stop()


def test_a_half_closed_connection_is_lost_and_made_anew(make_destination: Make, encoded: Encoded) -> None:
    def script(peer: Peer, number: int) -> None:
        peer.accept()
        if number == 0:
            peer.media(20)
            peer.sock.shutdown(socket.SHUT_WR)  # it still takes what we send
        peer.until_gone()

    with scripted(script) as server:
        destination = live(make_destination(server.url))
        offer(encoded.packets, destination)
        wait_for(lambda: destination.status().reconnects == 1)
        assert destination.wait_for({"live"}, 10)
        destination.stop()


def test_a_server_that_floods_us_with_pings_is_left(make_destination: Make) -> None:
    """Each would be answered: the one thread for all destinations would have no time for the others."""

    def script(peer: Peer, number: int) -> None:
        peer.accept()
        ping = ChunkWriter().write(Message(2, Kind.USER_CONTROL, 0, 0, b"\0\6\0\0\0\0"))
        with contextlib.suppress(OSError):
            while True:
                peer.sock.sendall(ping * 1000)

    with scripted(script) as server:
        destination = make_destination(server.url, timing=quick_but(retry=RetryTimes(steps=(60.0,), probe=60.0)))
        destination.start()
        assert destination.wait_for({"reconnecting"}, 10), destination.status()
        assert "more than 200 messages a second" in destination.status().reason
        destination.stop()


def test_a_server_that_says_nothing_is_given_up_in_time(make_destination: Make) -> None:
    with scripted(lambda peer, _: peer.until_gone()) as server:
        destination = make_destination(server.url, timing=quick_but(deadlines=Deadlines(handshake=0.05)))
        destination.start()
        wait_for(lambda: "no answer" in destination.status().reason)
        destination.stop()


def _until(destination: Destination, state: State, encoded: Encoded) -> None:
    """Offer pictures until it is in that state."""
    turns = itertools.count()

    def there() -> bool:
        offer(encoded.again(next(turns)), destination)
        return destination.status().state == state

    wait_for(there, what=state)


@pytest.mark.long
@_LINUX
def test_a_network_that_comes_back_gets_a_fresh_connection_at_once_and_the_old_one_is_reset(
    make_destination: Make, encoded: Encoded
) -> None:
    """During the outage the server would not hear the reset, and keep the old one as a ghost."""
    look, resets = threading.Event(), []

    def script(peer: Peer, number: int) -> None:
        peer.accept()
        if number:
            peer.until_gone()
            return
        look.wait(20)
        try:
            while peer.sock.recv(65536):
                pass
        except ConnectionResetError:
            resets.append(number)

    timing = quick_but(retry=RetryTimes(steps=(600.0,), knock=0.02))
    with scripted(script) as server:
        destination = live(make_destination(server.url, timing=timing))
        with server.out_of_reach():
            _until(destination, "reconnecting", encoded)
            assert "cannot be reached" in destination.status().reason
            assert server.spoken == 1
        wait_for(lambda: server.spoken == 2)
        assert destination.wait_for({"live"}, 10)
        assert destination.status().reconnects == 1
        look.set()
        wait_for(lambda: resets, what="the reset")
        destination.stop()


@_LINUX
def test_a_connection_that_outlasts_an_outage_is_kept_and_goes_on_with_a_key_frame(
    make_destination: Make, encoded: Encoded
) -> None:
    read, wanted = threading.Event(), threading.Event()

    def script(peer: Peer, _: int) -> None:
        peer.accept()
        read.wait(20)
        peer.until_gone()

    with scripted(script) as server:
        destination = make_destination(server.url, timing=quick_but(queue=0.5), wants_key_frame=wanted.set)
        live(destination)
        with server.out_of_reach():
            _until(destination, "reconnecting", encoded)
            turns = itertools.count(100)

            def dropped() -> bool:
                offer(encoded.again(next(turns)), destination)
                return destination.status().dropped > 0

            wait_for(dropped)
            wanted.clear()
            read.set()
            assert destination.wait_for({"live"}, 10), destination.status()
        assert wanted.is_set()
        wait_for(lambda: destination.status().queued_ms == 0)
        assert (destination.status().reconnects, server.spoken) == (0, 1)
        destination.stop()


def test_while_a_server_cannot_be_reached_nothing_is_tried(make_destination: Make) -> None:
    asked = 0

    async def key() -> Secret:
        nonlocal asked
        asked += 1
        return Secret("good")

    port = free_port()
    timing = quick_but(retry=RetryTimes(steps=(0.0, 0.01), probe=0.01, knock=0.01, jitter=0.0))
    with scripted(lambda _peer, _: None) as other:
        away = make_destination(f"rtmp://127.0.0.1:{port}/live", key=key, timing=timing)
        away.start()
        wait_for(lambda: f"Nothing listens at 127.0.0.1:{port}" in away.status().reason)
        clock = make_destination(other.url, name="clock", timing=timing)
        clock.start()
        wait_for(lambda: other.spoken >= 20, what="time to go by")
    assert asked == 1
    with scripted(lambda peer, _: peer.until_gone() if peer.accept() else None, port) as server:
        assert away.wait_for({"live"}, 10), away.status()
        assert (asked, server.spoken) == (2, 1)
        away.stop()


def test_a_retry_cuts_an_attempt_that_hangs(make_destination: Make) -> None:
    def script(peer: Peer, number: int) -> None:
        if number:
            peer.accept()
        peer.until_gone()

    with scripted(script) as server:
        destination = make_destination(server.url, timing=quick_but(deadlines=Deadlines(handshake=600)))
        destination.start()
        wait_for(lambda: server.spoken == 1)
        assert destination.status().state == "connecting"
        destination.retry()
        assert destination.wait_for({"live"}, 10), destination.status()
        destination.stop()


def test_a_retry_gives_a_stalled_connection_up(make_destination: Make, encoded: Encoded) -> None:
    hold = threading.Event()

    def script(peer: Peer, number: int) -> None:
        peer.accept()
        hold.wait(20) if number == 0 else peer.until_gone()

    with scripted(script) as server:
        destination = live(make_destination(server.url, timing=quick_but(retry=RetryTimes(steps=(600.0,)))))
        _until(destination, "stalled", encoded)

        def given_up() -> bool:
            destination.retry()  # again: the system's buffers may have taken a little more meanwhile
            return destination.status().reconnects == 1

        wait_for(given_up)
        assert destination.wait_for({"live"}, 10)
        hold.set()
        destination.stop()
