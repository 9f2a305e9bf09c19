"""The keeper's answers to questions for keys."""

from __future__ import annotations

import logging
import threading

import pytest

from studio.errors import StudioError
from studio.keeper.key_desk import KeyDesk
from studio.system.secret import Secret
from studio.workspace import keys
from studio.workspace.link import Message


@pytest.fixture
def desk() -> KeyDesk:
    return KeyDesk("workspace-id", {"show/youtube": Secret("canary-1")})


def _question(name: str, source: str = "session") -> Message:
    return {"ask": 7, "name": name, "from": source, "show": "show"}


def test_a_key_of_the_session_is_told(desk: KeyDesk) -> None:
    assert desk.look_up(_question("youtube")) == {"answer": 7, "key": "canary-1"}
    assert desk.look_up(_question("youtube", "env")) == {"answer": 7, "key": "canary-1"}


def test_keys_of_a_later_command_are_added_and_replace_older_ones(desk: KeyDesk) -> None:
    desk.add({"show/facebook": Secret("canary-2")})
    desk.add({"show/youtube": Secret("canary-3")})
    assert desk.look_up(_question("youtube"))["key"] == "canary-3"
    assert desk.look_up(_question("facebook"))["key"] == "canary-2"


def test_a_key_of_a_session_that_has_ended_is_said_so(desk: KeyDesk) -> None:
    answer = desk.look_up(_question("twitch"))
    assert answer["answer"] == 7
    assert "key" not in answer
    assert "session that has ended" in answer["what"]
    assert "benchcast key set twitch" in answer["do"]
    assert "benchcast key set 'mi señal'" in desk.look_up(_question("mi señal"))["do"]


def test_the_keyring_is_asked_each_time_for_this_workspace(desk: KeyDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def read(workspace_id: str, name: str) -> Secret:
        asked.append((workspace_id, name))
        return Secret(f"from the keyring {len(asked)}")

    monkeypatch.setattr(keys, "read_key", read)
    assert desk.look_up(_question("youtube", "keyring"))["key"] == "from the keyring 1"
    assert desk.look_up(_question("youtube", "keyring"))["key"] == "from the keyring 2"
    assert asked == [("workspace-id", "youtube")] * 2


def test_what_the_keyring_says_is_handed_on(desk: KeyDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(_workspace_id: str, name: str) -> Secret:
        raise StudioError(f"the keyring has no stream key named {name}", do="store it")

    monkeypatch.setattr(keys, "read_key", read)
    assert desk.look_up(_question("twitch", "keyring")) == {
        "answer": 7,
        "what": "the keyring has no stream key named twitch",
        "do": "store it",
    }


def test_a_keyring_that_hangs_holds_up_no_other_answer(desk: KeyDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    locked, answers, two = threading.Event(), list[Message](), threading.Semaphore(0)

    def read(_workspace_id: str, _name: str) -> Secret:
        locked.wait(20)
        return Secret("at last")

    def reply(message: Message) -> None:
        answers.append(message)
        two.release()

    monkeypatch.setattr(keys, "read_key", read)
    desk.answer(_question("slow", "keyring"), reply)
    desk.answer(_question("youtube"), reply)
    assert two.acquire(timeout=20)
    assert [one["key"] for one in answers] == ["canary-1"]
    locked.set()
    assert two.acquire(timeout=20)
    assert answers[1]["key"] == "at last"


def test_no_key_is_logged(desk: KeyDesk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        desk.add({"show/facebook": Secret("canary-2")})
        desk.look_up(_question("facebook"))
        desk.look_up(_question("twitch"))
    assert "canary" not in caplog.text + repr(vars(desk))


def test_a_key_is_not_told_to_another_show(desk: KeyDesk) -> None:
    assert "session that has ended" in desk.look_up({**_question("youtube"), "show": "another"})["what"]
