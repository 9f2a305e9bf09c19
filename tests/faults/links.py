"""The uplink gets thin, and breaks: the studio in a network of its own, behind a link that can be shaped."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from studio.bench.result import Result, unmeasured
from tests.faults.account import Account
from tests.faults.arrivals import Picture, kbps, longest_gap_s
from tests.faults.camera import camera_clip
from tests.faults.ground import Trial
from tests.faults.results import back, holds, timed
from tests.faults.stage import NAMES, Mark, Stage, on_air
from tests.faults.untouched import untouched
from tests.services.program import find

_WIDE, _THIN = "10mbit", "1200kbit"
_FULL = 0.9  # of the rate before: the rest is what a camera's pictures differ by
_OVER_NS = 3_000_000_000


def may_shape() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0


@dataclass(frozen=True, slots=True)
class Link:
    """A network namespace whose only way out is one link.

    Attributes:
        prefix: words before a command that is to run in there.
        host: this computer's address at the outer end.
    """

    name: str
    host: str
    outer: str
    inner: str

    @property
    def prefix(self) -> Sequence[str]:
        # Not `ip netns exec`: that mounts anew, which fails where the root is no mount, as after chroot.
        return (find("nsenter"), f"--net=/run/netns/{self.name}")

    def shape(self, rate: str) -> None:
        """What the studio sends passes at this rate; at most 400 ms of it wait."""
        bucket = ["root", "tbf", "rate", rate, "burst", "32kbit", "latency", "400ms"]
        _run(*self.prefix, find("tc"), "qdisc", "replace", "dev", self.inner, *bucket)

    def up(self, *, up: bool) -> None:
        _run(find("ip"), "link", "set", self.outer, "up" if up else "down")


@contextmanager
def link() -> Iterator[Link]:
    """Make one. Raises AssertionError where it is not allowed."""
    ident = secrets.token_hex(3)
    third = secrets.randbelow(250) + 1
    made = Link(f"faults-{ident}", f"10.213.{third}.1", f"fo{ident}", f"fi{ident}")
    ip = find("ip")
    try:
        _run(ip, "netns", "add", made.name)
        _run(ip, "link", "add", made.outer, "type", "veth", "peer", "name", made.inner, "netns", made.name)
        _run(ip, "addr", "add", f"{made.host}/30", "dev", made.outer)
        _run(ip, "link", "set", made.outer, "up")
        _run(*made.prefix, ip, "addr", "add", f"10.213.{third}.2/30", "dev", made.inner)
        _run(*made.prefix, ip, "link", "set", made.inner, "up")
        _run(*made.prefix, ip, "link", "set", "lo", "up")
        made.shape(_WIDE)
        yield made
    finally:
        subprocess.run([ip, "link", "del", made.outer], check=False, capture_output=True)
        subprocess.run([ip, "netns", "del", made.name], check=False, capture_output=True)


def shaped(trial: Trial) -> list[Result]:
    """The link of both servers is thin for a while."""
    if not may_shape():
        return [unmeasured("shaped", "link shaped from 10 to 1.2 Mb/s", "needs Linux, and to be root")]
    with _behind_a_link(trial) as (line, stage):
        stage.wait(trial.times.warm)
        before = stage.mark()
        full = [kbps(one, before.at_ns - _OVER_NS, before.at_ns) for one in stage.pictures]
        line.shape(_THIN)
        stage.wait(trial.times.shaped)
        released_ns = trial.now_ns()
        line.shape(_WIDE)
        again = [stage.seconds_until_rate(server, released_ns, full[server] * _FULL) for server in range(2)]
        stage.wait(trial.times.after)
        after = stage.mark()
        arrived = stage.pictures
        dropped = [one.dropped for one in stage.studio.status.destinations]
        stage.end()
        account = stage.account()
    what = f"link of both servers 10 → 1.2 Mb/s for {trial.times.shaped:g} s"
    failures = [
        f"server {name} was connected to {count} times"
        for name, count in zip(NAMES, stage.connections, strict=True)
        if count != 1
    ]
    thin = [kbps(one, before.at_ns + (released_ns - before.at_ns) // 2, released_ns) for one in arrived]
    rates = " + ".join(f"{one:.0f}" for one in thin)
    return [
        _oldest(what, account, before, after, arrived),
        holds("shaped.kept", "… no disconnect", failures, f"{dropped} frames dropped"),
        back(
            "shaped",
            "… full rate after its release",
            again,
            30,
            trial.times.released,
            f"{_FULL:.0%} of {', '.join(f'{one:.0f}' for one in full)} kb/s, over {_OVER_NS // 10**9} s; "
            f"{rates} kb/s in the second half of the shortage",
        ),
        *untouched(
            "shaped.recording", "… frames lost in the recording", account, before, after, servers=[], recording=True
        ),
    ]


def _oldest(what: str, account: Account, before: Mark, after: Mark, arrived: Sequence[Sequence[Picture]]) -> Result:
    """The greatest age on arrival from the shortage on, at either server."""
    aged = [account.ages(server, before.at_ns, after.at_ns) for server in range(len(NAMES))]
    usual = [account.usual_age_s(server, 0, before.at_ns) for server in range(len(NAMES))]
    gap_s = max(longest_gap_s(one, before.at_ns, after.at_ns) for one in arrived)
    return timed(
        "shaped.age",
        f"{what}: oldest picture on arrival",
        max((age for one in aged for age in one), default=0.0),
        4,
        f"usual {max(usual):.2f} s, with what the encoder holds back; longest without a picture {gap_s:.2f} s",
        [f"nothing arrived at server {name}" for name, one in zip(NAMES, aged, strict=True) if not one],
    )


def down(trial: Trial) -> list[Result]:
    """The link is down for a while."""
    if not may_shape():
        return [unmeasured("down", "link down", "needs Linux, and to be root")]
    with _behind_a_link(trial) as (line, stage):
        before = stage.mark()
        line.up(up=False)
        stage.wait(trial.times.down)
        up_ns = trial.now_ns()
        line.up(up=True)
        for server in range(2):
            stage.wait_fresh(up_ns, server)
        stage.wait(trial.times.after)
        after = stage.mark()
        words = ", ".join(f"{one.reconnects} reconnects" for one in stage.studio.status.destinations)
        stage.end()
        account = stage.account()
    what = f"link down {trial.times.down:g} s: live again after it is up"
    again = [account.fresh_after(server, up_ns, before.at_ns) for server in range(2)]
    return [
        back("down", what, again, 2, trial.times.back, words),
        *untouched(
            "down.recording", "… frames lost in the recording", account, before, after, servers=[], recording=True
        ),
    ]


@contextmanager
def _behind_a_link(trial: Trial) -> Iterator[tuple[Link, Stage]]:
    clip = camera_clip(trial.ground.place("clip"), trial.size)
    with link() as line:
        source = f'kind = "file"\npath = "{clip}"\nloop = true'
        with on_air(trial, source=source, host=line.host, prefix=line.prefix) as stage:
            yield line, stage


def _run(*args: str) -> None:
    done = subprocess.run(args, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(args)}: {done.stderr.strip()}"
