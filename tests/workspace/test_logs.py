"""The logs of processes."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.workspace.logs import OnceASecond, error_file
from studio.workspace.paths import Workspace
from tests.media.manual_clock import ManualClock

_PROGRAM = """
import logging, sys, warnings
from pathlib import Path
from studio.workspace.logs import start_log
from studio.workspace.paths import open_workspace
start_log(open_workspace(Path(sys.argv[1])), "engine")
log = logging.getLogger("studio.test")
log.debug("a detail"), log.info("手工 is on air"), warnings.warn("old ways")
"""


def _run(workspace: Workspace, **env: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(workspace.home)],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=True,
    )


def test_a_process_writes_its_own_file(workspace: Workspace) -> None:
    done = _run(workspace)
    text = (workspace.logs / "engine.log").read_text(encoding="utf-8")
    assert "INFO" in text
    assert "studio.test: 手工 is on air" in text
    assert "old ways" in text, "warnings go there too"
    assert "a detail" not in text
    assert done.stderr == ""


@pytest.mark.parametrize(("level", "details"), [("debug", True), ("ERROR", False), ("nonsense", False)])
def test_the_environment_sets_the_level(workspace: Workspace, level: str, details: bool) -> None:
    _run(workspace, BENCHCAST_LOG=level)
    text = (workspace.logs / "engine.log").read_text(encoding="utf-8")
    assert ("a detail" in text) is details
    assert ("is on air" in text) is (level != "ERROR")


@pytest.mark.parametrize(("level", "times"), [("chatty", 1), ("", 0), ("info", 0)])
def test_a_level_that_does_not_exist_is_told_once_with_those_that_do(
    workspace: Workspace, level: str, times: int
) -> None:
    _run(workspace, BENCHCAST_LOG=level)
    text = (workspace.logs / "engine.log").read_text(encoding="utf-8")
    assert text.count("is no level: write DEBUG, INFO, WARNING or ERROR") == times
    assert text.count("BENCHCAST_LOG='chatty'") == times


def test_without_a_folder_it_goes_to_standard_error(workspace: Workspace) -> None:
    workspace.logs.rmdir()
    workspace.logs.touch()
    # The workspace is refused first; the log itself must do without its folder too.
    program = _PROGRAM.replace("open_workspace(Path(sys.argv[1]))", "Workspace(Path(sys.argv[1]), Path('.'), 'x')")
    program = program.replace("import open_workspace", "import Workspace")
    done = subprocess.run(
        [sys.executable, "-c", program, str(workspace.home)], capture_output=True, text=True, check=True
    )
    assert "is on air" in done.stderr


def test_a_childs_last_words_are_kept(workspace: Workspace) -> None:
    for words in (b"first\n", b"second\n"):
        file = error_file(workspace, "source")
        assert file is not None
        with file:
            file.write(words)
    assert (workspace.logs / "source.err").read_bytes() == b"first\nsecond\n"


def test_a_long_file_of_last_words_is_put_aside(workspace: Workspace) -> None:
    path = workspace.logs / "source.err"
    path.write_bytes(b"x" * 1_000_001)
    file = error_file(workspace, "source")
    assert file is not None
    file.close()
    assert path.stat().st_size == 0
    assert (workspace.logs / "source.err.1").stat().st_size == 1_000_001


def test_last_words_may_have_nowhere_to_go(workspace: Workspace) -> None:
    assert error_file(Workspace(Path("/nowhere/at/all"), workspace.runtime, ""), "source") is None
    assert logging.getLogger().handlers is not None


class _Kept(logging.Handler):
    """Keeps what reaches it, as it would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class TestRepeats:
    @pytest.fixture
    def clock(self) -> ManualClock:
        return ManualClock()

    @pytest.fixture
    def kept(self) -> _Kept:
        return _Kept()

    @pytest.fixture
    def log(self, clock: ManualClock, kept: _Kept) -> Iterator[logging.Logger]:
        log = logging.Logger("studio.test", logging.DEBUG)
        handler = OnceASecond(kept, clock)
        log.addHandler(handler)
        yield log
        handler.close()
        kept.close()

    def test_a_repeated_fault_is_told_at_once_then_once_a_second_with_its_count(
        self, log: logging.Logger, kept: _Kept, clock: ManualClock
    ) -> None:
        for number in range(21):
            log.error("feed wide failed at %d", number)
            clock.pass_s(0.1)
        assert kept.lines == [
            "feed wide failed at 0",
            "feed wide failed at 9 (9 more like it)",
            "feed wide failed at 19 (10 more like it)",
        ]

    def test_its_traceback_is_told_once(self, log: logging.Logger, kept: _Kept, clock: ManualClock) -> None:
        for _ in range(15):
            try:
                raise ValueError("a bad rectangle")
            except ValueError:
                log.exception("feed wide failed")
            clock.pass_s(0.1)
        assert "Traceback" in kept.lines[0]
        assert kept.lines[1:] == ["feed wide failed (9 more like it)"]

    def test_one_that_comes_seldom_is_told_each_time(
        self, log: logging.Logger, kept: _Kept, clock: ManualClock
    ) -> None:
        for _ in range(3):
            log.warning("the network is away")
            clock.pass_s(1)
        assert kept.lines == ["the network is away"] * 3

    def test_different_faults_do_not_hide_each_other(self, log: logging.Logger, kept: _Kept) -> None:
        for fault in (ValueError("one"), KeyError("other")):
            log.error("feed %s failed", "wide", exc_info=fault)
            log.error("feed %s failed", "tall", exc_info=fault)
        log.warning("feed %s failed", "wide")
        assert len(kept.lines) == 5

    def test_what_is_no_fault_passes_and_tells_the_counts_that_are_due(
        self, log: logging.Logger, kept: _Kept, clock: ManualClock
    ) -> None:
        for _ in range(3):
            log.warning("full")
            log.info("on air")
        clock.pass_s(1)
        log.info("off air")
        assert kept.lines == ["full", "on air", "on air", "on air", "full (2 more like it)", "off air"]

    def test_counts_are_told_at_the_end(self, clock: ManualClock, kept: _Kept) -> None:
        log = logging.Logger("studio.test")
        handler = OnceASecond(kept, clock)
        log.addHandler(handler)
        for _ in range(4):
            log.warning("full")
        handler.close()
        assert kept.lines == ["full", "full (3 more like it)"]

    def test_every_process_has_it(self, workspace: Workspace) -> None:
        program = _PROGRAM + "for _ in range(50): log.warning('full')\nlogging.shutdown()"
        subprocess.run([sys.executable, "-c", program, str(workspace.home)], capture_output=True, check=True)
        text = (workspace.logs / "engine.log").read_text(encoding="utf-8")
        assert text.count("full") == 2
        assert "full (49 more like it)" in text
