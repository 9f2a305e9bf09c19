"""The logs of processes."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from studio.workspace.logs import error_file
from studio.workspace.paths import Workspace

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
