"""Linux."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO


def runtime_folder() -> Path:
    """A private folder in memory for maps, rings and locks: gone after a reboot."""
    base = Path("/dev/shm")  # noqa: S108 - the folder below is ours alone, and checked to be
    folder = base / f"benchcast-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def boot_id() -> str:
    """Changes with every start of the computer."""
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def spawn_detached(
    args: Sequence[str],
    *,
    stdin: int | IO[bytes] | None,
    stdout: int | IO[bytes] | None,
    stderr: int | IO[bytes] | None,
) -> subprocess.Popen[bytes]:
    """Start a process that outlives its parent and its parent's terminal."""
    return subprocess.Popen(args, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True)
