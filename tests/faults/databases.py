"""Databases fail on air: locked for a while, then overwritten with noise."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from studio.bench.result import Result
from tests.faults.ground import Trial
from tests.faults.results import holds, lost
from tests.faults.stage import Stage, on_air
from tests.faults.untouched import untouched

_NOTED = "… an order is acknowledged as noted, J-n"


def locked(trial: Trial) -> list[Result]:
    """Both databases are locked by somebody else; orders are taken meanwhile; then `off` under the lock."""
    with on_air(trial) as stage:
        stage.order()
        before = stage.mark()
        with _locks(stage):
            answers = [stage.try_order()]
            stage.wait(trial.times.locked)
            answers.append(stage.try_order())
        stage.wait(trial.times.after)
        stage.order()
        after = stage.mark()
        gone = stage.lost_orders()
        with _locks(stage):
            failures = _ends(stage)
        account = stage.account()
        taken = len(stage.buyers)
    what = f"databases locked {trial.times.locked:g} s: frames lost"
    return [
        *untouched("locked", what, account, before, after, recording=True),
        holds("locked.noted", _NOTED, _not_noted(answers), f"said: {answers}"),
        lost("locked.orders", "… acknowledged orders lost", [gone], "orders", f"of {taken}"),
        holds("locked.off", "… off works while they are locked", failures),
    ]


def noise(trial: Trial) -> list[Result]:
    """The catalogue and order log is overwritten with noise, then what is wanted too."""
    with on_air(trial) as stage:
        for _ in range(3):
            stage.order()
        workspace = stage.studio.workspace
        before = stage.mark()
        _overwrite(workspace.shop_db)
        answers = [stage.try_order()]
        stage.wait(trial.times.after)
        _overwrite(workspace.wanted_db)
        stage.wait(trial.times.after)
        after = stage.mark()
        problems = "; ".join(stage.studio.status.problems)
        failures = _ends(stage)
        account = stage.account()
        restored = stage.studio.run("orders", "restore").strip().splitlines()[0]
        gone = stage.lost_orders()
        taken = len(stage.buyers)
    return [
        *untouched("noise", "databases overwritten with noise: frames lost", account, before, after, recording=True),
        holds("noise.noted", _NOTED, _not_noted(answers), f"said: {answers}"),
        lost(
            "noise.orders", "… acknowledged orders lost, once restored", [gone], "orders", f"of {taken}; {restored}"
        ),
        holds("noise.off", "… off works", failures, f"status: {problems or 'nothing'}"),
    ]


def _not_noted(answers: Sequence[str]) -> list[str]:
    return [f"an order said {one}" for one in answers if not one.startswith("J-")]


def _ends(stage: Stage) -> list[str]:
    try:
        stage.end()
    except AssertionError as error:
        return [str(error)[:300]]
    return []


@contextmanager
def _locks(stage: Stage) -> Iterator[None]:
    """Nobody else writes, and in the old journal mode nobody reads."""
    workspace = stage.studio.workspace
    with ExitStack() as stack:
        for path in (workspace.wanted_db, workspace.shop_db):
            connection = sqlite3.connect(path, timeout=20, isolation_level=None)
            stack.callback(connection.close)
            connection.execute("BEGIN EXCLUSIVE")
        yield


def _overwrite(path: Path) -> None:
    """In place, as a failing disk does; its write-ahead log too."""
    for one in (path, path.with_name(path.name + "-wal")):
        if one.exists():
            with one.open("r+b") as file:
                file.write(os.urandom(max(65536, one.stat().st_size)))
