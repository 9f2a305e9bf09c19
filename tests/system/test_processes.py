"""The studio starts its own processes the same way from source and from a frozen application."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from studio.system.processes import command, launch


def test_from_source_a_role_is_a_module_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command("_engine", "x") == [sys.executable, "-P", "-m", "studio", "_engine", "x"]


def test_a_frozen_application_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/benchcast/benchcast")
    assert command("_engine") == ["/opt/benchcast/benchcast", "_engine"]


def test_a_folder_named_like_us_does_not_take_our_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "studio").mkdir()
    (tmp_path / "studio" / "__main__.py").write_text("print('hijacked')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    process = launch("--help", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, _ = process.communicate(timeout=30)
    assert b"hijacked" not in said
