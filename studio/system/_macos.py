"""macOS."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from studio.system import _objc
from studio.system._shared import CameraBackend, CameraPermission, use_utf8

assert sys.platform == "darwin"

from studio.system._posix import (  # noqa: E402 - below the assert, where other systems' type checks do not look
    abort,
    is_locked,
    kill,
    local_socket,
    on_hangup,
    on_stop_signals,
    private_folder,
    run_ahead,
    set_back,
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

_USER_TEMP_DIR = 65537  # _CS_DARWIN_USER_TEMP_DIR: os.confstr knows no name for it
_USER_INITIATED = 0x00FFFFFF  # NSActivityUserInitiated: also keeps the computer from idle sleep
_LATENCY_CRITICAL = 0xFF00000000  # NSActivityLatencyCritical: timers are not coalesced
_PERMISSIONS: dict[int, CameraPermission] = {0: "not asked", 1: "denied", 2: "denied", 3: "granted"}


def runtime_folder() -> Path:
    """A private folder for maps, rings and locks, cleared when the computer starts.

    Raises:
        StudioError: somebody else made a folder of that name.
    """
    return private_folder(Path(os.environ.get("TMPDIR") or os.confstr(_USER_TEMP_DIR) or "/tmp"))  # noqa: S108 - checked


def boot_id() -> str:
    """Changes with every start of the computer."""
    answer = ctypes.create_string_buffer(64)
    length = ctypes.c_size_t(len(answer))
    ctypes.CDLL(None).sysctlbyname(b"kern.bootsessionuuid", answer, ctypes.byref(length), None, ctypes.c_size_t(0))
    return answer.value.decode("ascii")


def asleep_ns() -> int:
    """For how long the computer has slept since its start, as far as the clock of shows does not count that."""
    return time.clock_gettime_ns(time.CLOCK_MONOTONIC) - time.clock_gettime_ns(time.CLOCK_UPTIME_RAW)


def has_screen() -> bool:
    """Whether a window can be opened: not over SSH, but that only opening one tells."""
    return True


def camera_backends() -> tuple[CameraBackend, ...]:
    # The window has asked already; cv2 would ask again, from a thread that may not.
    return (CameraBackend("AVFOUNDATION", 1200, {"OPENCV_AVFOUNDATION_SKIP_AUTH": "1"}),)


def camera_permission() -> CameraPermission:
    _objc.framework("AVFoundation")
    with _objc.pool():
        status = _objc.send(
            _objc.class_named("AVCaptureDevice"),
            "authorizationStatusForMediaType:",
            ctypes.c_long,
            (ctypes.c_void_p, _objc.string("vide")),  # AVMediaTypeVideo
        )
    return _PERMISSIONS.get(status, "denied")


_asked: list[_objc.AnswerBlock] = []  # the system calls them at a time of its own: they live as long as we do


def ask_camera_permission(done: Callable[[bool], None]) -> None:
    """Show the system's question, once ever; calls back on a thread of the system's. On the window's main thread."""
    _objc.framework("AVFoundation")
    block = _objc.AnswerBlock(done)
    _asked.append(block)
    with _objc.pool():
        _objc.send(
            _objc.class_named("AVCaptureDevice"),
            "requestAccessForMediaType:completionHandler:",
            None,
            (ctypes.c_void_p, _objc.string("vide")),
            (ctypes.c_void_p, block.address),
        )


@contextlib.contextmanager
def going_live() -> Iterator[None]:
    """While live, no App Nap: it would stretch our timers to seconds once no window of ours is seen."""
    _objc.framework("Foundation")
    with _objc.pool():
        info = _objc.send(_objc.class_named("NSProcessInfo"), "processInfo", ctypes.c_void_p)
        activity = _objc.send(
            info,
            "beginActivityWithOptions:reason:",
            ctypes.c_void_p,
            (ctypes.c_uint64, _USER_INITIATED | _LATENCY_CRITICAL),
            (ctypes.c_void_p, _objc.string("live show")),
        )
        _objc.send(activity, "retain", ctypes.c_void_p)
    try:
        yield
    finally:
        with _objc.pool():
            _objc.send(info, "endActivity:", None, (ctypes.c_void_p, activity))
            _objc.send(activity, "release", None)


def sleep_guard() -> str:
    """What is in the way of keeping the computer awake, in words: nothing here."""
    return ""


def processors() -> tuple[int, ...]:
    """Those that a thread may `stay_on`: none here."""
    return ()


def stay_on(processor: int) -> bool:  # noqa: ARG001 - asked for on Linux only
    """Keep the calling thread there, at real-time priority. False: it is not allowed."""
    return False
