"""The computer sleeps, and its wall clock is set."""

from __future__ import annotations

import signal

import psutil

from studio.bench.result import Result, unmeasured
from tests.faults.ground import Trial
from tests.faults.results import back, holds
from tests.faults.stage import not_playable, on_air


def frozen(trial: Trial) -> list[Result]:
    """Every process of the studio stands still for a while, as in sleep."""
    with on_air(trial) as stage:
        stage.order()
        before = stage.studio.status
        everyone = [*stage.studio.processes(), psutil.Process(stage.live.process.pid)]
        for one in everyone:
            one.send_signal(signal.SIGSTOP)
        stage.wait(trial.times.frozen)
        woken_ns = trial.now_ns()
        for one in everyone:
            one.send_signal(signal.SIGCONT)
        again = [stage.fresh_after(woken_ns, server) for server in range(2)]
        stage.wait(trial.times.after)
        now = stage.studio.status
        failures = []
        if now.show_id != before.show_id or now.mode != "live":
            failures.append(f"the show is {now.mode}")
        failures += [f"{one.name} is {one.state}" for one in now.destinations if one.state != "live"]
        failures += [f"{one.name} is {one.state}" for one in now.sources if one.state != "ok"]
        stage.end()
        if gone := stage.lost_orders():
            failures.append(f"{gone} orders are lost")
        failures += not_playable(stage)
        engine = "the same engine" if now.pid == before.pid else "another engine"
    what = f"all processes frozen {trial.times.frozen:g} s (sleep)"
    return [
        back("frozen", f"{what}: pictures again", again, 6, trial.times.back, engine),
        holds("frozen.rest", "… nothing but the gap", failures),
    ]


def wall_clock(_trial: Trial) -> list[Result]:
    """Not made: whoever sets this clock sets it for every program of the computer."""
    why = "the wall clock belongs to the whole computer (no namespace has its own): see tests of what reads it"
    return [unmeasured("clock", "wall clock ± 1 h", why)]
