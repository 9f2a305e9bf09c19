"""Where a workspace keeps its things."""

from __future__ import annotations

import os
import shutil
import stat
import threading
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from studio.errors import InputError
from studio.workspace.paths import Workspace, open_workspace, slug

names = st.text(min_size=1, max_size=60)


@given(names, names)
@example("Bench", "bench")
@example("a b", "aȋ")
@example("Л", "Ab")
@example("工作台上方的主摄像头用来拍摄手部特写左", "工作台上方的主摄像头用来拍摄手部特写右")
def test_two_names_never_share_a_file(one: str, other: str) -> None:
    """Also not where upper and lower case are the same file."""
    if one != other:
        assert slug(one).lower() != slug(other).lower()


@given(names)
@example("../../etc/passwd")
@example("CON:|*?")
def test_any_name_makes_a_plain_and_short_file_name(name: str) -> None:
    assert all(letter in "abcdefghijklmnopqrstuvwxyz0123456789-_" for letter in slug(name))
    assert 0 < len(slug(name)) <= 80


def test_a_plain_name_stays_readable() -> None:
    assert slug("bench-2") == "bench-2"
    assert slug("my cam") == "my_20_cam"


def test_a_new_workspace_has_its_folders_and_an_id_that_stays(workspace: Workspace) -> None:
    for folder in (workspace.recordings, workspace.logs, workspace.flags, workspace.runtime):
        assert folder.is_dir()
    assert len(workspace.id) == 32
    assert open_workspace(workspace.home) == workspace


def test_the_runtime_folder_is_for_this_user_alone(workspace: Workspace) -> None:
    assert stat.S_IMODE(workspace.runtime.stat().st_mode) & 0o077 == 0
    assert workspace.home not in workspace.runtime.parents


def test_every_file_lies_in_one_of_the_two_folders(workspace: Workspace) -> None:
    lasting = [workspace.wanted_db, workspace.shop_db]
    passing = [workspace.status, workspace.lock("engine"), workspace.source_status("a/b"), workspace.source_lock("ü")]
    assert all(path.parent == workspace.home for path in lasting)
    assert all(path.parent == workspace.runtime for path in passing)
    assert len(set(lasting + passing)) == 6


def test_the_environment_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHCAST_HOME", str(tmp_path / "somewhere" / "else"))
    opened = open_workspace()
    assert opened.home == tmp_path / "somewhere" / "else"
    shutil.rmtree(opened.runtime)


def test_without_one_it_is_the_users_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHCAST_HOME", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    opened = open_workspace()
    assert tmp_path in opened.home.parents
    assert opened.home.name == "benchcast"
    shutil.rmtree(opened.runtime)


def test_a_relative_folder_is_taken_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    opened = open_workspace(Path("here"))
    assert opened.home == tmp_path / "here"
    shutil.rmtree(opened.runtime)


@pytest.mark.parametrize("damage", [b"", b"not an id", b"\xff\xfe\x00", b"0" * 31])
def test_a_damaged_id_is_made_anew(workspace: Workspace, damage: bytes) -> None:
    (workspace.home / "workspace.id").write_bytes(damage)
    again = open_workspace(workspace.home)
    assert len(again.id) == 32
    assert open_workspace(workspace.home).id == again.id
    shutil.rmtree(again.runtime)


def test_those_who_start_a_workspace_at_once_agree_on_its_id(tmp_path: Path) -> None:
    for turn in range(10):
        home, together = tmp_path / str(turn), threading.Barrier(4)
        found: list[Workspace] = []

        def start(home: Path = home, together: threading.Barrier = together, found: list[Workspace] = found) -> None:
            together.wait()
            found.append(open_workspace(home))

        threads = [threading.Thread(target=start) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({one.id for one in found}) == 1
        assert len(found) == 4
        shutil.rmtree(found[0].runtime)


def test_a_folder_that_cannot_be_used_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot be used as the workspace folder .*BENCHCAST_HOME") as caught:
        open_workspace(tmp_path / "file" / "home")
    assert str(tmp_path / "file" / "home") in str(caught.value)


@pytest.mark.skipif(os.name == "nt", reason="names on Windows are checked by the system")
def test_a_name_too_long_for_the_disk_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be used"):
        open_workspace(tmp_path / ("long" * 100))
