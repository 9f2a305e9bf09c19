"""The files that come with the program."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.workspace import resources
from studio.workspace.resources import resource


def test_the_sample_show_is_found_in_a_source_tree() -> None:
    assert resource("sample", "sample.toml").is_file()


def test_an_installed_package_has_them_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "_resources").mkdir()
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    assert resource("themes", "ink.toml") == tmp_path / "_resources" / "themes" / "ink.toml"
