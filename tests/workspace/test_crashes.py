"""Crash reports: what they tell, what they do not, and how many there are."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from studio import __version__
from studio.workspace.crashes import KEPT, CrashDesk, Death, Presence, crash_files, left_behind, write_crash
from studio.workspace.paths import Workspace
from tests.media.manual_clock import ManualClock
from tests.services.waiting import wait_for

NOW = datetime(2026, 8, 1, 20, 30, 5, tzinfo=UTC)
LOG = """\
2026-08-01 20:30:01,000 INFO 41 MainThread studio.engine: of another process
2026-08-01 20:30:02,000 INFO 42 MainThread studio.engine: on air
2026-08-01 20:30:03,000 ERROR 42 MainThread studio.engine: the engine failed
Traceback (most recent call last):
  File "engine.py", line 3, in run
    raise ValueError(buyer)
ValueError: no such buyer: 'Ana Canary'
2026-08-01 20:30:04,000 INFO 41 MainThread studio.engine: of another process
"""


def _write(workspace: Workspace, death: Death | None = None, *, after_s: float = 0) -> str:
    path = write_crash(workspace, death or Death("engine", 42, -11), now=lambda: NOW + timedelta(seconds=after_s))
    os.utime(path, (after_s + 1, after_s + 1))
    return path.read_text(encoding="utf-8")


def test_it_tells_what_when_and_of_which_versions(workspace: Workspace) -> None:
    text = _write(workspace, Death("source", 42, -11, name="bench"))
    assert f"{NOW.astimezone():%Y-%m-%d %H:%M:%S %z}" in text
    assert "process:  source bench, number 42" in text
    assert "ended:    by SIGSEGV (-11)" in text
    assert f"Benchcast {__version__}" in text
    for part in (r"Python 3\.", r"PySide6 6\.", r"OpenCV \d", r"PyAV \d", "system: +[A-Z]"):
        assert re.search(part, text)


@pytest.mark.parametrize(
    ("status", "words"),
    [(1, "ended:    with 1"), (0xC0000005, "with 0xc0000005"), (None, "status is not known"), (-99, "signal 99")],
)
def test_each_way_to_end_has_its_words(workspace: Workspace, status: int | None, words: str) -> None:
    assert words in _write(workspace, Death("engine", 42, status))


def test_its_own_words_and_log_lines_are_there_and_no_others(workspace: Workspace) -> None:
    (workspace.logs / "engine.log").write_text(LOG, encoding="utf-8")
    (workspace.logs / "keeper.log").write_text(LOG.replace("on air", "the engine is silent"), encoding="utf-8")
    before = b"words of one before\n"
    (workspace.logs / "engine.err").write_bytes(before + b"Fatal Python error: Segmentation fault\n")
    text = _write(workspace, Death("engine", 42, -11, said_from=len(before)))
    assert "Fatal Python error: Segmentation fault" in text
    assert "words of one before" not in text
    own, keeper = text.split("The keeper's last log lines")
    assert "on air" in own
    assert "line 3, in run" in own
    assert "of another process" not in own
    assert "the engine is silent" in keeper


def test_without_any_words_it_is_still_written(workspace: Workspace) -> None:
    assert _write(workspace).count("(nothing)") == 3


def test_an_error_file_that_was_put_aside_is_read_from_its_beginning(workspace: Workspace) -> None:
    (workspace.logs / "engine.err").write_bytes(b"Fatal Python error\n")
    assert "Fatal Python error" in _write(workspace, Death("engine", 42, -11, said_from=1_000_000))


def test_a_long_log_is_cut_at_its_beginning(workspace: Workspace) -> None:
    lines = [f"2026-08-01 20:30:02,000 INFO 42 MainThread studio.engine: line {number}." for number in range(9999)]
    (workspace.logs / "engine.log").write_text("\n".join(lines), encoding="utf-8")
    text = _write(workspace)
    assert "line 9998." in text
    assert "line 9900." not in text


def test_the_newest_twenty_are_kept(workspace: Workspace) -> None:
    for second in range(KEPT + 5):
        _write(workspace, Death("engine", second, -11), after_s=second)
    assert [int(path.stem.split()[-1]) for path in crash_files(workspace)] == list(range(5, KEPT + 5))


class TestNobodysBusiness:
    def _crashed(self, workspace: Workspace, lines: int) -> str:
        """A report whose log ends in an exception with so many lines of words that name a buyer."""
        trace = LOG.replace("'Ana Canary'", "\n".join(["", *["  'Ana Canary'"] * lines]))
        (workspace.logs / "engine.log").write_text(trace, encoding="utf-8")
        return _write(workspace)

    @pytest.mark.parametrize("lines", [1, 59, 61, 200])
    def test_no_buyer_is_in_it_however_long_the_exception(self, workspace: Workspace, lines: int) -> None:
        text = self._crashed(workspace, lines)
        assert "'…'" in text
        assert "Ana" not in text

    def test_last_words_that_are_cut_begin_with_a_whole_line(self, workspace: Workspace) -> None:
        said = b"KeyError: 'Ana Canary' " + b"x" * 64 * 1024
        for cut in (said, said + b"\nthe end\n", b"x" * 30 + b"\n'" + b"Ana " * 16 * 1024 + b"'\n"):
            (workspace.logs / "engine.err").write_bytes(cut)
            text = _write(workspace)
            assert "Ana" not in text
            assert "xxx" not in text
            assert ("the end" in text) == (b"the end" in cut)


class TestTheDesk:
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def desk(self, workspace: Workspace, clock: ManualClock) -> CrashDesk:
        return CrashDesk(workspace, clock)

    def test_a_crash_is_written_and_an_end_in_order_is_not(self, workspace: Workspace, desk: CrashDesk) -> None:
        for status in (0, 3, -signal.SIGTERM):
            desk.note(Death("engine", 41, status))
        desk.note(Death("engine", 42, -signal.SIGKILL))
        (path,) = wait_for(lambda: crash_files(workspace), 20)
        assert path.name.endswith("engine 42.txt")

    def test_the_same_again_and_again_is_written_once_a_minute(
        self, workspace: Workspace, desk: CrashDesk, clock: ManualClock
    ) -> None:
        for number in range(61):
            desk.note(Death("source", number, -11))
            clock.pass_s(1)
        wait_for(lambda: len(crash_files(workspace)) == 2, 20)
        last = next(path for path in crash_files(workspace) if path.name.endswith("source 60.txt"))
        wait_for(lambda: "59 times before, unreported" in last.read_text(encoding="utf-8"), 20)

    def test_a_folder_that_takes_nothing_ends_nobody(self, workspace: Workspace, desk: CrashDesk) -> None:
        workspace.crashes.touch()
        desk.note(Death("engine", 42, -11))


_WINDOW = """
import faulthandler, logging, os, signal, sys
from pathlib import Path
from studio.workspace.crashes import Presence
from studio.workspace.logs import error_file, start_log
from studio.workspace.paths import open_workspace
workspace = open_workspace(Path(sys.argv[1]))
start_log(workspace, "window")
with Presence(workspace, "window"):
    faulthandler.enable(error_file(workspace, "window"))
    logging.getLogger("studio").info("open")
    print("there", flush=True)
    exec(sys.argv[2])
"""


class TestPresence:
    def _window(self, workspace: Workspace, then: str) -> int:
        line = [sys.executable, "-c", _WINDOW, str(workspace.home), then]
        return subprocess.run(line, capture_output=True, timeout=60, check=False).returncode

    @pytest.fixture
    def another(self, workspace: Workspace) -> Iterator[subprocess.Popen[bytes]]:
        line = [sys.executable, "-c", _WINDOW, str(workspace.home), "sys.stdin.read()"]
        with subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            yield process
            process.kill()

    @pytest.mark.skipif(sys.platform == "win32", reason="by a signal")
    def test_the_next_tells_what_the_one_before_died_of(self, workspace: Workspace) -> None:
        assert self._window(workspace, "os.kill(os.getpid(), signal.SIGSEGV)") == -signal.SIGSEGV
        assert crash_files(workspace) == []
        assert self._window(workspace, "") == 0
        (path,) = crash_files(workspace)
        text = path.read_text(encoding="utf-8")
        assert "Fatal Python error: Segmentation fault" in text
        assert "studio: open" in text
        assert self._window(workspace, "") == 0
        assert len(crash_files(workspace)) == 1, "told once"

    def test_an_exception_is_told_with_its_traceback(self, workspace: Workspace) -> None:
        assert self._window(workspace, "{}['Ana Canary']") == 1
        self._window(workspace, "")
        text = crash_files(workspace)[0].read_text(encoding="utf-8")
        assert "KeyError: '…'" in text
        assert "Ana" not in text.replace("{}['Ana Canary']", "")

    @pytest.mark.parametrize("end", ["sys.exit(2)", "raise StudioError('No screen', do='')"])
    def test_an_end_in_order_is_no_crash(self, workspace: Workspace, end: str) -> None:
        self._window(workspace, f"from studio.errors import StudioError; {end}")
        self._window(workspace, "")
        assert crash_files(workspace) == []

    def test_one_that_lives_is_left_alone(self, workspace: Workspace, another: subprocess.Popen[bytes]) -> None:
        assert self._window(workspace, "") == 0
        assert crash_files(workspace) == []
        another.kill()
        another.wait(20)
        with Presence(workspace, "window"):
            pass
        assert len(crash_files(workspace)) == 1

    def test_one_that_is_watched_leaves_it_to_who_watches(
        self, workspace: Workspace, another: subprocess.Popen[bytes]
    ) -> None:
        with Presence(workspace, "window", watched=True):
            assert left_behind(workspace, "window") == []
            another.kill()
            another.wait(20)
        with Presence(workspace, "window", watched=True):
            assert crash_files(workspace) == []
        (death,) = left_behind(workspace, "window")
        assert (death.role, death.pid, death.status, death.is_crash) == ("window", another.pid, None, True)
        assert left_behind(workspace, "window") == [], "told once"

    def test_a_mark_that_is_none_holds_up_nobody(self, workspace: Workspace) -> None:
        (workspace.runtime / "alive-window-1.json").write_text("[]", encoding="ascii")
        with Presence(workspace, "window"):
            pass
        assert crash_files(workspace) == []
