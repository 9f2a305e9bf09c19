"""The window asks once for the camera, where the system wants to be asked."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from studio.system import CameraPermission
from studio.ui import app


@pytest.mark.parametrize(("permission", "questions"), [("not asked", 1), ("granted", 0), ("denied", 0)])
def test_the_camera_is_asked_for_until_the_person_has_answered(
    monkeypatch: pytest.MonkeyPatch, permission: CameraPermission, questions: int
) -> None:
    asked: list[Callable[[bool], None]] = []
    monkeypatch.setattr(app, "camera_permission", lambda: permission)
    monkeypatch.setattr(app, "ask_camera_permission", asked.append)
    app._ask_for_camera()
    assert len(asked) == questions
    for answer in asked:
        answer(False)  # the sources find out by themselves
