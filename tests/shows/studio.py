"""Whole shows in their own processes, as a person starts them, and what they leave looked at."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import psutil

from studio.media.clock import SystemClock
from studio.outputs.receiver import Checked, check
from studio.show.status import DestinationStatus, Status
from studio.show.status_map import StatusMapReader
from studio.system.processes import command
from studio.workspace.paths import Workspace
from tests.services.waiting import wait_for

SHOW = """
version = 1
title = "Carved leather"
currency = "USD"

[[sources]]
name = "bench"
{source}

{more_sources}

[[scenes]]
name = "Bench"
layers = [ {{ source = "bench" }} ]

[[scenes]]
name = "Corner"
layers = [ {{ source = "bench", rect = [0.5, 0, 0.5, 0.5], fit = "contain" }} ]

[[products]]
sku = "BAG-01"
name = "Carved shoulder bag"
price = "179.00"
was = "220.00"
stock = 12

[[products]]
sku = "BELT-01"
name = "Braided belt"
price = "48.50"
stock = 2

[[feeds]]
name = "wide"
size = [640, 360]
fps = 30
video_kbps = 800
preset = "superfast"
{feed}

{destinations}

[on_air]
scene = "Bench"
feature = "BAG-01"
record = {record}
"""


def show_file(
    folder: Path,
    *,
    source: str = 'kind = "demo"',
    more_sources: str = "",
    feed: str = "",
    destinations: str = "",
    record: bool = True,
) -> Path:
    """A small show on disk: one feed of 640×360, so that many shows fit on two cores."""
    path = folder / "show.toml"
    path.write_text(
        SHOW.format(
            source=source,
            more_sources=more_sources,
            feed=feed,
            destinations=destinations,
            record=str(record).lower(),
        ),
        encoding="utf-8",
    )
    return path


class Live:
    """`benchcast live` as a process of its own."""

    def __init__(self, args: Sequence[str], env: dict[str, str], prefix: Sequence[str] = ()) -> None:
        """`prefix`: words before the command, such as those that run it in another network."""
        self.process = subprocess.Popen(
            [*prefix, *command("live", *args, "--json")],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.statuses: list[Status] = []
        self.errors = ""
        self._threads = [
            threading.Thread(target=self._read, name="live:out"),
            threading.Thread(target=self._read_errors, name="live:err"),
        ]
        for thread in self._threads:
            thread.start()

    def wait(self, timeout: float = 60.0) -> int:
        """Its exit status, once it has ended."""
        status = self.process.wait(timeout)
        for thread in self._threads:
            thread.join(5)
        return status

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    @property
    def final(self) -> Status:
        """The last status, which must be the final one."""
        assert self.statuses, f"no status was printed; it said: {self.errors}"
        assert self.statuses[-1].final
        return self.statuses[-1]

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.statuses.append(msgspec.json.decode(line, type=Status))

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors += line


class Studio:
    """A workspace with whatever runs in it."""

    def __init__(self, workspace: Workspace, env: dict[str, str] | None = None, prefix: Sequence[str] = ()) -> None:
        """`prefix`: words before the command that goes live."""
        self.workspace, self._prefix = workspace, prefix
        self.env = {**os.environ, "BENCHCAST_HOME": str(workspace.home), **(env or {})}
        self._reader = StatusMapReader(workspace.status)
        self._lives: list[Live] = []

    def live(self, *args: str | Path) -> Live:
        """Start a show; does not wait."""
        live = Live([str(one) for one in args], self.env, self._prefix)
        self._lives.append(live)
        return live

    def run(self, *args: str, status: int = 0, stdin: str = "") -> str:
        """Run a command to its end, and expect this exit status; what it printed, errors after the rest."""
        done = subprocess.run(
            command(*args), env=self.env, input=stdin, capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == status, f"benchcast {args[0]}: {done.returncode}: {done.stdout}{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    @property
    def status(self) -> Status:
        return self._reader.status() or Status()

    def wait(self, wanted: Callable[[Status], bool], what: str, timeout: float = 30.0) -> Status:
        """The first status that is as wanted."""

        def look() -> Status | None:
            now = self._reader.status()  # none: met half written, on a busy computer
            return now if now is not None and wanted(now) else None

        try:
            return wait_for(look, timeout, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; now {self.status}; {self.logs()}") from None

    def on_air(self, frames: int = 15) -> Status:
        """Wait until a show is on air and has made some frames."""
        return self.wait(lambda now: now.mode == "live" and now.feeds[0].frames >= frames, "a show on air")

    def destination(self, name: str) -> DestinationStatus:
        return next(one for one in self.status.destinations if one.name == name)

    def wait_destination(self, name: str, state: str, timeout: float = 30.0) -> DestinationStatus:
        def so(now: Status) -> bool:
            return any(one.name == name and one.state == state for one in now.destinations)

        now = self.wait(so, f"{name} {state}", timeout)
        return next(one for one in now.destinations if one.name == name)

    def wait_frames(self, more: int, timeout: float = 30.0) -> None:
        """Wait until the first feed has made so many frames more."""
        then = self.status.feeds[0].frames + more
        self.wait(lambda now: bool(now.feeds) and now.feeds[0].frames >= then, f"{more} more frames", timeout)

    def wait_ended(self, timeout: float = 30.0) -> None:
        """Wait until no process of this workspace is left."""
        wait_for(lambda: not self.processes(), timeout, "all processes to end")

    def processes(self, role: str = "") -> list[psutil.Process]:
        """Our processes of this workspace, by role: `_keeper`, `_engine`, `_source`; default: those three."""
        roles = {role} if role else {"_keeper", "_engine", "_source"}
        return [one for one in psutil.process_iter() if _is_ours(one, roles, str(self.workspace.home))]

    def process(self, role: str) -> psutil.Process:
        """The one process of that role."""
        return wait_for(lambda: next(iter(self.processes(role)), None), 15, role)

    def logs(self) -> str:
        """The tails of all logs."""
        tails = [f"{path.name}: {path.read_text(errors='replace')[-1500:]}" for path in self._log_files()]
        return "\n".join(tails)

    def close(self) -> None:
        """End everything, the hard way where it must be."""
        for one in self.processes():
            if one.name() and one.is_running():
                one.resume()
        if self.processes():
            subprocess.run(command("off"), env=self.env, capture_output=True, check=False, timeout=30)
        for live in self._lives:
            if live.process.poll() is None:
                live.process.kill()
            live.wait()
            for stream in (live.process.stdout, live.process.stderr):
                if stream is not None:
                    stream.close()
        clock = SystemClock()
        deadline = clock.now_ns() + 5_000_000_000
        while self.processes() and clock.now_ns() < deadline:
            clock.wait_until(clock.now_ns() + 50_000_000, threading.Event())
        for role in ("_keeper", "_engine", "_source"):
            for one in self.processes(role):
                one.kill()
        wait_for(lambda: not self.processes(), 10, "processes to be gone")

    def _log_files(self) -> list[Path]:
        return sorted(self.workspace.logs.glob("*"))


def _is_ours(process: psutil.Process, roles: set[str], home: str) -> bool:
    try:
        line = process.cmdline()
        return (
            bool(roles.intersection(line))
            and "studio" in line
            and process.status() != psutil.STATUS_ZOMBIE
            and process.environ().get("BENCHCAST_HOME") == home
        )
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return False


def looked_at(path: Path) -> Checked:
    """Decode a file whole, and expect of it what must be so of every stream and recording."""
    found = check(path)
    assert found.errors == 0
    assert found.rising
    assert found.longest_key_distance <= 3.0, "two seconds, and what a busy machine skips"
    assert found.frames > 0
    assert found.sound_seconds > 0
    return found


def json_lines(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
