"""The wall clock is set an hour ahead, and then an hour back, in mid-show.

It belongs to the whole computer, and no namespace has its own. So libfaketime tells every process of the studio
another one: what each of them reads jumps at once, while the monotonic clock, and everybody else's, go on.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from datetime import datetime, timedelta
from pathlib import Path

import trustme

from studio.bench.result import Result, unmeasured
from studio.media.clock import utc_now
from studio.show.wanted_store import WantedStore
from tests.faults.ground import Trial
from tests.faults.recorded import not_playable
from tests.faults.results import back, holds
from tests.faults.stage import More, Stage, on_air
from tests.faults.untouched import untouched
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.tls import TlsFront
from tests.services.waiting import wait_for

_LIBRARIES = ("/usr/lib", "/usr/local/lib")
_NAME = "libfaketimeMT.so.1"
_HOURS = (1, -1)
_UNWRITTEN_S = 2  # of the recording, which an engine's death may cost
_NEAR_S = 30  # wall times, which are read before and after the deed on a busy computer

# glibc's clock_nanosleep with TIMER_ABSTIME, by which Python sleeps, fails with EINVAL under libfaketime 0.9.10.
_SLEEP = """
import select
import time

time.sleep = lambda seconds: select.select((), (), (), seconds) and None
"""


class WallClock:
    """What the processes of a studio take for the wall clock.

    Attributes:
        env: for them.
    """

    def __init__(self, folder: Path) -> None:
        """Raises AssertionError where libfaketime is missing."""
        found = [path for one in _LIBRARIES for path in Path(one).glob(f"**/faketime/{_NAME}")]
        assert found, "libfaketime is not installed; `make setup` names the packages"
        self._folder, self._file = folder, folder / "clock"
        (folder / "sitecustomize.py").write_text(_SLEEP, encoding="utf-8")
        self.set(0)
        self.env: Mapping[str, str] = {
            "LD_PRELOAD": str(found[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            # Debian's default: it has CPython wait far too long for its own lock (pthread_cond_timedwait).
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",
            "NO_FAKE_STAT": "1",
            "PYTHONPATH": str(folder),
        }

    def set(self, hours: int) -> None:
        """So many hours ahead of the true one, from now on."""
        fresh = self._folder / "clock.new"
        fresh.write_text(f"{hours:+d}h\n", encoding="utf-8")
        fresh.replace(self._file)


def wall_clock(trial: Trial) -> list[Result]:
    """± 1 h, with a TLS destination; under the last hour the engine is killed, so that all begins anew."""
    if sys.platform != "linux":
        return [unmeasured("clock", "wall clock ± 1 h", "needs libfaketime, and Linux")]
    ground = trial.ground
    clock = WallClock(ground.place("clock"))
    with ExitStack() as stack:
        third = NginxRtmp(ground.place("third"))
        stack.callback(third.stop)
        front = TlsFront(ground.place("tls"), third.port, authority=trustme.CA())
        stack.callback(front.stop)
        more = (More("tls", f"rtmps://localhost:{front.port}/live", "key-of-tls"),)
        env = {**clock.env, "SSL_CERT_FILE": str(front.ca_file)}
        stage = stack.enter_context(on_air(trial, more=more, env=env))
        stage.studio.wait_destination("tls", "live")
        lease_ns = _lease_ns(stage)
        before = stage.mark()
        taken = [_ordered(stage)]
        for hours in _HOURS:
            clock.set(hours)
            taken.append(_ordered(stage))
            stage.wait(trial.times.after)
        after = stage.mark()
        failures = _changed(stage, lease_ns)
        stage.wait(_UNWRITTEN_S)
        at_ns = stage.kill("_engine")
        again = [stage.back_after(at_ns, server, after.connections) for server in range(2)]
        failures += _tls_again(stage, front)
        stage.wait(trial.times.after)
        failures += _misnamed(stage)
        stage.end()
        stamps = _stamps(stage, taken)
        account = stage.account()
        failures += not_playable([stage.recording()])
    if missing := account.unrecorded(after.connections):
        failures.append(f"the recording lacks {missing} pictures of the part begun an hour earlier")
    what = "wall clock + 1 h, then − 1 h: frames lost"
    return [
        *untouched("clock", what, account, before, after, recording=True),
        holds("clock.orders", "… orders with another time than they had in the show", stamps, f"of {len(taken)}"),
        back("clock.engine", "… the engine killed an hour earlier: frames again", again, 3, trial.times.back),
        holds("clock.rest", "… lease, TLS destination, names and joining of the parts", failures),
    ]


def _ordered(stage: Stage) -> tuple[str, int, datetime]:
    """Take an order: its buyer, and when that was, monotonic and by the true wall clock."""
    stage.order()
    return stage.buyers[-1], stage.trial.now_ns(), utc_now()


def _stamps(stage: Stage, taken: list[tuple[str, int, datetime]]) -> list[str]:
    """What is wrong with the times of orders: by the show as they came, and on the wall as its clock was set."""
    lines = {str(line["buyer"]): line for line in stage.orders()}
    failures = []
    for (buyer, at_ns, wall), hours in zip(taken, (0, *_HOURS), strict=True):
        line = lines.get(buyer)
        if line is None:
            failures.append(f"{buyer} is not in the log")
            continue
        show_s, video_s = (at_ns - stage.started_ns) / 1e9, line["video_s"]
        if not isinstance(video_s, float) or not 0 <= show_s - video_s < _NEAR_S:
            failures.append(f"{buyer} is at {video_s} s of the show, not before {show_s:.1f}")
        told = datetime.fromisoformat(str(line["at"]))
        if abs((told - wall - timedelta(hours=hours)).total_seconds()) > _NEAR_S:
            failures.append(f"{buyer} came at {told}, though the clock was {hours:+d} h off {wall}")
    return failures


def _lease_ns(stage: Stage) -> int:
    with closing(WantedStore(stage.studio.workspace.wanted_db)) as store:
        lease = store.lease()
    return lease.started_ns if lease is not None else 0


def _changed(stage: Stage, lease_ns: int) -> list[str]:
    now = stage.studio.status
    failures = [] if now.mode == "live" else [f"the show is {now.mode}"]
    if _lease_ns(stage) != lease_ns:
        failures.append("the lease tells another beginning")
    return failures + [
        f"{one.name} is {one.state} after {one.reconnects} reconnects"
        for one in now.destinations
        if one.state != "live" or one.reconnects
    ]


def _tls_again(stage: Stage, front: TlsFront) -> list[str]:
    """The next engine shakes hands with it, an hour earlier."""
    try:
        stage.studio.wait_destination("tls", "live", stage.trial.times.back)
        wait_for(lambda: front.program.log.count("accepted connection") > 1, 5, "another handshake")
    except AssertionError as error:
        return [str(error).splitlines()[0][:200]]
    return []


def _misnamed(stage: Stage) -> list[str]:
    """The part that the next engine began bears the hour on the wall, which is before that of the first part."""
    recording = stage.studio.wait(lambda now: bool(now.recordings and now.recordings[0].parts), "another part")
    parts = recording.recordings[0].parts
    named = [datetime.strptime(Path(one).stem[:19], "%Y-%m-%d %H-%M-%S") for one in parts]  # noqa: DTZ007 - local
    hours = [(one - named[0]).total_seconds() / 3600 for one in named]
    return [] if len(hours) == 2 and -1.1 < hours[1] < -0.9 else [f"the parts are named {', '.join(parts)}"]
