"""Our own processes are killed on air: engine, window, command, keeper, and two of them together."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from studio.bench.result import Result
from tests.faults.ground import Trial
from tests.faults.results import back, holds, lost
from tests.faults.stage import Stage, not_playable, on_air, picture_times, window


def engine(trial: Trial) -> list[Result]:
    """The engine is killed."""
    with on_air(trial) as stage:
        stage.order()
        known, at_ns = stage.connections, stage.kill("_engine")
        part = stage.recordings()[-1]
        kept = trial.ground.folder / "part.mp4"
        shutil.copy(part, kept)
        stage.order()
        again = [stage.back_after(at_ns, server, known) for server in range(2)]
        started_ns = stage.started_ns()
        stage.order()
        stage.wait(trial.times.after)
        stage.end()
        missing_orders = stage.lost_orders()
        whole = not_playable(stage)
    unrecorded = (at_ns - started_ns) / 1e9 - picture_times(kept)[-1]
    return [
        back("engine", "engine kill -9: frames at the servers again", again, 3, trial.times.back),
        back("engine.recording", "… of the recording lost before it", [unrecorded], 2, trial.times.back),
        lost(
            "engine.orders",
            "… orders lost",
            [missing_orders],
            "orders",
            f"of {len(stage.buyers)}, one while it was dead",
        ),
        holds("engine.files", "… recordings that do not play", whole, f"{len(stage.recordings())} files"),
    ]


def others(trial: Trial) -> list[Result]:
    """Window, keeper and command are killed, one after the other, in one show."""
    with on_air(trial) as stage:
        with window(stage) as opened:
            stage.wait(trial.times.warm)
            killed = [_killed(stage, "window", opened.kill)]
        killed.append(_killed(stage, "keeper", stage.studio.process("_keeper").kill))
        killed.append(_killed(stage, "command", stage.live.process.kill))
        stage.end()
        return [
            lost(
                name,
                f"{name} kill -9: frames lost at the servers",
                stage.losses(at_ns, until_ns)[:2],
                detail=f"{skipped} ticks skipped",
            )
            for name, at_ns, until_ns, skipped in killed
        ]


def together(trial: Trial) -> list[Result]:
    """Keeper and engine are killed at once, with a window open."""
    with on_air(trial) as stage:
        with window(stage):
            both = [stage.studio.process(role) for role in ("_keeper", "_engine")]
            for one in both:
                one.suspend()  # neither may see the other die
            known, at_ns = stage.connections, trial.now_ns()
            for one in both:
                one.kill()
            again = [stage.back_after(at_ns, server, known) for server in range(2)]
            stage.wait(trial.times.after)
        stage.end()
    what = "keeper and engine kill -9 together, window open: frames again"
    return [back("together", what, again, 6, trial.times.back)]


def _killed(stage: Stage, name: str, kill: Callable[[], object]) -> tuple[str, int, int, int]:
    """Kill it and wait; from when to when to look, and how many ticks were skipped meanwhile."""
    before, at_ns = stage.studio.status, stage.trial.now_ns()
    kill()
    stage.wait(stage.trial.times.after)
    return name, at_ns, stage.trial.now_ns(), stage.skipped(before)
