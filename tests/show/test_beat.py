from __future__ import annotations

from contextlib import closing
from pathlib import Path

from studio.show.beat import Beat, BeatWriter, read_beat


def test_the_newest_beat_is_read(tmp_path: Path) -> None:
    path = tmp_path / "engine.beat"
    with closing(BeatWriter(path, 4242)) as writer:
        for at in (1, 10**18):
            writer.beat(at)
            assert read_beat(path) == Beat(4242, at)


def test_a_new_engine_has_not_beaten_yet(tmp_path: Path) -> None:
    path = tmp_path / "engine.beat"
    assert read_beat(path) is None
    with closing(BeatWriter(path, 1)) as writer:
        writer.beat(5)
    with closing(BeatWriter(path, 2)):
        assert read_beat(path) is None


def test_another_file_of_that_name_is_no_beat(tmp_path: Path) -> None:
    path = tmp_path / "engine.beat"
    path.write_bytes(b"something else" * 100)
    assert read_beat(path) is None
