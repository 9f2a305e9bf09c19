"""What Linux and macOS share: our own folder, detached processes, signals."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from studio.errors import StudioError
from studio.system import abort, kill, spawn_detached, terminate
from studio.system._posix import private_folder
from tests.services.waiting import wait_for

WAITS_FOR_SIGNALS = """
import sys, threading
from studio.system import on_hangup, on_stop_signals
words, said = [], threading.Event()
def hear(word):
    words.append(word)
    said.set()
on_stop_signals(lambda: hear("stop"))
on_hangup(lambda: hear("hangup"))
print("ready", flush=True)
said.wait(30)
print(*words)
"""


def _python(
    code: str, *, stdin: int | None = None, preexec_fn: Callable[[], object] | None = None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code], stdin=stdin, stdout=subprocess.PIPE, preexec_fn=preexec_fn)


def _rest(process: subprocess.Popen[bytes]) -> bytes:
    with process:
        assert process.stdout
        return process.stdout.read()


def test_the_runtime_folder_is_for_this_user_alone(tmp_path: Path) -> None:
    folder = private_folder(tmp_path)
    assert folder == private_folder(tmp_path)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_read_is_closed_to_them(tmp_path: Path) -> None:
    folder = tmp_path / f"benchcast-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o755)
    assert private_folder(tmp_path).stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("trap", ["link", "file"])
def test_something_else_of_its_name_is_refused(tmp_path: Path, trap: str) -> None:
    name = tmp_path / f"benchcast-{os.getuid()}"
    if trap == "link":
        (tmp_path / "elsewhere").mkdir()
        name.symlink_to(tmp_path / "elsewhere")
    else:
        name.touch()
    with pytest.raises(StudioError, match="somebody else"):
        private_folder(tmp_path)


def test_a_folder_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    uid = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    (tmp_path / f"benchcast-{uid + 1}").mkdir()
    with pytest.raises(StudioError, match="somebody else"):
        private_folder(tmp_path)


def test_a_detached_process_is_in_no_terminal_and_reads_what_it_must_not_be_seen_with() -> None:
    code = "import os, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read())"
    process = spawn_detached([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None)
    assert process.communicate(b"a key", timeout=20)[0].split(b" ", 1) == [b"True", b"a key\n"]


def test_a_detached_process_outlives_its_parent(tmp_path: Path) -> None:
    parent = """
import sys
from subprocess import DEVNULL
from studio.system import spawn_detached
sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
child = spawn_detached(sleep, stdin=DEVNULL, stdout=DEVNULL, stderr=DEVNULL)
print(child.pid)
child.returncode = 0  # not ours to wait for
"""
    pid = int(subprocess.run([sys.executable, "-c", parent], capture_output=True, check=True, timeout=20).stdout)
    orphan = psutil.Process(pid)
    assert orphan.is_running()
    assert kill(pid)
    wait_for(lambda: not orphan.is_running() or orphan.status() == psutil.STATUS_ZOMBIE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_process_is_asked_to_end(number: signal.Signals) -> None:
    process = _python(WAITS_FOR_SIGNALS)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    assert _rest(process) == b"stop\n"


@pytest.mark.long
def test_a_main_thread_that_is_busy_with_the_same_event_is_not_caught_in_its_lock() -> None:
    code = """
import threading
from studio.system import on_stop_signals
stop = threading.Event()
on_stop_signals(stop.set)
print("ready", flush=True)
while not stop.is_set():
    stop.wait(0)  # most of the time inside the event's own lock
print("ended")
"""
    for _ in range(5):
        process = _python(code)
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        process.terminate()
        assert _rest(process) == b"ended\n"


def test_a_process_that_is_aborted_says_where_it_was() -> None:
    code = "import faulthandler, time\nfaulthandler.enable()\nprint('there', flush=True)\ntime.sleep(600)"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    assert abort(process.pid)
    _, said = process.communicate(timeout=20)
    assert b"in <module>" in said
    assert process.returncode == -signal.SIGABRT
    assert not abort(process.pid)


def test_terminate_asks_and_kill_does_not() -> None:
    asked, killed = _python(WAITS_FOR_SIGNALS), _python(WAITS_FOR_SIGNALS)
    for process in (asked, killed):
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
    assert terminate(asked.pid)
    assert kill(killed.pid)
    assert _rest(asked) == b"stop\n"
    assert _rest(killed) == b""
    assert not terminate(asked.pid)
    assert not kill(killed.pid)


@pytest.mark.skipif(os.getuid() != 0, reason="has to become another user")
def test_a_process_of_another_user_counts_as_gone() -> None:
    """The number of one of ours that has ended may be anybody's by now."""
    theirs = _python("input()", stdin=subprocess.PIPE)
    code = (
        "import os, sys\n"
        "from studio.system import kill, terminate\n"
        "os.setuid(65534)\n"
        "print(terminate(int(sys.argv[1])), kill(int(sys.argv[1])))"
    )
    said = subprocess.run([sys.executable, "-c", code, str(theirs.pid)], capture_output=True, timeout=20, check=True)
    assert said.stdout == b"False False\n"
    assert theirs.poll() is None
    theirs.communicate(b"\n", timeout=20)


def test_an_interrupt_counts_also_where_a_script_started_us_in_its_background() -> None:
    process = _python(WAITS_FOR_SIGNALS, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGINT)
    assert _rest(process) == b"stop\n"


def test_a_closed_terminal_is_told_apart_from_a_stop() -> None:
    ours, theirs = pty.openpty()
    process = _python(WAITS_FOR_SIGNALS, stdin=theirs, preexec_fn=_own_terminal)
    os.close(theirs)
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    os.close(ours)
    assert _rest(process) == b"hangup\n"


def _own_terminal() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever started the tests may ignore it
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_under_nohup_a_closed_terminal_does_not_matter() -> None:
    process = _python(WAITS_FOR_SIGNALS, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    assert process.stdout
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(signal.SIGHUP)
    process.send_signal(signal.SIGTERM)
    assert _rest(process) == b"stop\n"
