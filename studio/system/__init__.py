"""What differs between Linux, macOS and Windows, behind one interface.

Only this package asks which system it runs on. Each system's module offers the same names; `_posix` holds what
Linux and macOS share.
"""

from __future__ import annotations

import sys

from studio.system import _shared
from studio.system._shared import CameraBackend, CameraPermission

if sys.platform == "win32":
    from studio.system import _windows as here
elif sys.platform == "darwin":
    from studio.system import _macos as here
else:
    from studio.system import _linux as here

NAME = sys.platform  # for tables of how each system numbers things

sleep_guard = here.sleep_guard
asleep_ns = here.asleep_ns
ask_camera_permission = here.ask_camera_permission
boot_id = here.boot_id
camera_backends = here.camera_backends
camera_permission = here.camera_permission
going_live = here.going_live
has_screen = here.has_screen
is_locked = here.is_locked
kill = here.kill
abort = here.abort
local_socket = here.local_socket
on_hangup = here.on_hangup
on_stop_signals = here.on_stop_signals
processors = here.processors
run_ahead = here.run_ahead
runtime_folder = here.runtime_folder
set_back = here.set_back
spawn_detached = here.spawn_detached
stay_on = here.stay_on
terminate = here.terminate
use_utf8 = here.use_utf8


def prepare_cameras() -> None:
    """Give cv2 the environment that this system's cameras need. Before cv2 is imported."""
    _shared.prepare_cameras(here.camera_backends())


__all__ = [
    "NAME",
    "CameraBackend",
    "CameraPermission",
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
    "prepare_cameras",
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
