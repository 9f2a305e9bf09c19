"""File locks: who holds one is the keeper, the engine, the owner of a source. The system frees it with its holder.

Never a pid file: a number may belong to another process after a crash.
"""

from __future__ import annotations

from pathlib import Path

from filelock import FileLock, Timeout

from studio.system import is_locked

_RETRY_S = 0.01


class WorkspaceLock:
    """One lock, held by at most one process. May be released on another thread than it was acquired on."""

    def __init__(self, path: Path) -> None:
        self._lock = FileLock(path, thread_local=False)

    def acquire(self, timeout: float = 0.25) -> bool:
        """Take it, trying for `timeout` seconds; False: somebody else has it.

        The default outlasts everybody who only asked `is_held` at the same instant.
        """
        try:
            self._lock.acquire(timeout=timeout, poll_interval=_RETRY_S)
        except Timeout:
            return False
        return True

    def release(self) -> None:
        self._lock.release()


def is_held(path: Path) -> bool:
    """Whether somebody, in whatever process, holds the lock of that file right now."""
    return is_locked(path)
