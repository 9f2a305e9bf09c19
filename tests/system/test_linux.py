"""What only Linux does so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import pytest

from studio.system import (
    CameraBackend,
    ask_camera_permission,
    boot_id,
    camera_backends,
    camera_permission,
    going_live,
    has_screen,
    runtime_folder,
)
from studio.system._shared import prepare_cameras


def test_the_runtime_folder_is_in_memory_and_stays_the_same() -> None:
    assert runtime_folder() == runtime_folder()
    assert runtime_folder().parent == Path("/dev/shm")


def test_without_shared_memory_the_session_or_the_temporary_folder_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    really = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != Path("/dev/shm") and really(path, mode))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime_folder().parent == tmp_path
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "nowhere"))
    assert runtime_folder().parent == Path("/tmp")
    runtime_folder().rmdir()


def test_the_boot_id_stays_the_same_until_the_next_boot() -> None:
    assert boot_id() == boot_id() != ""


def test_the_camera_backends_are_those_of_cv2() -> None:
    for backend in camera_backends():
        assert getattr(cv2, f"CAP_{backend.name}") == backend.api


def test_cv2_finds_its_settings_and_the_persons_own_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ONE_FOR_TEST", raising=False)
    monkeypatch.setenv("TWO_FOR_TEST", "theirs")
    monkeypatch.setenv("ONE_FOR_TEST", "")
    monkeypatch.delenv("ONE_FOR_TEST")
    prepare_cameras((CameraBackend("X", 1, {"ONE_FOR_TEST": "ours", "TWO_FOR_TEST": "ours"}),))
    assert os.environ["ONE_FOR_TEST"] == "ours"
    assert os.environ["TWO_FOR_TEST"] == "theirs"
    del os.environ["ONE_FOR_TEST"]


def test_cameras_need_no_permission_here() -> None:
    answers: list[bool] = []
    ask_camera_permission(answers.append)
    assert answers == [True]
    assert camera_permission() == "granted"


@pytest.mark.parametrize("server", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_a_screen_is_where_a_display_server_is_named(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not has_screen()
    monkeypatch.setenv(server, ":7")
    assert has_screen()


def test_after_a_show_the_process_is_scheduled_as_before() -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    with going_live():
        assert os.getpriority(os.PRIO_PROCESS, 0) <= before
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


def test_prices_and_names_are_printed_in_utf8_whatever_the_locale_says() -> None:
    said = subprocess.run(
        [sys.executable, "-c", "from studio.system import use_utf8; use_utf8(); print('手工雕花肩包 €')"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        timeout=20,
        check=True,
    )
    assert said.stdout.decode("utf-8") == "手工雕花肩包 €\n"
