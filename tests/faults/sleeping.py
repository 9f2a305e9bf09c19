"""The computer sleeps: nobody in the studio runs for a while."""

from __future__ import annotations

import signal

import psutil

from studio.bench.result import Result
from tests.faults.arrivals import FPS
from tests.faults.ground import Trial
from tests.faults.recorded import not_playable
from tests.faults.results import back, holds, lost
from tests.faults.stage import Stage, on_air

_BACK_S = 6
_HELD_S = 1.0  # of pictures before it, which the encoder held: they are part of the gap


def frozen(trial: Trial) -> list[Result]:
    """Every process of the studio stands still for a while, as in sleep."""
    with on_air(trial) as stage:
        stage.order()
        shown = stage.studio.status
        everyone = [*stage.studio.processes(), psutil.Process(stage.live.process.pid)]
        before = stage.mark()
        for one in everyone:
            one.send_signal(signal.SIGSTOP)
        stage.wait(trial.times.frozen)
        woken_ns = trial.now_ns()
        for one in everyone:
            one.send_signal(signal.SIGCONT)
        for server in range(2):
            stage.wait_fresh(woken_ns, server)
        stage.wait(trial.times.after)
        after, failures = stage.mark(), _changed(stage, shown.show_id)
        stage.end()
        if gone := stage.lost_orders():
            failures.append(f"{gone} orders are lost")
        account = stage.account()
        failures += not_playable([stage.recording()])
    if after.pid != before.pid:
        failures.append("another engine is at work")
    again = [account.fresh_after(server, woken_ns, before.at_ns) for server in range(2)]
    held = account.missing(before.at_ns, before.at_ns, round(_HELD_S * 1e9))
    sooner = account.missing(before.at_ns - round(_HELD_S * 1e9), before.at_ns - round(_HELD_S * 1e9))
    later = account.missing(account.resumed_ns(woken_ns), after.at_ns, 0)
    lacks_s = (after.at_ns - account.started_ns) / 1e9 - account.recorded[-1].show_s
    if lacks_s > _HELD_S:
        failures.append(f"the recording ends {lacks_s:.1f} s too early")
    counts = [sum(pair) for pair in zip(sooner.servers, later.servers, strict=True)]
    edge = max(*held.servers, held.recording)
    return [
        back(
            "frozen",
            f"all processes frozen {trial.times.frozen:g} s (sleep): pictures again",
            again,
            _BACK_S,
            trial.times.back,
            f"the gap begins {edge / FPS:.2f} s before, with what the encoder held",
        ),
        lost(
            "frozen.frames",
            "… frames lost outside the gap, at the servers and in the recording",
            [*counts, sooner.recording + later.recording],
            detail=f"{sooner.everywhere + later.everywhere} of them skipped",
            skipped=sooner.everywhere + later.everywhere,
        ),
        holds("frozen.rest", "… nothing but the gap: show, orders, recording, one fresh connection each", failures),
    ]


def _changed(stage: Stage, show_id: str) -> list[str]:
    """What is not as before, in words."""
    now = stage.studio.status
    failures = [] if now.show_id == show_id and now.mode == "live" else [f"the show is {now.mode}"]
    failures += [
        f"{one.name} is {one.state} after {one.reconnects} reconnects"
        for one in now.destinations
        if one.state != "live" or one.reconnects != 1
    ]
    failures += [f"{one.name} is {one.state}" for one in now.sources if one.state != "ok"]
    if stage.connections != [2, 2]:
        failures.append(f"the servers had {stage.connections} connections, not 2 each")
    return failures
