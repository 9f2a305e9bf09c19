"""Servers fail on air: one stops taking, one dies and comes back."""

from __future__ import annotations

from studio.bench.result import Result
from tests.faults.ground import Trial
from tests.faults.results import back
from tests.faults.stage import Stage, on_air
from tests.faults.untouched import untouched

_OTHERS = "… frames lost at the other server and in the recording"


def stopped(trial: Trial) -> list[Result]:
    """One server takes nothing for a while (SIGSTOP), then goes on."""
    with on_air(trial) as stage:
        before = stage.mark()
        stage.servers[0].pause()
        stage.wait(trial.times.stalled)
        woken_ns = trial.now_ns()
        stage.servers[0].resume()
        stage.wait_fresh(woken_ns, 0)
        stage.wait(trial.times.after)
        after, words = stage.mark(), _words(stage)
        stage.end()
        account = stage.account()
    what = f"a server SIGSTOPped {trial.times.stalled:g} s: live again after it wakes"
    fresh = account.fresh_after(0, woken_ns, before.at_ns)
    return [
        back("stopped", what, [fresh], 3, trial.times.back, words),
        *untouched("stopped.others", _OTHERS, account, before, after, servers=[1], recording=True),
    ]


def killed(trial: Trial) -> list[Result]:
    """One server is killed, and started again a while later."""
    with on_air(trial) as stage:
        before = stage.mark()
        stage.servers[0].kill()
        stage.wait(trial.times.away)
        stage.servers[0].start()
        up_ns = trial.now_ns()
        again = stage.back_after(up_ns, 0, before.connections)
        stage.wait(trial.times.after)
        after, words = stage.mark(), _words(stage)
        stage.end()
        account = stage.account()
    what = f"a server kill -9, back after {trial.times.away:g} s: live again"
    fresh = account.fresh_after(0, up_ns, before.at_ns)
    return [
        back("server", what, [again], 3, trial.times.back, words),
        back("server.fresh", "… and its pictures are not older than a second", [fresh], 3, trial.times.back),
        *untouched("server.others", _OTHERS, account, before, after, servers=[1], recording=True),
    ]


def _words(stage: Stage) -> str:
    place = stage.studio.destination("one")
    return f"{place.reconnects} reconnects, {place.dropped} frames dropped there"
