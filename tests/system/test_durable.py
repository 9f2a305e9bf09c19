from __future__ import annotations

import sys
from pathlib import Path

import pytest

from studio.system.durable import sync_file, sync_folder, write_durably


def test_a_private_file_takes_the_place_of_another_whole(tmp_path: Path) -> None:
    path = tmp_path / "key"
    for data in (b"one", b"another"):
        write_durably(path, data)
        assert path.read_bytes() == data
    assert [one.name for one in tmp_path.iterdir()] == ["key"]
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    with pytest.raises(OSError, match="key"):
        write_durably(tmp_path / "key", b"one")
    assert [one.name for one in tmp_path.iterdir()] == ["key"]


def test_files_and_folders_can_be_synced(tmp_path: Path) -> None:
    with (tmp_path / "file").open("wb") as file:
        sync_file(file.fileno())
    sync_folder(tmp_path)
    sync_folder(tmp_path / "none")
