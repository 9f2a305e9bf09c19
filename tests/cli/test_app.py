"""The command line as a whole: help, version, and what is typed wrong."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from studio.cli.app import main


def test_the_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))["project"]
    assert main(["--version"]) == 0
    assert capsys.readouterr() == (f"Benchcast {project['version']}\n", "")


@pytest.mark.parametrize("command", [[], ["live"], ["key", "set"]], ids=" ".join)
def test_help_is_asked_for_in_short_as_in_full(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    assert main([*command, "--help"]) == 0
    full = capsys.readouterr()
    assert main([*command, "-h"]) == 0
    assert capsys.readouterr() == full
    assert "Usage: benchcast" in full.out
    assert full.err == ""


@pytest.mark.parametrize("group", ["products", "orders", "claims", "key"])
def test_a_group_without_a_command_shows_its_help_and_nothing_else(
    capsys: pytest.CaptureFixture[str], group: str
) -> None:
    assert main([group]) == 2
    said = capsys.readouterr()
    assert f"Usage: benchcast {group}" in said.out
    assert said.err == ""


def test_a_command_that_is_none_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["products", "nope"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)
    assert "'nope'" in said.err
