"""`benchcast key`: into the keyring, and nowhere else."""

from __future__ import annotations

import io

import pytest

from studio.cli.app import main
from studio.errors import StudioError
from studio.system.secret import Secret
from studio.workspace.paths import Workspace


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], Secret]:
    """What the keyring holds, by workspace and name."""
    held: dict[tuple[str, str], Secret] = {}

    def forget(workspace_id: str, name: str) -> bool:
        return held.pop((workspace_id, name), None) is not None

    monkeypatch.setattr("studio.cli.keys.set_key", lambda ident, name, key: held.update({(ident, name): key}))
    monkeypatch.setattr("studio.cli.keys.forget_key", forget)
    return held


def _type(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_a_key_is_read_from_standard_input_and_never_shown(
    workspace: Workspace,
    keyring: dict[tuple[str, str], Secret],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    _type(monkeypatch, "  canary-key \nand more\n")
    assert main(["key", "set", "youtube"]) == 0
    assert keyring == {(workspace.id, "youtube"): Secret("canary-key")}
    said = capsys.readouterr()
    assert said.out == "The key of youtube is in the keyring.\n"
    assert "canary" not in said.out + said.err


def test_on_a_terminal_it_is_asked_for_without_showing_it(
    workspace: Workspace, keyring: dict[tuple[str, str], Secret], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    asked: list[tuple[str, bool]] = []

    def prompt(text: str, *, hide_input: bool) -> str:
        asked.append((text, hide_input))
        return "canary-key"

    monkeypatch.setattr("sys.stdin", Terminal())
    monkeypatch.setattr("typer.prompt", prompt)
    assert main(["key", "set", "youtube"]) == 0
    assert asked == [("Stream key of youtube", True)]
    assert keyring == {(workspace.id, "youtube"): Secret("canary-key")}


@pytest.mark.parametrize("text", ["", "\n", "   \n"])
def test_an_empty_key_is_refused(
    keyring: dict[tuple[str, str], Secret],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    text: str,
) -> None:
    _type(monkeypatch, text)
    assert main(["key", "set", "youtube"]) == 2
    assert "the stream key: is empty" in capsys.readouterr().err
    assert keyring == {}


def test_a_key_is_forgotten(
    workspace: Workspace, keyring: dict[tuple[str, str], Secret], capsys: pytest.CaptureFixture[str]
) -> None:
    keyring[workspace.id, "youtube"] = Secret("canary-key")
    assert main(["key", "forget", "youtube"]) == 0
    assert keyring == {}
    assert "no longer in the keyring" in capsys.readouterr().out


def test_a_key_that_never_was_cannot_be_forgotten(
    workspace: Workspace, keyring: dict[tuple[str, str], Secret], capsys: pytest.CaptureFixture[str]
) -> None:
    keyring[workspace.id, "youtube"] = Secret("canary-key")
    assert main(["key", "forget", "yuotube"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "destination yuotube: has no key in the keyring: see the names in the show file\n"
    assert len(keyring) == 1


@pytest.mark.parametrize("command", ["set", "forget"])
def test_a_destination_without_a_name_is_refused(
    keyring: dict[tuple[str, str], Secret],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: str,
) -> None:
    _type(monkeypatch, "canary-key\n")
    assert main(["key", command, " "]) == 2
    assert "name: is empty" in capsys.readouterr().err
    assert keyring == {}


def test_without_a_keyring_one_line_says_what_to_do(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise StudioError("this computer has no keyring", do="use GNOME Keyring")

    monkeypatch.setattr("studio.cli.keys.set_key", fail)
    _type(monkeypatch, "canary-key\n")
    assert main(["key", "set", "youtube"]) == 1
    assert capsys.readouterr().err == "this computer has no keyring: use GNOME Keyring\n"
