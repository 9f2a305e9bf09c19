"""What Linux and macOS share."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO

from studio.errors import StudioError

assert sys.platform != "win32"


_NICE = -5  # ahead of the browser beside us, behind the sound server


def run_ahead() -> None:
    """Have this process scheduled ahead of others, where that is allowed.

    Before its first thread is started: on Linux each has a niceness of its own, from the one that starts it.
    """
    with contextlib.suppress(PermissionError):  # usual for people; nothing is lost on an idle computer
        os.setpriority(os.PRIO_PROCESS, 0, min(os.getpriority(os.PRIO_PROCESS, 0), _NICE))


def set_back(pid: int, niceness: int) -> None:
    """Have a process that was started just now scheduled behind others: at least so nice, from -20 to 19."""
    with contextlib.suppress(OSError):  # it has ended already
        os.setpriority(os.PRIO_PROCESS, pid, max(os.getpriority(os.PRIO_PROCESS, pid), niceness))


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


def local_socket(folder: Path, _name: str) -> tuple[str, str]:
    """Address and family, for `multiprocessing.connection`, of the socket in that private folder."""
    return str(folder / "keeper.sock"), "AF_UNIX"


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


def abort(pid: int) -> bool:
    """End a process of ours that hangs; it may say where, within moments (faulthandler). False: it was gone."""
    return _signal(pid, signal.SIGABRT)


def _signal(pid: int, number: signal.Signals) -> bool:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):  # somebody else's: the number of one of ours that was gone
        return False
    return True


def on_stop_signals(callback: Callable[[], None]) -> None:
    """Call back, on the thread `signals`, when somebody asks this process to end. To be called on the main thread."""
    _on_signal(signal.SIGTERM, callback)
    # Also where a script started us in its background, which ignores SIGINT: who sends one there means it.
    _on_signal(signal.SIGINT, callback)


def on_hangup(callback: Callable[[], None]) -> None:
    """Call back, on the thread `signals`, when our terminal is closed. To be called on the main thread."""
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # under nohup the terminal does not matter
        _on_signal(signal.SIGHUP, callback)


def _on_signal(number: signal.Signals, callback: Callable[[], None]) -> None:
    _signal_callbacks()[number] = callback
    signal.signal(number, lambda _number, _frame: None)  # a handler there must be, for the pipe to be written


@cache
def _signal_callbacks() -> dict[int, Callable[[], None]]:
    """The callbacks by signal; the first call starts the thread that makes them.

    Not in Python's own handlers: they run in the middle of what the main thread does, and `Event.set` there waits
    for ever if that is holding the event's lock just then.
    """
    callbacks: dict[int, Callable[[], None]] = {}
    read, write = os.pipe()
    os.set_blocking(write, False)
    signal.set_wakeup_fd(write, warn_on_full_buffer=False)

    def run() -> None:
        while number := os.read(read, 1):
            callbacks.get(number[0], lambda: None)()

    threading.Thread(target=run, name="signals", daemon=True).start()
    return callbacks


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
