from __future__ import annotations

import ssl
from collections.abc import Callable

import pytest

from tests.outputs.conftest import Encoded, decode
from tests.outputs.publishing import CANARY, Make, live, offer, recorded, sent
from tests.outputs.scripted_server import Peer, scripted
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.tls import TlsFront
from tests.services.waiting import wait_for


def test_a_certificate_of_a_trusted_authority_is_accepted(
    nginx_rtmp: NginxRtmp,
    start_tls_front: Callable[..., TlsFront],
    make_destination: Make,
    encoded: Encoded,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    front = start_tls_front(nginx_rtmp.port)
    monkeypatch.setenv("SSL_CERT_FILE", str(front.ca_file))
    destination = live(make_destination(f"rtmps://localhost:{front.port}/live"))
    offer(encoded.packets, destination)
    sent(destination, 120)
    destination.stop()
    (recording,) = recorded(nginx_rtmp)
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
    make_destination: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with scripted(lambda peer, _: peer.until_gone()) as behind:
        front = start_tls_front(behind.port, host=named)
        monkeypatch.setenv(
            "SSL_CERT_FILE", str(front.ca_file) if trusted else ssl.get_default_verify_paths().cafile or ""
        )
        destination = make_destination(f"rtmps://localhost:{front.port}/live", key=CANARY)
        destination.start()
        assert destination.wait_for({"refused"}, 10), destination.status()
        assert words in destination.status().reason
        front.stop()
        assert behind.spoken == 0


def test_a_server_without_tls_is_no_server_for_rtmps(make_destination: Make) -> None:
    heard: list[bytes] = []

    def script(peer: Peer, _: int) -> None:
        heard.append(peer.sock.recv(4096))
        peer.sock.sendall(b"220 this is something else\r\n")
        peer.until_gone()

    with scripted(script) as server:
        destination = make_destination(server.url.replace("rtmp://", "rtmps://"), key=CANARY)
        destination.start()
        wait_for(lambda: "does not speak TLS" in destination.status().reason)
        destination.stop()
    assert all(b"canary" not in hello for hello in heard)
