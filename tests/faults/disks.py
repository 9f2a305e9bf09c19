"""Disks fill up on air: the recording's, the workspace's, the one for maps and rings. Needs the right to mount."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from studio.bench.result import Result, unmeasured
from studio.workspace.paths import open_workspace
from tests.faults.account import Account
from tests.faults.ground import Trial
from tests.faults.recorded import not_playable
from tests.faults.results import holds
from tests.faults.stage import Stage, on_air
from tests.faults.untouched import untouched

_SIZE = "1g"  # so large that no floor is met before it is filled
_UNWRITTEN_NS = 2_000_000_000  # a fragment of a second, and what the encoder still held


def may_mount() -> bool:
    return sys.platform == "linux" and os.geteuid() == 0


def full(trial: Trial) -> list[Result]:
    """Each of the three disks fills up, in a show of its own."""
    if not may_mount():
        return [unmeasured("disk", "disk full", "needs Linux, and to be allowed to mount")]
    results = []
    for name in ("recording", "workspace", "runtime"):
        home = trial.ground.place(f"disk-{name}")
        workspace = None
        folder = home
        if name == "recording":
            folder = home / "recordings"
            folder.mkdir()
        elif name == "runtime":
            workspace = open_workspace(home)
            folder = workspace.runtime
        with small_disk(folder), on_air(trial, home=home) as stage:
            results += _fill_up(stage, name, folder)
        if workspace is not None:
            shutil.rmtree(workspace.runtime, ignore_errors=True)
    return results


def _fill_up(stage: Stage, name: str, folder: Path) -> list[Result]:
    before = stage.mark()
    fill(folder)
    stage.wait(stage.trial.times.after)
    after = stage.mark()
    now = stage.studio.status
    failures = []
    try:
        stage.end()
    except AssertionError as error:
        failures.append(f"off: {error}")
    account = stage.account()
    failures += not_playable([stage.recording()])
    # The runtime folder holds no recording: that one goes on to the end.
    until_ns = after.at_ns if name == "runtime" else before.at_ns - _UNWRITTEN_NS
    kept = account.missing(account.started_ns, until_ns, 0)
    if lacks := kept.recording - kept.everywhere:
        failures.append(f"the recording lacks {lacks} frames that the servers got")
    ends_s = (before.at_ns - account.started_ns) / 1e9 - _last_s(account)
    state = f"recording {now.recordings[0].state}" if now.recordings else "no recording"
    return [
        *untouched(f"disk.{name}", f"disk full, {name}: frames lost on air", account, before, after),
        holds(
            f"disk.{name}.kept",
            "… the recording up to then plays, off works",
            failures,
            f"{state}; its last picture is of {abs(ends_s):.2f} s {'before' if ends_s > 0 else 'after'} that",
        ),
    ]


def _last_s(account: Account) -> float:
    """The recording's last picture, by the show's time."""
    return account.recorded[-1].show_s if account.recorded else 0.0


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system in memory over a folder."""
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SIZE},mode=700", "tmpfs", str(folder)],
        check=True,
        capture_output=True,
    )
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Take all the room there is, at once and then to the last byte."""
    with (folder / "filler").open("wb", buffering=0) as file:
        room = shutil.disk_usage(folder).free
        at = 0
        while room >= 4096:
            try:
                os.posix_fallocate(file.fileno(), at, room)
                at += room
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise
                room //= 2
        file.seek(0, os.SEEK_END)
        try:
            while True:
                file.write(bytes(4096))
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
