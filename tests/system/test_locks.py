"""There is only ever one holder of a lock, whatever happens to it and whoever asks."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from studio.system.locks import WorkspaceLock, is_held

HOLDS = """
import sys
from pathlib import Path
from studio.system.locks import WorkspaceLock
lock = WorkspaceLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


def test_a_lock_has_one_holder(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    first, second = WorkspaceLock(path), WorkspaceLock(path)
    assert not is_held(path)
    assert first.acquire()
    assert is_held(path)
    assert not second.acquire(timeout=0)
    first.release()
    assert not is_held(path)
    assert second.acquire(timeout=0)
    second.release()


def test_a_lock_is_free_again_when_its_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"True\n"
        assert is_held(path)
        assert not WorkspaceLock(path).acquire(timeout=0)
        holder.kill()
    lock = WorkspaceLock(path)
    assert lock.acquire()
    lock.release()


def test_those_who_ask_neither_see_each_other_nor_keep_an_owner_out(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    lock = WorkspaceLock(path)
    assert lock.acquire()
    lock.release()
    stop, wrong = threading.Event(), threading.Event()

    def ask() -> None:
        while not stop.is_set():
            if is_held(path):
                wrong.set()

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    try:
        stop.wait(0.1)
        assert not wrong.is_set()  # nobody holds it: two who ask must not take each other for a holder
        for _ in range(50):
            assert lock.acquire(timeout=5)
            lock.release()
    finally:
        stop.set()
        for asker in askers:
            asker.join()


def test_a_lock_may_be_released_on_another_thread(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    lock = WorkspaceLock(path)
    assert lock.acquire()
    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join()
    assert not is_held(path)
