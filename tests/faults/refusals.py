"""Servers that refuse, lie or babble, all beside two good ones in one show."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import trustme

from studio.bench.result import Result
from studio.media.clock import utc_now
from studio.outputs.retry import RetryTimes
from tests.faults.ground import Trial
from tests.faults.results import holds
from tests.faults.stage import More, on_air
from tests.faults.untouched import untouched
from tests.outputs.scripted_server import Peer, scripted
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.tls import TlsFront

_A_MINUTE_NS, _MOST = 60_000_000_000, 10  # attempts


@dataclass(frozen=True, slots=True)
class _Expected:
    """What a destination must come to. `word`: in its reason. `attempts`: at the server; 0: as its retries come."""

    what: str
    state: str
    word: str
    attempts: int


_EXPECTED = {
    # nginx-rtmp hangs up on a key that it does not take, which a network does too: it is tried a few times.
    "wrong": _Expected("wrong key", "refused", "key", RetryTimes().hang_ups),
    "revoked": _Expected("key revoked in mid-show", "refused", "key", 2),
    "expired": _Expected("expired certificate", "refused", "certificate", 1),
    "untrusted": _Expected("untrusted certificate", "refused", "certificate", 1),
    "garbage": _Expected("garbage for an answer", "", "", 0),
    "dribble": _Expected("an answer one byte at a time", "live", "", 1),
}


def refused(trial: Trial) -> list[Result]:
    """Wrong key, revoked key, expired and untrusted certificate, garbage, an answer one byte at a time."""
    ground = trial.ground
    babbled: list[int] = []
    with ExitStack() as stack:
        wrong = NginxRtmp(ground.place("wrong"))
        stack.callback(wrong.stop)
        behind = stack.enter_context(scripted(lambda peer, _: peer.until_gone()))
        revoked = stack.enter_context(scripted(_revokes))
        garbage = stack.enter_context(scripted(lambda peer, _: _babbles(peer, babbled, trial.now_ns)))
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
        before = stage.mark()
        stage.wait(trial.times.refused)
        after = stage.mark()
        now = {one.name: one for one in stage.studio.status.destinations}
        attempts = {
            "wrong": wrong.asked(NginxRtmp.bad_key),
            "revoked": revoked.spoken,
            "expired": _accepted(expired),
            "untrusted": _accepted(untrusted),
            "garbage": garbage.spoken,
            "dribble": dribble.spoken,
        }
        told = [now[one.name].reason for one in more] + [stage.studio.run("status")] + [stage.studio.logs()]
        stage.end()
        account = stage.account()
    results = []
    for one in more:
        place, expected, count = now[one.name], _EXPECTED[one.name], attempts[one.name]
        failures = []
        if expected.state and place.state != expected.state:
            failures.append(f"is {place.state}, not {expected.state}")
        if place.state != "live" and (not place.reason or expected.word not in place.reason.lower()):
            failures.append("does not say why" + (f" ({expected.word})" if expected.word else ""))
        if expected.attempts and count != expected.attempts:
            failures.append(f"is tried {count} times, not {expected.attempts}")
        if not expected.attempts:
            failures += _too_often(babbled)
        if any(one.key in text for text in told):
            failures.append("its key is shown")
        detail = f"{place.state}, {count} attempts at the server: {place.reason or 'nothing to say'}"
        what = f"{expected.what}: refused or retried, in words"
        results.append(holds(f"refused.{one.name}", what, failures, detail))
    return [
        *results,
        *untouched("refused.others", "… frames lost at the two good servers", account, before, after, recording=True),
    ]


def _too_often(at_ns: Sequence[int]) -> list[str]:
    """More attempts than ten in any minute, or than the pauses between them allow; or none after the first."""
    failures = [] if len(at_ns) > 1 else ["is not tried again"]
    most = max((sum(first <= one < first + _A_MINUTE_NS for one in at_ns) for first in at_ns), default=0)
    if most > _MOST:
        failures.append(f"is tried {most} times in a minute")
    times = RetryTimes()
    for number, (sooner, later) in enumerate(pairwise(at_ns)):
        least_s = times.steps[min(number, len(times.steps) - 1)] * (1 - times.jitter)
        if (later - sooner) / 1e9 < least_s - 0.1:
            failures.append(f"attempt {number + 2} comes {(later - sooner) / 1e9:.1f} s after the one before")
    return failures


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


def _babbles(peer: Peer, at_ns: list[int], now_ns: Callable[[], int]) -> None:
    at_ns.append(now_ns())
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
