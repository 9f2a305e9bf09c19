from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from studio.errors import InputError, StudioError
from studio.outputs.destination import DestinationStatus
from studio.system.secret import Secret
from tests.outputs.conftest import Encoded
from tests.outputs.publishing import CANARY, QUICK, Make, live, quick_but, reasoned
from tests.outputs.scripted_server import Peer, scripted
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.waiting import wait_for


def test_a_key_in_use_elsewhere_is_refused_until_a_person_retries(
    nginx_rtmp: NginxRtmp, make_destination: Make, encoded: Encoded
) -> None:
    first = make_destination(nginx_rtmp.app_url, name="first")
    second = make_destination(nginx_rtmp.app_url, name="second")
    live(first)
    second.start()
    assert second.wait_for({"refused"}, 10)
    assert "in use" in second.status().reason
    first.stop()
    wait_for(lambda: not nginx_rtmp.streams())
    assert second.status().state == "refused"
    second.retry()
    assert second.wait_for({"live"}, 10), second.status()


def test_an_engine_that_takes_over_waits_for_the_ghost_of_the_one_that_died(
    nginx_rtmp: NginxRtmp, make_destination: Make
) -> None:
    ghost = make_destination(nginx_rtmp.app_url, name="ghost")
    heir = make_destination(nginx_rtmp.app_url, name="heir", resuming=True)
    live(ghost)
    heir.start()
    wait_for(lambda: "in use" in heir.status().reason)
    assert heir.status().state == "connecting"
    ghost.stop()
    assert heir.wait_for({"live"}, 10), heir.status()


def test_our_own_ghost_is_waited_for(make_destination: Make, encoded: Encoded) -> None:
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
        destination = make_destination(server.url)
        destination.start()
        wait_for(lambda: destination.status().reconnects == 1)
        assert destination.wait_for({"live"}, 10)
        assert server.spoken == 5
        destination.stop()


def test_a_server_that_hangs_up_on_the_key_refuses_it(nginx_rtmp: NginxRtmp, make_destination: Make) -> None:
    destination = make_destination(nginx_rtmp.app_url, key=nginx_rtmp.bad_key)
    destination.start()
    assert destination.wait_for({"refused"}, 20), destination.status()
    assert destination.status().reason.endswith(
        "taking the key; it may be wrong or have expired: paste a fresh key, and check the account"
    )


def test_a_server_that_hangs_up_on_the_app_refuses_it(nginx_rtmp: NginxRtmp, make_destination: Make) -> None:
    destination = make_destination(nginx_rtmp.app_url.replace("/live", "/liev"))
    destination.start()
    assert destination.wait_for({"refused"}, 20), destination.status()
    assert destination.status().reason == (
        "The server ended the connection while entering the app: check the app in the address"
    )
    assert nginx_rtmp.asked("good") == 0


def test_a_server_that_says_yes_to_the_key_and_hangs_up_refuses_it(
    start_nginx_rtmp: Callable[..., NginxRtmp], make_destination: Make
) -> None:
    server = start_nginx_rtmp(may_publish=False)
    destination = make_destination(server.app_url)
    destination.start()
    assert destination.wait_for({"refused"}, 20), destination.status()
    assert destination.status().reason == (
        "The server ended the connection as soon as it had the key: paste a fresh key, and check the account"
    )


def test_a_server_that_hangs_up_while_it_restarts_is_tried_again_where_the_key_has_worked(
    make_destination: Make,
) -> None:
    hang_up = threading.Event()

    def script(peer: Peer, number: int) -> None:
        if number in {1, 2, 3, 4, 5}:
            peer.shake_hands()
            peer.command("connect")
            return
        peer.accept()
        if number:
            peer.until_gone()
        else:
            hang_up.wait(20)

    timing = quick_but(retry=replace(QUICK.retry, worked=0.0))
    with scripted(script) as server:
        destination = live(make_destination(server.url, timing=timing))
        hang_up.set()
        wait_for(lambda: server.spoken == 7)
        assert destination.wait_for({"live"}, 10), destination.status()
        destination.stop()


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("NetStream.Publish.Denied", "refused the stream"),
        ("NetStream.Publish.Unauthorized", "refused the key"),
        ("NetStream.Publish.BadName", "wrong or in use"),
    ],
)
def test_a_refused_key_is_not_tried_again(code: str, words: str, make_destination: Make) -> None:
    def script(peer: Peer, _: int) -> None:
        peer.accept_stream()
        peer.status(code)
        peer.until_gone()

    with scripted(script) as server:
        destination = make_destination(server.url)
        destination.start()
        assert destination.wait_for({"refused"}, 10)
        assert words in destination.status().reason
        assert destination.stop()
        assert server.spoken == 1


@pytest.mark.parametrize("code", ["NetConnection.Connect.Rejected", "NetConnection.Connect.InvalidApp"])
def test_a_wrong_app_is_refused_without_the_key(code: str, make_destination: Make) -> None:
    received: list[bytes] = []

    def script(peer: Peer, _: int) -> None:
        peer.shake_hands()
        number = peer.command("connect")[1]
        peer.answer("_error", number, None, {"level": "error", "code": code, "description": "no"})
        peer.until_gone()
        received.append(peer.received)

    with scripted(script) as server:
        destination = make_destination(server.url, key=CANARY)
        destination.start()
        assert destination.wait_for({"refused"}, 10)
        assert "check the address" in destination.status().reason
        destination.stop()
    assert b"canary" not in received[0]


def test_a_missing_key_refuses_with_what_to_do(make_destination: Make) -> None:
    async def none() -> Secret:
        raise StudioError("there is no key for youtube", do="benchcast key set youtube")

    destination = make_destination("rtmp://127.0.0.1:9/live", key=none)
    destination.start()
    assert destination.wait_for({"refused"}, 5)
    assert destination.status().reason == "there is no key for youtube: benchcast key set youtube"


def test_a_keyring_that_hangs_is_tried_again(make_destination: Make) -> None:
    asked = 0

    async def hang() -> Secret:
        nonlocal asked
        asked += 1
        await asyncio.Event().wait()
        raise AssertionError

    with scripted(lambda peer, _: peer.until_gone()) as server:
        destination = make_destination(server.url, key=hang, timing=quick_but(key=0.02))
        destination.start()
        wait_for(lambda: asked > 2)
        assert "keyring" in destination.status().reason
        destination.stop()
        assert server.spoken == 0


def test_no_part_of_the_key_is_ever_shown(
    make_destination: Make, encoded: Encoded, caplog: pytest.LogCaptureFixture, nginx_rtmp: NginxRtmp
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
            destination = make_destination(server.url, key=CANARY, on_change=seen.append)
            destination.start()
            assert destination.wait_for({"refused", "connecting"}, 10)
            reasoned(destination)
            seen.append(destination.status())
            destination.stop()
    real = live(make_destination(nginx_rtmp.app_url, key=CANARY, on_change=seen.append))
    nginx_rtmp.kill()
    reasoned(real)
    with pytest.raises(InputError) as wrong:
        make_destination(f"http://server/{CANARY}", key=CANARY)
    shown = "\n".join([*map(repr, seen), repr(real), repr(real.__dict__), caplog.text, str(wrong.value)])
    assert not re.search("canary|Zx81|expire|1799", shown, re.IGNORECASE), shown
    assert "the server says" in shown
