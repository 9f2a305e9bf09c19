"""The window asks once for the camera, where the system wants to be asked, and says when it is denied."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from studio.system import CameraPermission
from studio.ui import app


@pytest.mark.parametrize(
    ("permission", "questions", "denials"), [("not asked", 1, 1), ("granted", 0, 0), ("denied", 0, 1)]
)
def test_the_camera_is_asked_for_until_the_person_has_answered(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, permission: CameraPermission, questions: int, denials: int
) -> None:
    asked: list[Callable[[bool], None]] = []
    said: list[str] = []
    monkeypatch.setattr(app, "camera_permission", lambda: permission)
    monkeypatch.setattr(app, "ask_camera_permission", asked.append)
    question = app._CameraQuestion()
    question.denied.connect(said.append)
    question.ask()
    assert len(asked) == questions
    for answer in asked:
        thread = threading.Thread(target=answer, args=(False,), name="answer")  # as a thread of the system's does
        thread.start()
        thread.join()
    qtbot.waitUntil(lambda: len(said) == denials, timeout=5000)
    assert all("privacy settings" in words for words in said)


def test_a_camera_that_is_allowed_is_no_news(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(app, "camera_permission", lambda: "not asked")
    monkeypatch.setattr(app, "ask_camera_permission", lambda done: done(True))
    question = app._CameraQuestion()
    question.denied.connect(said.append)
    question.ask()
    assert said == []
