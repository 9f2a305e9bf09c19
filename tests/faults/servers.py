"""Servers fail on air: one stops taking, one dies and comes back."""

from __future__ import annotations

from studio.bench.result import Result
from studio.show.status import Status
from tests.faults.ground import Trial
from tests.faults.results import back, lost
from tests.faults.stage import Stage, on_air


def stopped(trial: Trial) -> list[Result]:
    """One server takes nothing for a while (SIGSTOP), then goes on."""
    with on_air(trial) as stage:
        before, at_ns = stage.studio.status, trial.now_ns()
        stage.servers[0].pause()
        stage.wait(trial.times.stalled)
        woken_ns = trial.now_ns()
        stage.servers[0].resume()
        fresh = stage.fresh_after(woken_ns, 0)
        stage.wait(trial.times.after)
        what = f"a server SIGSTOPped {trial.times.stalled:g} s: live again after it wakes"
        return [
            back("stopped", what, [fresh], 3, trial.times.back, _words(stage)),
            *_others(stage, "stopped", before, at_ns),
        ]


def killed(trial: Trial) -> list[Result]:
    """One server is killed, and started again a while later."""
    with on_air(trial) as stage:
        before, at_ns = stage.studio.status, trial.now_ns()
        known = stage.connections
        stage.servers[0].kill()
        stage.wait(trial.times.away)
        stage.servers[0].start()
        again = stage.back_after(trial.now_ns(), 0, known)
        stage.wait(trial.times.after)
        what = f"a server kill -9, back after {trial.times.away:g} s: live again"
        return [
            back("server", what, [again], 3, trial.times.back, _words(stage)),
            *_others(stage, "server", before, at_ns),
        ]


def _others(stage: Stage, name: str, before: Status, at_ns: int) -> list[Result]:
    """What the other server and the recording lost."""
    until_ns = stage.trial.now_ns()
    skipped = stage.skipped(before)
    stage.end()
    _, other, recorded = stage.losses(at_ns, until_ns)
    what = "… frames lost at the other server and in the recording"
    return [lost(f"{name}.others", what, [other, recorded], detail=f"{skipped} ticks skipped")]


def _words(stage: Stage) -> str:
    place = stage.studio.destination("one")
    return f"{place.reconnects} reconnects, {place.dropped} frames dropped there"
