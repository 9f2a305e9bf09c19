"""How much memory the allocator keeps for itself."""

from __future__ import annotations

import contextlib
import ctypes
import sys

_M_ARENA_MAX = -8  # malloc.h
_ARENAS = 2


def share_arenas() -> None:
    """Have all threads allocate from two arenas. Before there is a second thread.

    glibc gives each thread an arena of its own, and each keeps what its busiest moment took: in an engine with some
    twenty threads that is 30 MB. What is large comes from no arena, so nobody waits for it. Other systems' allocators
    share by themselves.
    """
    if sys.platform == "linux":
        with contextlib.suppress(AttributeError):  # another C library than glibc
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
