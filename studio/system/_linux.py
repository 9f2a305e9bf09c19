"""Linux."""

from __future__ import annotations

import contextlib
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from studio.system._shared import CameraBackend, CameraPermission, use_utf8

assert sys.platform == "linux"

from studio.system import _posix  # noqa: E402 - below the assert, where other systems' type checks do not look
from studio.system._posix import (  # noqa: E402 - below the assert, where other systems' type checks do not look
    abort,
    is_locked,
    kill,
    local_socket,
    on_hangup,
    on_stop_signals,
    private_folder,
    spawn_detached,
    terminate,
)

__all__ = [
    "abort",
    "ask_camera_permission",
    "asleep_ns",
    "boot_id",
    "camera_backends",
    "camera_permission",
    "going_live",
    "has_screen",
    "is_locked",
    "kill",
    "local_socket",
    "on_hangup",
    "on_stop_signals",
    "processors",
    "run_ahead",
    "runtime_folder",
    "set_back",
    "sleep_guard",
    "spawn_detached",
    "stay_on",
    "terminate",
    "use_utf8",
]

log = logging.getLogger(__name__)

# systemd-inhibit(1) holds logind's lock for as long as its child runs, and that until our end of its pipe is closed,
# by us or with us. `sleep` as well as `idle`: desktops ask for sleep by a count of their own.
_INHIBIT = ("systemd-inhibit", "--what=idle:sleep", "--who=Benchcast", "--why=A show is live", "--mode=block")
_INHIBIT_S = 5.0

_REAL_TIME = 50  # above everything that is not, so that only the host of a virtual machine can be in the way


def run_ahead() -> None:
    """Have this process scheduled ahead of others, where it may. Before it starts threads, which inherit it."""
    _posix.run_ahead()
    _place_session("self", os.getpriority(os.PRIO_PROCESS, 0))


def set_back(pid: int, niceness: int) -> None:
    """Have a process that was started just now scheduled behind others: at least so nice, from -20 to 19."""
    _posix.set_back(pid, niceness)
    with contextlib.suppress(OSError):  # it has ended already
        _place_session(str(pid), os.getpriority(os.PRIO_PROCESS, pid))


def _place_session(process: str, niceness: int) -> None:
    """The same for its session: with autogrouping (sched(7)) niceness counts inside of one only.

    Each of our processes leads a session of its own. Where the system does not group them, or does not allow it just
    now (one change in 100 ms for all who are not root), nothing happens.
    """
    with contextlib.suppress(OSError):
        Path("/proc", process, "autogroup").write_text(str(niceness), encoding="ascii")


def runtime_folder() -> Path:
    """A private folder in memory for maps, rings and locks: gone after a reboot.

    Raises:
        StudioError: somebody else made a folder of that name.
    """
    memory, session = Path("/dev/shm"), os.environ.get("XDG_RUNTIME_DIR", "")  # noqa: S108 - private_folder checks
    if os.access(memory, os.W_OK | os.X_OK):
        return private_folder(memory)
    if session and os.access(session, os.W_OK | os.X_OK):
        return private_folder(Path(session))
    return private_folder(Path("/tmp"))  # noqa: S108 - private_folder checks


def boot_id() -> str:
    """Changes with every start of the computer."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def asleep_ns() -> int:
    """For how long the computer has slept since its start, as far as the clock of shows does not count that."""
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.clock_gettime_ns(time.CLOCK_MONOTONIC)


def has_screen() -> bool:
    """Whether a window can be opened."""
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def camera_backends() -> tuple[CameraBackend, ...]:
    return (CameraBackend("V4L2", 200),)


def camera_permission() -> CameraPermission:
    return "granted"  # the file's mode decides; opening tells


def ask_camera_permission(done: Callable[[bool], None]) -> None:
    """Calls back with whether the person allows it; here at once."""
    done(True)


@contextlib.contextmanager
def going_live() -> Iterator[None]:
    """While live, do not fall asleep."""
    quiet = subprocess.DEVNULL
    try:
        guard = subprocess.Popen(
            [*_INHIBIT, "cat"], stdin=subprocess.PIPE, stdout=quiet, stderr=quiet, start_new_session=True
        )
    except OSError as error:
        log.info("the computer may fall asleep: %s", error)
        yield
        return
    try:
        yield
    finally:
        assert guard.stdin is not None
        guard.stdin.close()
        try:
            guard.wait(1.0)
        except subprocess.TimeoutExpired:
            guard.kill()
            guard.wait()


def sleep_guard() -> str:
    """What is in the way of keeping the computer awake, in words; empty: nothing."""
    try:
        done = subprocess.run(
            [*_INHIBIT, "true"], capture_output=True, text=True, errors="replace", check=False, timeout=_INHIBIT_S
        )
    except FileNotFoundError:
        return "systemd-inhibit is not installed"
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"systemd-inhibit cannot be run ({error})"
    return "" if done.returncode == 0 else " ".join(done.stderr.split()) or "logind does not allow it"


def processors() -> tuple[int, ...]:
    """Those that a thread may `stay_on`."""
    return tuple(sorted(os.sched_getaffinity(0)))


def stay_on(processor: int) -> bool:
    """Keep the calling thread there, at real-time priority (sched(7)). False: it is not allowed."""
    try:
        os.sched_setaffinity(0, {processor})
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_REAL_TIME))
    except OSError:
        return False
    return True
