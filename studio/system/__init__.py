"""What differs between Linux, macOS and Windows, behind one interface.

Only this package asks which system it runs on. Each system's module offers the same names; `_posix` holds what
Linux and macOS share.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from studio.system import _windows as here
elif sys.platform == "darwin":
    from studio.system import _macos as here
else:
    from studio.system import _linux as here

runtime_folder = here.runtime_folder
boot_id = here.boot_id
spawn_detached = here.spawn_detached

__all__ = ["boot_id", "runtime_folder", "spawn_detached"]
