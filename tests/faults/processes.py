"""Our own processes are killed on air: engine, window, command, keeper, and some of them together."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import psutil

from studio.bench.result import Result, judged
from tests.faults.account import Account
from tests.faults.camera import looks
from tests.faults.ground import Trial
from tests.faults.recorded import length_s, not_playable
from tests.faults.results import back, holds, lost, timed
from tests.faults.sources import moving_again_s
from tests.faults.stage import NAMES, Mark, Stage, on_air, window
from tests.faults.untouched import untouched

_PAIR_S = 6  # the bar for keeper and engine: the table has none for a camera's worker with one of them
_OFF_S = 0.25  # time codes are read by people


def engine(trial: Trial) -> list[Result]:
    """The engine is killed."""
    with on_air(trial) as stage:
        stage.order()
        before = stage.mark()
        at_ns = stage.kill("_engine")
        kept = trial.ground.place("kept") / "part.mp4"
        shutil.copy(stage.recordings()[-1], kept)
        stage.order()
        again = _again(stage, at_ns, before)
        stage.order()
        stage.wait(trial.times.after)
        stage.end()
        missing_orders = stage.lost_orders()
        account = stage.account()
        whole = not_playable([stage.recording()])
        of_all = f"of {len(stage.buyers)}, one while it was dead"
    unrecorded_s = (at_ns - account.started_ns) / 1e9 - length_s(kept)
    return [
        back("engine", "engine kill -9: frames at the servers again", again, 3, trial.times.back),
        judged("engine.recording", "… of the recording lost before it", unrecorded_s, "s", bound=2),
        *_recorded_after("engine", account, before, at_ns),
        lost("engine.orders", "… orders lost", [missing_orders], "orders", of_all),
        holds("engine.files", "… the recording, its parts joined, plays", whole),
    ]


def others(trial: Trial) -> list[Result]:
    """Window, keeper and command are killed, one after the other, in one show."""
    with on_air(trial) as stage:
        with window(stage) as opened:
            stage.wait(trial.times.warm)
            killed = [_killed(stage, "window", opened.kill)]
        keeper = stage.studio.process("_keeper")
        killed.append(_killed(stage, "keeper", keeper.kill))
        another = any(one.pid != keeper.pid for one in stage.studio.processes("_keeper"))
        killed.append(_killed(stage, "command", stage.live.process.kill))
        stage.end()
        account = stage.account()
    results = []
    for name, before, after in killed:
        results += untouched(name, f"{name} kill -9: frames lost at the servers", account, before, after)
    return [
        *results,
        holds("keeper.back", "… another keeper is there", [] if another else ["there is none"]),
    ]


def together(trial: Trial) -> list[Result]:
    """Keeper and engine are killed at once, with a window open: while the command lives, and when it is dead."""
    what = "keeper and engine kill -9 together, window open"
    return [
        *_together(trial, "together", f"{what}: frames again", alone=False),
        *_together(trial, "together.alone", "… the command dead too: frames again", alone=True),
    ]


def _together(trial: Trial, name: str, what: str, *, alone: bool) -> list[Result]:
    """`alone`: only the window can bring them back. It knows no key of a command's, so those are in a keyring."""
    with on_air(trial, in_keyring=alone) as stage:
        with window(stage):
            if alone:
                stage.live.process.kill()
                stage.live.process.wait()
            before = stage.mark()
            at_ns = _killed_at_once(stage, stage.studio.process("_keeper"), stage.studio.process("_engine"))
            again = _again(stage, at_ns, before)
            stage.wait(trial.times.after)
            failures = [] if stage.studio.processes("_keeper") else ["no keeper is there"]
        stage.end()
        account = stage.account()
    return [
        back(name, what, again, 6, trial.times.back, failures=failures),
        *_recorded_after(name, account, before, at_ns),
    ]


def pairs(trial: Trial) -> list[Result]:
    """A camera's worker is killed together with the engine, and later with the keeper."""
    with on_air(trial) as stage:
        before = stage.mark()
        engine_ns = _killed_at_once(stage, stage.studio.process("_engine"), stage.worker("bench"))
        again = _again(stage, engine_ns, before)
        stage.wait(trial.times.after)
        middle = stage.mark()
        keeper_ns = _killed_at_once(stage, stage.studio.process("_keeper"), stage.worker("bench"))
        stage.wait(trial.times.after + _PAIR_S)
        after = stage.mark()
        stage.end()
        account = stage.account()
        seen = looks(stage.recording())
    waited = trial.times.back
    at_s = [(at_ns - account.started_ns) / 1e9 for at_ns in (engine_ns, keeper_ns)]
    pictures = [[moving_again_s(seen, one, one)] for one in at_s]
    what = "and source worker kill -9 together"
    return [
        back("pairs.engine", f"engine {what}: frames again", again, 3, waited),
        back("pairs.engine.picture", "… the camera's picture again", pictures[0], _PAIR_S, waited),
        *_recorded_after("pairs.engine", account, before, engine_ns, keeper_ns),
        *untouched("pairs.keeper", f"keeper {what}: frames lost at the servers", account, middle, after),
        back("pairs.keeper.picture", "… the camera's picture again", pictures[1], _PAIR_S, waited),
    ]


def _again(stage: Stage, at_ns: int, before: Mark) -> list[float | None]:
    """Seconds to the first frame of a new connection, at each server."""
    return [stage.back_after(at_ns, server, before.connections) for server in range(len(NAMES))]


def _recorded_after(
    name: str, account: Account, before: Mark, at_ns: int, until_ns: int | None = None
) -> list[Result]:
    """What the next engine sent is in the recording too, at its own time: then it is as old there as before."""
    until_ns = until_ns or account.ended_ns
    off_s = [
        abs(account.usual_age_s(server, at_ns, until_ns) - account.usual_age_s(server, 0, before.at_ns))
        for server in range(len(NAMES))
    ]
    return [
        lost(
            f"{name}.after",
            "… frames that the servers got afterwards and the recording lacks",
            [account.unrecorded(before.connections)],
        ),
        timed(f"{name}.time", "… by how much its time codes are off afterwards", max(off_s), _OFF_S),
    ]


def _killed_at_once(stage: Stage, *processes: psutil.Process) -> int:
    """Kill them so that none sees another die; when."""
    for one in processes:
        one.suspend()
    at_ns = stage.trial.now_ns()
    for one in processes:
        one.kill()
    return at_ns


def _killed(stage: Stage, name: str, kill: Callable[[], object]) -> tuple[str, Mark, Mark]:
    """Kill it and wait; from when to when to look."""
    before = stage.mark()
    kill()
    stage.wait(stage.trial.times.after)
    return name, before, stage.mark()
