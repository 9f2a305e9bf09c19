"""Starting the studio's own processes, from source as from a frozen application."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import IO

from studio.system import set_back, spawn_detached

# The encoder must wait neither for a camera's decoder nor for the joining of recordings. The keeper may be started by
# an engine that runs ahead, and would hand that on to all that it starts.
_NICENESS = {"_keeper": 0, "_source": 5, "_join": 10}


def command(role: str, *args: str) -> list[str]:
    """The command line of one of our own processes: `_engine`, `_source` and so on."""
    if getattr(sys, "frozen", False):
        return [sys.executable, role, *args]
    # -P: a folder named `studio` in the current one must not take our place.
    return [sys.executable, "-P", "-m", "studio", role, *args]


def launch(
    role: str,
    *args: str,
    stdin: int | IO[bytes] | None = subprocess.DEVNULL,
    stdout: int | IO[bytes] | None = subprocess.DEVNULL,
    stderr: int | IO[bytes] | None = subprocess.DEVNULL,
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start one of our own processes, detached: it outlives us and our terminal. Raises OSError.

    With `stdin=PIPE` it can be told what must be in no argument and no environment. `env` replaces the whole
    environment; None hands on ours. Whoever reads our own output would wait for a process that inherited it: so by
    default it gets none of ours.
    """
    process = spawn_detached(command(role, *args), stdin=stdin, stdout=stdout, stderr=stderr, env=env)
    if role in _NICENESS:
        set_back(process.pid, _NICENESS[role])  # a right that everybody has; its threads come later, and inherit it
    return process
