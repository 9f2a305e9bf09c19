"""`benchcast doctor --report`: one file with what helps, and nothing else in it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from studio.cli import doctor as module
from studio.cli.app import main
from studio.cli.bundle import write_bundle
from studio.errors import InputError
from studio.workspace.crashes import Death, write_crash
from studio.workspace.finding import Finding
from studio.workspace.paths import Workspace


@pytest.fixture(autouse=True)
def one_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real ones would start processes that load drivers."""
    found = [Finding(ok=False, detail="no camera", do="plug one in")]
    monkeypatch.setattr(module, "_checks", lambda _: {"cameras": lambda: found})


def test_it_holds_reports_logs_findings_and_versions_and_lists_them(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (workspace.logs / "engine.log").write_text("on air\n", encoding="utf-8")
    (workspace.logs / "engine.log.1").write_text("older\n", encoding="utf-8")
    (workspace.logs / "engine.err").write_text("Fatal Python error\n", encoding="utf-8")
    crash = write_crash(workspace, Death("engine", 42, -11))
    file = tmp_path / "report.zip"
    assert main(["doctor", "--report", str(file)]) == 0
    said = capsys.readouterr().out
    with zipfile.ZipFile(file) as bundle:
        inside = {name: bundle.read(name).decode("utf-8") for name in bundle.namelist()}
    assert list(inside) == [
        *("versions.txt", "doctor.txt", f"crashes/{crash.name}"),
        *("logs/engine.err", "logs/engine.log", "logs/engine.log.1"),
    ]
    assert all(name in said for name in inside)
    assert "Benchcast 0" in inside["versions.txt"]
    assert "look  cameras       no camera" in inside["doctor.txt"]
    assert "\x1b" not in inside["doctor.txt"]
    assert "by SIGSEGV" in inside[f"crashes/{crash.name}"]
    assert inside["logs/engine.log"] == "on air\n"


def test_with_json_the_list_is_beside_it(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--json", "--report", str(tmp_path / "report.zip")]) == 0
    said = capsys.readouterr()
    assert [json.loads(line)["check"] for line in said.out.splitlines()] == ["cameras"]
    assert "versions.txt" in said.err


def test_a_file_that_is_there_is_refused_and_kept(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.zip"
    file.write_bytes(b"precious")
    assert main(["doctor", "--report", str(file)]) == 2
    said = capsys.readouterr()
    assert "is there already: name a new file" in said.err
    assert said.out == "", "before anything is looked at"
    assert file.read_bytes() == b"precious"
    with pytest.raises(InputError, match="is there already"):
        write_bundle(workspace, file, [])
    assert file.read_bytes() == b"precious"


def test_a_folder_that_is_not_there_is_said(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", "--report", str(tmp_path / "none" / "report.zip")]) == 2
    assert "no existing folder" in capsys.readouterr().err


def test_what_is_nobodys_business_is_left_out(workspace: Workspace, tmp_path: Path) -> None:
    (workspace.logs / "window.log").write_text(
        "cannot reach rtmp://a.example/live/canary-key\n"
        "Traceback (most recent call last):\n  File 'a.py'\nKeyError: 'Ana Canary'\n",
        encoding="utf-8",
    )
    file = tmp_path / "report.zip"
    write_bundle(workspace, file, ["rtmps://a.example/live/canary-key"])
    with zipfile.ZipFile(file) as bundle:
        everything = b"".join(bundle.read(name) for name in bundle.namelist())
    assert b"anary" not in everything
    assert everything.count("a.example/…".encode()) == 2


def test_a_disk_that_takes_nothing_leaves_no_half_file(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(InputError, match="No space left"):
        write_bundle(workspace, tmp_path / "report.zip", [])
    assert list(tmp_path.glob("report*")) == []
