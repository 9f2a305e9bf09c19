"""Windows."""

from __future__ import annotations

import contextlib
import ctypes
import msvcrt
import os
import subprocess
import sys
import threading
import winreg
from collections.abc import Callable, Iterator, Mapping, Sequence
from ctypes import wintypes
from pathlib import Path
from typing import IO

from studio.system._shared import CameraBackend, CameraPermission
from studio.system._shared import use_utf8 as _streams_use_utf8

assert sys.platform == "win32"

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel32.CreateEventW.restype = wintypes.HANDLE
_kernel32.CreateEventW.argtypes = [ctypes.c_void_p, wintypes.BOOL, wintypes.BOOL, wintypes.LPCWSTR]
_kernel32.OpenEventW.restype = wintypes.HANDLE
_kernel32.OpenEventW.argtypes = [wintypes.DWORD, wintypes.BOOL, wintypes.LPCWSTR]
_kernel32.OpenProcess.restype = wintypes.HANDLE
_kernel32.OpenProcess.argtypes = [wintypes.DWORD, wintypes.BOOL, wintypes.DWORD]
_kernel32.GetCurrentProcess.restype = wintypes.HANDLE
for _name in ("SetEvent", "CloseHandle"):
    getattr(_kernel32, _name).argtypes = [wintypes.HANDLE]
_kernel32.WaitForSingleObject.argtypes = [wintypes.HANDLE, wintypes.DWORD]
_kernel32.SetThreadExecutionState.argtypes = [wintypes.DWORD]
_kernel32.TerminateProcess.argtypes = [wintypes.HANDLE, wintypes.UINT]
_kernel32.SetPriorityClass.argtypes = [wintypes.HANDLE, wintypes.DWORD]

_CTRL_C, _CTRL_BREAK, _CTRL_CLOSE, _CTRL_LOGOFF, _CTRL_SHUTDOWN = 0, 1, 2, 5, 6
_EVENT_MODIFY_STATE = 0x0002
_PROCESS_TERMINATE = 0x0001
_PROCESS_SET_INFORMATION = 0x0200
_BELOW_NORMAL = 0x00004000  # BELOW_NORMAL_PRIORITY_CLASS
_INFINITE = 0xFFFFFFFF
_UTF8 = 65001

_Handler = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)
_handlers: list[object] = []  # the system keeps their addresses: they live as long as we do


def runtime_folder() -> Path:
    """A folder in the user's own profile, which no other user can read, for maps, rings and locks.

    It outlives a reboot: whoever reads there looks at the boot id.
    """
    local = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
    folder = Path(local) / "Temp" / "benchcast"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def boot_id() -> str:
    """Changes with every start of the computer; "" where the system does not count them."""
    key = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, key) as opened:
            return str(winreg.QueryValueEx(opened, "BootId")[0])
    except OSError:
        return ""


def spawn_detached(
    args: Sequence[str],
    *,
    stdin: int | IO[bytes] | None,
    stdout: int | IO[bytes] | None,
    stderr: int | IO[bytes] | None,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process that outlives its parent and its parent's console.

    It inherits nothing but the three streams: a pipe on stdin is how keys travel.
    """
    flags = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
    try:  # out of our parent's job, which may end all that is in it together with a terminal or an IDE
        return subprocess.Popen(
            args,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=env,
            creationflags=flags | subprocess.CREATE_BREAKAWAY_FROM_JOB,
        )
    except PermissionError:  # the job forbids it
        return subprocess.Popen(args, stdin=stdin, stdout=stdout, stderr=stderr, env=env, creationflags=flags)


def _stop_event(pid: int) -> str:
    return rf"Local\benchcast-stop-{pid}"


def terminate(pid: int) -> bool:
    """Ask a process of ours to end in order. False: it was gone.

    A detached process has no console, so no console event reaches it: it waits for an event of its own name
    (`on_stop_signals`). One that does not is ended at once.
    """
    event = _kernel32.OpenEventW(_EVENT_MODIFY_STATE, False, _stop_event(pid))
    if not event:
        return kill(pid)
    _kernel32.SetEvent(event)
    _kernel32.CloseHandle(event)
    return True


def kill(pid: int) -> bool:
    """End a process of ours at once. False: it was gone."""
    process = _kernel32.OpenProcess(_PROCESS_TERMINATE, False, pid)
    if not process:
        return False
    ended = bool(_kernel32.TerminateProcess(process, 1))
    _kernel32.CloseHandle(process)
    return ended


def abort(pid: int) -> bool:
    """End a process of ours that hangs. Nobody can have it say where, here. False: it was gone."""
    return kill(pid)


def _on_console(events: frozenset[int], callback: Callable[[], None]) -> None:
    def handle(event: int) -> bool:
        if event not in events:
            return False
        callback()
        return True

    kept = _Handler(handle)
    _handlers.append(kept)
    _kernel32.SetConsoleCtrlHandler(kept, True)


def on_stop_signals(callback: Callable[[], None]) -> None:
    """Call back, on a thread of its own, when the person or the system asks this process to end."""
    _on_console(frozenset({_CTRL_C, _CTRL_BREAK, _CTRL_LOGOFF, _CTRL_SHUTDOWN}), callback)
    event = _kernel32.CreateEventW(None, True, False, _stop_event(os.getpid()))

    def wait() -> None:
        _kernel32.WaitForSingleObject(event, _INFINITE)
        callback()

    threading.Thread(target=wait, name="stop:event", daemon=True).start()


def on_hangup(callback: Callable[[], None]) -> None:
    """Call back, on a thread of its own, when this process's console is closed. The system grants five seconds."""
    _on_console(frozenset({_CTRL_CLOSE}), callback)


class _Overlapped(ctypes.Structure):
    _fields_ = (
        ("internal", ctypes.c_void_p),
        ("internal_high", ctypes.c_void_p),
        ("offset", wintypes.DWORD),
        ("offset_high", wintypes.DWORD),
        ("event", wintypes.HANDLE),
    )


_FAIL_IMMEDIATELY = 1  # LockFileEx; without the exclusive flag it asks for a share


def is_locked(path: Path) -> bool:
    """Whether somebody holds the file lock. Two who ask at once do not see each other: they ask for a share."""
    try:
        fd = os.open(path, os.O_RDWR | os.O_BINARY | os.O_NOINHERIT)
    except FileNotFoundError:
        return False
    except PermissionError:  # being deleted, or opened by its holder alone
        return True
    try:
        lock = _kernel32.LockFileEx
        lock.argtypes = [wintypes.HANDLE, *[wintypes.DWORD] * 4, ctypes.POINTER(_Overlapped)]
        handle = msvcrt.get_osfhandle(fd)
        return not lock(handle, _FAIL_IMMEDIATELY, 0, 1, 0, ctypes.byref(_Overlapped()))
    finally:
        os.close(fd)  # gives the share back


def use_utf8() -> None:
    """Make the console and the standard streams UTF-8: names and prices are in many scripts."""
    _kernel32.SetConsoleOutputCP(_UTF8)
    _kernel32.SetConsoleCP(_UTF8)
    _streams_use_utf8()


def asleep_ns() -> int:
    """For how long the computer has slept since its start, as far as the clock of shows does not count that."""
    return 0  # the performance counter goes on


def run_ahead() -> None:
    """Have this process scheduled ahead of others: nothing here, where `going_live` asks for no throttling."""


def set_back(pid: int, niceness: int) -> None:
    """Have a process that was started just now scheduled behind others, if it is to be nicer than usual (over 0)."""
    process = _kernel32.OpenProcess(_PROCESS_SET_INFORMATION, False, pid) if niceness > 0 else None
    if process:
        _kernel32.SetPriorityClass(process, _BELOW_NORMAL)
        _kernel32.CloseHandle(process)


def has_screen() -> bool:
    """Whether a window can be opened."""
    return True


def local_socket(_folder: Path, name: str) -> tuple[str, str]:
    """Address and family, for `multiprocessing.connection`, of the socket of that name. Anybody may take the name."""
    return rf"\\.\pipe\benchcast-{name}", "AF_PIPE"


def camera_backends() -> tuple[CameraBackend, ...]:
    return (
        CameraBackend("DSHOW", 700),
        # With its hardware transforms, Media Foundation takes half a minute to open some cameras.
        CameraBackend("MSMF", 1400, {"OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS": "0"}),
    )


def camera_permission() -> CameraPermission:
    return "granted"  # the privacy settings decide; opening tells


def ask_camera_permission(done: Callable[[bool], None]) -> None:
    """Calls back with whether the person allows it; here at once."""
    done(True)


class _PowerThrottling(ctypes.Structure):
    _fields_ = (("version", wintypes.ULONG), ("control_mask", wintypes.ULONG), ("state_mask", wintypes.ULONG))


_PROCESS_POWER_THROTTLING = 4
_EXECUTION_SPEED, _IGNORE_TIMER_RESOLUTION = 1, 4
# SetThreadExecutionState: until the next call, neither computer nor display sleeps (some laptops sleep with it).
_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED, _ES_DISPLAY_REQUIRED = 0x80000000, 0x00000001, 0x00000002


def _throttle(control_mask: int) -> None:
    """Which kinds of throttling we decide ourselves; all that we decide are off. Older systems know none."""
    state = _PowerThrottling(1, control_mask, 0)
    setter = _kernel32.SetProcessInformation
    setter.argtypes = [wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD]
    setter(_kernel32.GetCurrentProcess(), _PROCESS_POWER_THROTTLING, ctypes.byref(state), ctypes.sizeof(state))


@contextlib.contextmanager
def going_live() -> Iterator[None]:
    """While live, no efficiency mode, timers of 1 ms that hold without a visible window, and no sleep when idle.

    Leave it on the thread that entered it, and let that live so long: staying awake is a wish of the thread's.
    """
    winmm = ctypes.WinDLL("winmm")
    _throttle(_EXECUTION_SPEED | _IGNORE_TIMER_RESOLUTION)
    winmm.timeBeginPeriod(1)
    _kernel32.SetThreadExecutionState(_ES_CONTINUOUS | _ES_SYSTEM_REQUIRED | _ES_DISPLAY_REQUIRED)
    try:
        yield
    finally:
        _kernel32.SetThreadExecutionState(_ES_CONTINUOUS)
        winmm.timeEndPeriod(1)
        _throttle(0)  # the system decides again


def sleep_guard() -> str:
    """What is in the way of keeping the computer awake, in words: nothing here."""
    return ""


def processors() -> tuple[int, ...]:
    """Those that a thread may `stay_on`: none here."""
    return ()


def stay_on(processor: int) -> bool:  # noqa: ARG001 - asked for on Linux only
    """Keep the calling thread there, at real-time priority. False: it is not allowed."""
    return False
