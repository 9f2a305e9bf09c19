"""`benchcast demo`: the whole loop on this computer, with a sample show and a real receiver, all checked."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from studio.errors import InputError, StudioError
from studio.media.clock import SystemClock
from studio.show.status import Status
from studio.system import has_screen
from studio.system.processes import command
from studio.workspace.paths import Workspace, open_workspace
from studio.workspace.resources import resource

_PATIENCE_S = 40.0  # beyond the show itself, for slow machines


@dataclass(slots=True)
class _Run:
    """What has been seen so far."""

    last: Status = field(default_factory=Status)
    order: int = 0
    failed: list[str] = field(default_factory=list)


def run_demo(seconds: float, out: str) -> int:
    """Run the demo; 0 only if the received stream and the recording were decoded and found right."""
    folder = Path(out).expanduser().absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"--out {out}", f"cannot be made ({error.strerror})", do="name a folder that you may write to"
        ) from error
    received, recording, picture = (folder / name for name in ("received.flv", "recording.mp4", "on-air.jpg"))
    for path in (received, recording, picture):
        path.unlink(missing_ok=True)
    home = Path(tempfile.mkdtemp(prefix="benchcast-demo-"))
    run = _Run()
    console = Console(highlight=False)
    try:
        workspace = open_workspace(home)
        console.print(f"The sample show goes on air for {seconds:g} s, to a receiver on this computer …")
        receiver, port = _start_receiver(received)
        try:
            live = _go_live(workspace, port, seconds, recording)
            window = _open_window(workspace)
            try:
                _follow(live, run, seconds, workspace, console)
            finally:
                if window is not None:
                    window.terminate()
                    window.wait(10)
            if live.returncode != 0:
                run.failed.append(f"the show ended with {live.returncode}")
            receiver.wait(15)
        finally:
            if receiver.poll() is None:
                receiver.kill()
                receiver.wait()
        stream = _check(received, picture, run, "the received stream")
        file = _check(recording, None, run, "the recording")
        _judge(stream, file, seconds, run)
        console.print(_table(stream, file, run, folder))
    finally:
        if not run.failed:
            shutil.rmtree(home, ignore_errors=True)
    for problem in run.failed:
        console.print(f"[red]Failed[/red]: {problem}")
    if run.failed:
        console.print(f"Logs are in {home / 'logs'}")
    return 1 if run.failed else 0


def _start_receiver(received: Path) -> tuple[subprocess.Popen[bytes], int]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    url = f"rtmp://127.0.0.1:{port}/live/demo"
    receiver = subprocess.Popen(
        command("_receiver", "receive", url, str(received)), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE
    )
    assert receiver.stdout is not None
    if receiver.stdout.readline().strip() != b"listening":
        raise StudioError("The receiver does not start", do="run the demo again")
    return receiver, port


def _go_live(workspace: Workspace, port: int, seconds: float, recording: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *command("live", str(resource("sample", "sample.toml"))),
            *("--seconds", f"{seconds:g}", "--json", "--record", str(recording)),
            *("--to", f"rtmp://127.0.0.1:{port}/live/demo"),
        ],
        env={**os.environ, "BENCHCAST_HOME": str(workspace.home)},
        stdout=subprocess.PIPE,
        text=True,
    )


def _open_window(workspace: Workspace) -> subprocess.Popen[bytes] | None:
    """With a screen, the window shows that show."""
    if not has_screen():
        return None
    return subprocess.Popen(command("")[:-1], env={**os.environ, "BENCHCAST_HOME": str(workspace.home)})


def _follow(live: subprocess.Popen[str], run: _Run, seconds: float, workspace: Workspace, console: Console) -> None:
    """Read the show's status to its end; take one order and change product and price on the way."""
    acts: list[tuple[float, Callable[[], object]]] = [
        (0.2, lambda: _command(run, workspace, "feature", "FOX-03")),
        (0.4, lambda: _command(run, workspace, "price", "FOX-03", "12.50")),
        (0.5, lambda: _take_order(run, workspace)),
        (0.7, lambda: _command(run, workspace, "feature", "BAG-01")),
    ]
    stop = threading.Event()
    threading.Thread(target=_kill_late, args=(live, seconds + _PATIENCE_S, stop), daemon=True).start()
    assert live.stdout is not None
    for line in live.stdout:
        run.last = msgspec.json.decode(line, type=Status)
        while acts and run.last.t >= acts[0][0] * seconds and not run.last.final:
            acts.pop(0)[1]()
        if console.is_terminal:
            console.print(f"\r  {run.last.t:5.1f} s", end="")
    stop.set()
    live.wait(10)
    if console.is_terminal:
        console.print()
    if not run.order:
        run.failed.append("the show ended before an order was taken")
    if not run.last.final:
        run.failed.append("the show gave no final status")


def _kill_late(process: subprocess.Popen[str], seconds: float, stop: threading.Event) -> None:
    clock = SystemClock()
    if not clock.wait_until(clock.now_ns() + int(seconds * 1e9), stop):
        process.kill()


def _command(run: _Run, workspace: Workspace, *args: str) -> str:
    done = subprocess.run(
        command(*args),
        env={**os.environ, "BENCHCAST_HOME": str(workspace.home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        run.failed.append(f"benchcast {args[0]}: {done.stderr.strip()}")
    return done.stdout


def _take_order(run: _Run, workspace: Workspace) -> None:
    said = _command(run, workspace, "orders", "add", "--sku", "FOX-03", "--qty", "1", "--channel", "demo")
    numbers = [int(word) for word in said.replace(".", " ").split() if word.isdigit()]
    if numbers:
        run.order = numbers[0]
    else:
        run.failed.append("no order number was given")


def _check(path: Path, picture: Path | None, run: _Run, what: str) -> dict[str, Any]:
    done = subprocess.run(
        command("_receiver", "check", str(path), *([str(picture)] if picture else [])),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode:
        run.failed.append(f"{what}: {done.stderr.strip()}")
        return {}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _judge(stream: dict[str, Any], file: dict[str, Any], seconds: float, run: _Run) -> None:
    """What must be so for the demo to have worked."""
    for what, found in (("the received stream", stream), ("the recording", file)):
        if not found:
            continue
        if found["errors"] or not found["rising"]:
            run.failed.append(f"{what} has {found['errors']} broken packets, time stamps rise: {found['rising']}")
        if found["seconds"] < seconds - 3 or found["sound_seconds"] < seconds - 3:
            run.failed.append(
                f"{what}: {found['seconds']} s of picture, {found['sound_seconds']} s of sound, not {seconds:g} s"
            )
        if found["longest_key_distance"] > 2.1:
            run.failed.append(f"{what} has {found['longest_key_distance']} s between two key frames")


def _table(stream: dict[str, Any], file: dict[str, Any], run: _Run, folder: Path) -> Table:
    table = Table(title="What was measured", show_header=False, title_justify="left")
    feed = run.last.feeds[0] if run.last.feeds else None
    destination = run.last.destinations[0] if run.last.destinations else None
    rows = [
        ("frames out", str(destination.frames if destination else 0)),
        ("dropped, skipped", f"{destination.dropped if destination else 0}, {feed.skipped if feed else 0}"),
        ("preset, picture", f"{feed.preset if feed else '–'}, {stream.get('width', 0)}×{stream.get('height', 0)}"),
        ("received", f"{stream.get('frames', 0)} frames, {stream.get('kbps', 0)} kb/s, decoded without errors"),
        ("recording", f"{file.get('seconds', 0)} s, decoded without errors"),
        ("order number", str(run.order or "–")),
        ("files", str(folder)),
    ]
    for name, value in rows:
        table.add_row(name, value)
    return table
