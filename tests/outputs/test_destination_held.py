from __future__ import annotations

import threading

from tests.outputs.conftest import Encoded
from tests.outputs.publishing import CANARY, Make, offer, sent
from tests.outputs.scripted_server import Peer, scripted
from tests.services.waiting import wait_for


def test_one_that_is_held_connects_and_sends_its_key_only_when_told(make_destination: Make, encoded: Encoded) -> None:
    peers: list[Peer] = []

    def script(peer: Peer, _number: int) -> None:
        peer.accept_connect()
        peers.append(peer)
        number = peer.command("createStream")[1]
        peer.answer("_result", number, None, 1)
        assert peer.command("publish")[3] == CANARY
        peer.status("NetStream.Publish.Start", "status")
        peer.until_gone()

    with scripted(script) as server:
        destination = make_destination(server.url, key=CANARY, held=True)
        destination.start()
        wait_for(lambda: peers, what="the connection")
        assert destination.status().state == "connecting"
        assert CANARY.encode() not in peers[0].received
        destination.go()
        assert destination.wait_for({"live"}, 10), destination.status()
        offer(encoded.packets, destination)
        sent(destination, len(encoded.pictures))
        assert CANARY.encode() in peers[0].received
        destination.stop()
    assert server.spoken == 1


def test_a_connection_that_is_lost_while_held_is_made_anew_at_once(make_destination: Make) -> None:
    hung_up = threading.Event()

    def script(peer: Peer, number: int) -> None:
        if number:
            peer.accept()
            peer.until_gone()
        else:
            peer.accept_connect()
            peer.sock.close()
            hung_up.set()

    with scripted(script) as server:
        destination = make_destination(server.url, held=True)
        destination.start()
        assert hung_up.wait(10)
        destination.go()
        assert destination.wait_for({"live"}, 10), destination.status()
        assert destination.status().reconnects == 0
        destination.stop()
    assert (server.spoken, server.bare) == (2, 0)


def test_a_stop_while_held_ends_the_connection_without_the_key(make_destination: Make) -> None:
    peers: list[Peer] = []
    gone = threading.Event()

    def script(peer: Peer, _number: int) -> None:
        peer.accept_connect()
        peers.append(peer)
        peer.until_gone()
        gone.set()

    with scripted(script) as server:
        destination = make_destination(server.url, key=CANARY, held=True)
        destination.start()
        wait_for(lambda: peers, what="the connection")
        assert destination.stop()
        assert gone.wait(10)
        assert destination.status().state == "stopped"
        assert CANARY.encode() not in peers[0].received
