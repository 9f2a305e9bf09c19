"""Servers that refuse, lie or babble, all beside two good ones in one show."""

from __future__ import annotations

import os
import socket
from contextlib import ExitStack
from datetime import timedelta

import trustme

from studio.bench.result import Result
from studio.media.clock import utc_now
from tests.faults.ground import Trial
from tests.faults.results import holds, lost
from tests.faults.stage import More, on_air
from tests.outputs.scripted_server import Peer, scripted
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.tls import TlsFront

_A_MINUTE = 10  # attempts
_SAID = {
    # what each must have come to, and a word that its reason must hold
    "wrong": ("refused", "key"),
    "revoked": ("refused", "key"),
    "expired": ("refused", "certificate"),
    "untrusted": ("refused", "certificate"),
    "garbage": ("", ""),
    "dribble": ("live", ""),
}


def refused(trial: Trial) -> list[Result]:
    """Wrong key, revoked key, expired and untrusted certificate, garbage, an answer one byte at a time."""
    ground = trial.ground
    with ExitStack() as stack:
        wrong = NginxRtmp(ground.place("wrong"))
        stack.callback(wrong.stop)
        behind = stack.enter_context(scripted(lambda peer, _: peer.until_gone()))
        revoked = stack.enter_context(scripted(_revokes))
        garbage = stack.enter_context(scripted(lambda peer, _: _babbles(peer)))
        dribble = stack.enter_context(scripted(_dribbles))
        authority, stranger = trustme.CA(), trustme.CA()
        trusted = ground.place("tls") / "trusted.pem"
        authority.cert_pem.write_to_path(trusted)
        yesterday = utc_now() - timedelta(days=1)
        expired = TlsFront(ground.place("expired"), behind.port, authority=authority, not_after=yesterday)
        stack.callback(expired.stop)
        untrusted = TlsFront(ground.place("untrusted"), behind.port, authority=stranger)
        stack.callback(untrusted.stop)
        more = (
            More("wrong", wrong.app_url, NginxRtmp.bad_key),
            More("revoked", revoked.url, "revoked-key"),
            More("expired", f"rtmps://localhost:{expired.port}/live", "key-of-expired"),
            More("untrusted", f"rtmps://localhost:{untrusted.port}/live", "key-of-untrusted"),
            More("garbage", garbage.url, "key-of-garbage"),
            More("dribble", dribble.url, "key-of-dribble"),
        )
        env = {"SSL_CERT_FILE": str(trusted)}
        stage = stack.enter_context(on_air(trial, more=more, env=env))
        before, at_ns = stage.studio.status, trial.now_ns()
        stage.wait(trial.times.refused)
        until_ns = trial.now_ns()
        now = {one.name: one for one in stage.studio.status.destinations}
        skipped = stage.skipped(before)
        told = [now[one.name].reason for one in more] + [stage.studio.run("status")] + [stage.studio.logs()]
        stage.studio.run("off")
        stage.live.wait()
        stage.studio.wait_ended()
        counts = stage.losses(at_ns, until_ns)[:2]
    minutes = max(1.0, (until_ns - at_ns) / 60e9)
    attempts = {
        "revoked": revoked.spoken,
        "garbage": garbage.spoken,
        "dribble": dribble.spoken,
        "wrong": now["wrong"].reconnects + 1,
        "expired": _accepted(expired),
        "untrusted": _accepted(untrusted),
    }
    results = []
    for one in more:
        state, word = _SAID[one.name]
        place = now[one.name]
        failures = []
        if state and place.state != state:
            failures.append(f"is {place.state}, not {state}")
        if place.state != "live" and (not place.reason or word not in place.reason.lower()):
            failures.append("does not say why" + (f" ({word})" if word else ""))
        if attempts[one.name] > _A_MINUTE * minutes:
            failures.append("is tried too often")
        if any(one.key in text for text in told):
            failures.append("its key is shown")
        detail = f"{place.state}, {attempts[one.name]} attempts: {place.reason or 'nothing to say'}"
        results.append(
            holds(f"refused.{one.name}", f"{_WORDS[one.name]}: refused or retried, in words", failures, detail)
        )
    results.append(
        lost("refused.others", "… frames lost at the two good servers", counts, detail=f"{skipped} skipped")
    )
    return results


_WORDS = {
    "wrong": "wrong key",
    "revoked": "key revoked in mid-show",
    "expired": "expired certificate",
    "untrusted": "untrusted certificate",
    "garbage": "garbage for an answer",
    "dribble": "an answer one byte at a time",
}


def _revokes(peer: Peer, number: int) -> None:
    """Takes a second of pictures from the first, then refuses the key for good."""
    if number == 0:
        peer.accept()
        peer.media(60)
        peer.sock.close()
        return
    peer.accept_stream()
    peer.status("NetStream.Publish.Denied", description="The key has been revoked")
    peer.until_gone()


def _babbles(peer: Peer) -> None:
    peer.read(1537)  # C0 and C1
    peer.sock.sendall(os.urandom(8192))
    peer.until_gone()


class _OneByOne:
    """A socket that sends each byte in a packet of its own."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def sendall(self, data: bytes) -> None:
        for at in range(len(data)):
            self._sock.sendall(data[at : at + 1])

    def recv(self, count: int) -> bytes:
        return self._sock.recv(count)


def _dribbles(peer: Peer, _: int) -> None:
    peer.sock = _OneByOne(peer.sock)  # type: ignore[assignment]  # the two methods that a peer uses
    peer.accept()
    peer.until_gone()


def _accepted(front: TlsFront) -> int:
    """How many connections it was asked for."""
    return front.program.log.count("accepted connection")
