"""What only Linux does so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from studio.system import (
    CameraBackend,
    ask_camera_permission,
    boot_id,
    camera_backends,
    camera_permission,
    going_live,
    has_screen,
    runtime_folder,
    set_back,
    sleep_guard,
    spawn_detached,
)
from studio.system._shared import prepare_cameras
from tests.services.waiting import wait_for


def test_the_runtime_folder_is_in_memory_and_stays_the_same() -> None:
    assert runtime_folder() == runtime_folder()
    assert runtime_folder().parent == Path("/dev/shm")


def test_without_shared_memory_the_session_or_the_temporary_folder_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    really = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != Path("/dev/shm") and really(path, mode))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime_folder().parent == tmp_path
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "nowhere"))
    assert runtime_folder().parent == Path("/tmp")
    runtime_folder().rmdir()


def test_the_boot_id_stays_the_same_until_the_next_boot() -> None:
    assert boot_id() == boot_id() != ""


def test_the_camera_backends_are_those_of_cv2() -> None:
    for backend in camera_backends():
        assert getattr(cv2, f"CAP_{backend.name}") == backend.api


def test_cv2_finds_its_settings_and_the_persons_own_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONE_FOR_TEST", raising=False)
    monkeypatch.setenv("TWO_FOR_TEST", "theirs")
    monkeypatch.setenv("ONE_FOR_TEST", "")
    monkeypatch.delenv("ONE_FOR_TEST")
    prepare_cameras((CameraBackend("X", 1, {"ONE_FOR_TEST": "ours", "TWO_FOR_TEST": "ours"}),))
    assert os.environ["ONE_FOR_TEST"] == "ours"
    assert os.environ["TWO_FOR_TEST"] == "theirs"
    del os.environ["ONE_FOR_TEST"]


def test_cameras_need_no_permission_here() -> None:
    answers: list[bool] = []
    ask_camera_permission(answers.append)
    assert answers == [True]
    assert camera_permission() == "granted"


@pytest.mark.parametrize("server", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_screen_is_where_a_display_server_is_named(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not has_screen()
    monkeypatch.setenv(server, ":7")
    assert has_screen()


def _told(code: str) -> list[int]:
    """What a process of its own prints: numbers."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return [int(word) for word in done.stdout.split()]


def test_one_who_runs_ahead_takes_its_threads_along() -> None:
    """Each thread has a niceness of its own here: of one that is raised later, the others know nothing."""
    ahead, thread, before = _told(
        "import os, threading\n"
        "from studio.system import run_ahead\n"
        "before, mine = os.getpriority(os.PRIO_PROCESS, 0), []\n"
        "run_ahead()\n"
        "def look(): mine.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))\n"
        "one = threading.Thread(target=look)\n"
        "one.start(), one.join()\n"
        "print(os.getpriority(os.PRIO_PROCESS, 0), *mine, before)"
    )
    assert ahead == thread
    assert ahead == (min(before, -5) if os.getuid() == 0 else before)


_START = """
import os, sys
from subprocess import PIPE
from studio.system import processes
if os.getuid() == 0:
    os.setpriority(os.PRIO_PROCESS, 0, int(sys.argv[2]))
processes.command = lambda role: [sys.executable, "-S", "-c", "import os; input(); print(os.getpriority(0, 0))"]
with processes.launch(sys.argv[1], stdin=PIPE, stdout=PIPE) as child:
    print(os.getpriority(os.PRIO_PROCESS, 0), *child.communicate(b"x\\n")[0].decode().split())
"""


@pytest.mark.parametrize(("role", "least"), [("_source", 5), ("_join", 10), ("_keeper", 0), ("_engine", -20)])
@pytest.mark.parametrize("niceness", [-5, 0, 15])
def test_who_starts_a_process_puts_it_in_its_place(role: str, least: int, niceness: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _START, role, str(niceness)], capture_output=True, text=True, timeout=60, check=True
    )
    ours, theirs = (int(word) for word in done.stdout.split())
    assert theirs == max(ours, least)


def test_a_whole_session_is_put_in_its_place() -> None:
    """Niceness counts inside of a session only, where the system groups them."""
    if not Path("/proc/self/autogroup").exists():
        pytest.skip("this kernel does not group sessions")
    code = "input(); print(open('/proc/self/autogroup').read())"
    with spawn_detached(
        [sys.executable, "-S", "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None
    ) as child:
        wait_for(lambda: _placed(child.pid, 7), what="the session to be set back")
        said, _ = child.communicate(b"x\n")
    assert b"nice 7" in said


def _placed(pid: int, niceness: int) -> bool:
    """Others may have changed a session in the same tenth of a second."""
    set_back(pid, niceness)
    return f"nice {niceness}" in Path(f"/proc/{pid}/autogroup").read_text(encoding="ascii")


@pytest.fixture
def inhibitor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A systemd-inhibit that notes what it is asked and runs the command; and the file of its notes."""
    notes = tmp_path / "notes"
    program = tmp_path / "bin" / "systemd-inhibit"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {notes}\n'
        f'while [ "${{1#--}}" != "$1" ]; do shift; done\n"$@"\necho over >> {notes}\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=os.pathsep)
    return notes


def test_while_live_the_computer_stays_awake(inhibitor: Path) -> None:
    with going_live():
        asked = wait_for(lambda: inhibitor.read_text() if inhibitor.exists() else "", 10)
        assert "--what=idle:sleep" in asked
        assert "--mode=block" in asked
        assert "over" not in asked
    wait_for(lambda: "over" in inhibitor.read_text(), 10)


def test_one_who_is_killed_keeps_nobody_awake(inhibitor: Path) -> None:
    live = "from studio.system import going_live; import time\nwith going_live(): print(flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", live], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        wait_for(inhibitor.exists, 10)
        process.kill()
    wait_for(lambda: "over" in inhibitor.read_text(), 10)


def test_without_a_guard_a_show_goes_live_all_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with going_live():
        pass
    assert "not installed" in sleep_guard()


def test_what_is_in_the_way_of_staying_awake_is_told(inhibitor: Path) -> None:
    assert sleep_guard() == ""
    program = inhibitor.parent / "bin" / "systemd-inhibit"
    program.write_text("#!/bin/sh\necho 'Failed to inhibit: Access denied' >&2\nexit 1\n")
    assert sleep_guard() == "Failed to inhibit: Access denied"


def test_prices_and_names_are_printed_in_utf8_whatever_the_locale_says() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from studio.system import use_utf8; use_utf8(); print('手工雕花肩包 €')"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        timeout=20,
        check=True,
    )
    assert said.stdout.decode("utf-8") == "手工雕花肩包 €\n"
