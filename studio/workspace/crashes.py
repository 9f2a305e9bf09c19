"""Crash reports: what is known of a process of ours that died, a text file each, kept in the workspace.

They go nowhere by themselves. What is taken into one is cleaned first: addresses lose everything but the host, and
every line its quoted values, for a key, a buyer or a line of a file may be in there.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import re
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from studio import __version__
from studio.errors import StudioError
from studio.media.clock import Clock, utc_now
from studio.system.locks import WorkspaceLock, is_held
from studio.workspace.clean import clean, whole_lines
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)

KEPT = 20
_AGAIN_NS = 60_000_000_000  # the same death once a minute: a camera may crash its process each second
_WORDS_BYTES = 64 * 1024
_LOG_BYTES = 256 * 1024
_LOG_LINES = 60
_KEEPER_LINES = 15
_IN_ORDER = {0, 3, -signal.SIGTERM, -signal.SIGINT}  # 3: another process has that place
_PARTS = {"PySide6": "PySide6-Essentials", "OpenCV": "opencv-python-headless", "PyAV": "av", "NumPy": "numpy"}

_LOG_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} [A-Z]+ (\d+) ")


@dataclass(frozen=True, slots=True)
class Death:
    """The end of a process.

    Attributes:
        role: keeper, engine, source or window.
        pid: its number.
        status: its exit status, negative for a signal; None: nobody waited for it.
        said_from: where in its error file its own words begin, in bytes.
        name: which of them, where there are several.
    """

    role: str
    pid: int
    status: int | None
    said_from: int = 0
    name: str = ""

    @property
    def is_crash(self) -> bool:
        return self.status not in _IN_ORDER


class CrashDesk:
    """Reports the deaths of one child after the other, each on a short-lived thread: the disk may be slow."""

    def __init__(self, workspace: Workspace, clock: Clock) -> None:
        self._workspace, self._clock = workspace, clock
        self._noted: dict[int | None, int] = {}  # by status: when
        self._since = 0  # deaths of which no report was written

    def note(self, death: Death) -> None:
        """Report a death, unless it was in order, or one like it was reported within the last minute."""
        if not death.is_crash:
            return
        now_ns = self._clock.now_ns()
        noted_ns = self._noted.get(death.status)
        if noted_ns is not None and now_ns - noted_ns < _AGAIN_NS:
            self._since += 1
            return
        self._noted[death.status] = now_ns
        more, self._since = self._since, 0
        threading.Thread(target=self._write, args=(death, more), name="crash", daemon=True).start()

    def _write(self, death: Death, more: int) -> None:
        try:
            write_crash(self._workspace, death, more=more)
        except OSError as error:
            log.warning("what the %s died of cannot be written down: %s", death.role, error)


class Presence:
    """Tells the next process of a role whether the one before ended in order. For those that nobody watches.

    The mark lies in the runtime folder, with a lock that the system frees when the process dies; a restarted computer
    has neither, and its end was no crash.
    """

    def __init__(self, workspace: Workspace, role: str, *, watched: bool = False) -> None:
        """`watched`: the keeper tells of the one before, by `left_behind`."""
        self._workspace, self._role, self._watched = workspace, role, watched
        self._mark = workspace.runtime / f"alive-{role}-{os.getpid()}.json"
        self._lock = WorkspaceLock(self._mark.with_suffix(".lock"))

    def __enter__(self) -> None:
        """Report those before us, and be there."""
        try:
            for death in [] if self._watched else left_behind(self._workspace, self._role):
                write_crash(self._workspace, death)
            if self._lock.acquire():
                said_from = _size(self._workspace.logs / f"{self._role}.err")
                self._mark.write_text(json.dumps({"pid": os.getpid(), "said_from": said_from}), encoding="ascii")
        except OSError as error:
            log.warning("how the last %s ended cannot be looked at: %s", self._role, error)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Gone in order; after a fault of ours, the next of us tells of it."""
        if error is not None and not isinstance(error, SystemExit | KeyboardInterrupt | StudioError):
            log.error("the %s failed", self._role, exc_info=error)
            self._lock.release()
            return
        self._mark.unlink(missing_ok=True)
        self._lock.release()
        self._mark.with_suffix(".lock").unlink(missing_ok=True)


def left_behind(workspace: Workspace, role: str) -> list[Death]:
    """Those that are not there any more and were not gone in order. Each is told once. Raises OSError."""
    deaths = []
    for mark in workspace.runtime.glob(f"alive-{role}-*.json"):
        if is_held(mark.with_suffix(".lock")):
            continue
        try:
            told = json.loads(mark.read_bytes())
            deaths.append(Death(role, int(told["pid"]), None, int(told["said_from"])))
        except (ValueError, LookupError, TypeError):
            log.info("%s is no mark of ours", mark.name)
        mark.unlink(missing_ok=True)
        mark.with_suffix(".lock").unlink(missing_ok=True)
    return deaths


def write_crash(workspace: Workspace, death: Death, *, more: int = 0, now: Callable[[], datetime] = utc_now) -> Path:
    """Write down what is known; the file. The oldest beyond the newest twenty are removed. Raises OSError.

    `more`: deaths like it before, of which none was written.
    """
    at = now().astimezone()
    who = " ".join(part for part in (death.role, death.name) if part)
    head = [
        "Benchcast crash report",
        f"time:     {at:%Y-%m-%d %H:%M:%S %z}",
        f"process:  {who}, number {death.pid}",
        f"ended:    {_status_words(death.status)}" + (f"; {more} times before, unreported" if more else ""),
        *versions(),
    ]
    words = _tail(workspace.logs / f"{death.role}.err", _WORDS_BYTES, death.said_from)
    parts = [
        "\n".join(head),
        _part("Its last words", words),
        _part("Its last log lines", _log_lines(workspace, death.role, death.pid), _LOG_LINES),
    ]
    if death.role != "keeper":
        parts.append(_part("The keeper's last log lines", _log_lines(workspace, "keeper", None), _KEEPER_LINES))
    folder = workspace.crashes
    folder.mkdir(exist_ok=True)
    path = folder / f"{at:%Y-%m-%d %H-%M-%S} {death.role} {death.pid}.txt"
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")
    for old in crash_files(workspace)[:-KEPT]:
        old.unlink(missing_ok=True)
    return path


def crash_files(workspace: Workspace) -> list[Path]:
    """All reports, the newest last."""
    return sorted(workspace.crashes.glob("*.txt"), key=lambda path: (path.stat().st_mtime_ns, path.name))


def versions() -> list[str]:
    """What is installed, a line each."""
    from importlib import metadata  # takes a moment that only a crash has to wait for

    found = []
    for name, package in _PARTS.items():
        try:
            found.append(f"{name} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            found.append(f"{name} unknown")
    parts = ", ".join([f"Benchcast {__version__}", f"Python {platform.python_version()}", *found])
    return [f"versions: {parts}", f"system:   {platform.platform()}"]


def _part(title: str, text: str, most: int | None = None) -> str:
    """Cleaned whole before it is cut to its last `most` lines: what a line means, the lines before it tell."""
    lines = clean(text).strip().split("\n")
    return "\n".join([title, "-" * len(title), "\n".join(lines[-most:] if most else lines) or "(nothing)"])


def _status_words(status: int | None) -> str:
    if status is None:
        return "not in order; its exit status is not known"
    if status >= 0:
        return f"with {status}" if status < 1 << 16 else f"with {status:#x}"  # as Windows numbers its exceptions
    try:
        return f"by {signal.Signals(-status).name} ({status})"
    except ValueError:
        return f"by signal {-status}"


def _log_lines(workspace: Workspace, role: str, pid: int | None) -> str:
    """The newest lines of a role's log, with those that belong to them; of one process, where `pid` names it."""
    lines, ours = [], False
    for line in _tail(workspace.logs / f"{role}.log", _LOG_BYTES).split("\n"):
        if found := _LOG_LINE.match(line):
            ours = pid is None or int(found[1]) == pid
        if ours:
            lines.append(line)
    return "\n".join(lines)


def _tail(path: Path, most: int, begin: int = 0) -> str:
    """The end of a file from `begin` on, at most so many bytes of it; nothing of one that is not there."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            begin = begin if begin <= size else 0
            file.seek(max(begin, size - most))
            data = file.read()
    except OSError:
        return ""
    return (whole_lines(data) if size - most > begin else data).decode("utf-8", "replace")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
