"""Memory-mapped files of fixed size that two processes share."""

from __future__ import annotations

import mmap
import os
from pathlib import Path


def create_mapped(path: Path, size: int) -> mmap.mmap:
    """A new private file of `size` zero bytes, written out and mapped for reading and writing.

    Written, not left sparse: a sparse file on a full disk kills the writer with SIGBUS on first touch. Replaces
    an older file of that name; whoever still maps the older one keeps it.

    Raises:
        OSError: the folder is gone or the disk is full; no half-made file is left.
    """
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fd = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    try:
        zeros = bytes(1 << 16)
        left = size
        while left:  # a nearly full disk takes a part before it refuses
            left -= os.write(fd, zeros[:left])
        view = mmap.mmap(fd, size)
    except OSError:
        os.close(fd)
        fresh.unlink(missing_ok=True)
        raise
    os.close(fd)
    fresh.replace(path)
    return view


def open_mapped(path: Path, *, write: bool = False) -> mmap.mmap:
    """Map an existing file whole. Raises OSError or ValueError (empty) when there is none yet."""
    fd = os.open(path, (os.O_RDWR if write else os.O_RDONLY) | getattr(os, "O_BINARY", 0))
    try:
        return mmap.mmap(fd, 0, access=mmap.ACCESS_WRITE if write else mmap.ACCESS_READ)
    finally:
        os.close(fd)
