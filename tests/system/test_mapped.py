"""A mapped file is shared, whole and private; a full disk leaves nothing half-made."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from studio.system.mapped import create_mapped, open_mapped


def test_what_one_writes_the_other_reads(tmp_path: Path) -> None:
    path = tmp_path / "map"
    with create_mapped(path, 100_000) as ours, open_mapped(path) as theirs:
        assert bytes(theirs) == bytes(100_000)
        ours[99_999] = 7
        assert theirs[99_999] == 7
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_blocks * 512 >= 100_000  # not sparse: it would end its writer on a full disk


def test_whoever_maps_the_older_file_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "map"
    with create_mapped(path, 4096) as older:
        older[0] = 1
        with open_mapped(path) as reader, create_mapped(path, 4096):
            assert reader[0] == 1


@pytest.mark.parametrize("room", [0, 65_536, 70_000, 99_999])
def test_a_disk_that_fills_up_leaves_nothing(tmp_path: Path, room: int) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            create_mapped(tmp_path / "map", 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
