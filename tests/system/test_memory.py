"""Threads share the allocator's arenas, and so what it keeps."""

from __future__ import annotations

import subprocess
import sys

import pytest

_THREADS = """
import sys, threading
from studio.system.memory import share_arenas
if sys.argv[1] == "shared":
    share_arenas()
ready, go = threading.Barrier(13), threading.Event()
def work():
    kept = [bytes(1000) for _ in range(100)]
    ready.wait()
    go.wait()
threads = [threading.Thread(target=work) for _ in range(12)]
for one in threads:
    one.start()
ready.wait()
import ctypes, tempfile
with tempfile.NamedTemporaryFile() as file:
    libc = ctypes.CDLL(None)
    libc.fopen.restype = ctypes.c_void_p
    stream = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
    assert libc.malloc_info(0, stream) == 0
    libc.fclose(stream)
    print(open(file.name).read().count("<heap nr="))
go.set()
"""


def _arenas(how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", _THREADS, how], capture_output=True, text=True, timeout=60, check=True
    )
    return int(done.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_a_dozen_threads_share_two_arenas() -> None:
    assert _arenas("alone") > 2
    assert _arenas("shared") == 2
