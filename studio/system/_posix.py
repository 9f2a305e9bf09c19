"""What Linux and macOS share."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import stat
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

from studio.errors import StudioError


def private_folder(base: Path) -> Path:
    """This user's own folder under a base that all users may write to.

    Raises:
        StudioError: something of that name is there and is not a folder of this user.
    """
    folder = base / f"benchcast-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()  # not stat: a link set by somebody else would lead our files to them
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise StudioError(f"{folder} belongs to somebody else", do="remove it, or ask who runs this computer to")
    if found.st_mode & 0o077:
        folder.chmod(0o700)
    return folder


def spawn_detached(
    args: Sequence[str],
    *,
    stdin: int | IO[bytes] | None,
    stdout: int | IO[bytes] | None,
    stderr: int | IO[bytes] | None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process that outlives its parent and its parent's terminal.

    It inherits nothing but the three streams: a pipe on stdin is how keys travel.
    """
    return subprocess.Popen(args, stdin=stdin, stdout=stdout, stderr=stderr, env=env, start_new_session=True)


def terminate(pid: int) -> bool:
    """Ask a process of ours to end in order. False: it was gone."""
    return _signal(pid, signal.SIGTERM)


def kill(pid: int) -> bool:
    """End a process of ours at once. False: it was gone."""
    return _signal(pid, signal.SIGKILL)


def _signal(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def on_stop_signals(callback: Callable[[], None]) -> None:
    """Call back when the person or the system asks this process to end. Main thread only.

    The call comes in the middle of whatever the main thread is doing, a print for example: only set an event.
    """

    def handle(_number: int, _frame: FrameType | None) -> None:
        callback()

    signal.signal(signal.SIGTERM, handle)
    # Also where a script started us in its background, which ignores SIGINT: who sends one there means it.
    signal.signal(signal.SIGINT, handle)


def on_hangup(callback: Callable[[], None]) -> None:
    """Call back, as `on_stop_signals` does, when this process's terminal is closed. Main thread only."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        callback()

    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # under nohup the terminal does not matter
        signal.signal(signal.SIGHUP, handle)


def is_locked(path: Path) -> bool:
    """Whether somebody holds the file lock. Two who ask at once do not see each other: they ask for a share."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(fd)  # gives the share back
    return False
