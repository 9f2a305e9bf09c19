"""Parts of a recording become one, with what lay between them kept in time."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from studio.errors import StudioError
from studio.media.clock import SystemClock
from studio.outputs.join import join
from studio.outputs.mp4 import Mp4Writer, RecordingFile
from studio.outputs.part_book import Part, ShowMark
from studio.outputs.recorder import Recorder
from tests.outputs.conftest import NS, Encoded, decode, shifted
from tests.services.waiting import wait_for

GAP_S = 12


def _record(path: Path, encoded: Encoded, clock: SystemClock, at_s: int = 0) -> Part:
    """Four seconds of a show, from `at_s` on."""
    recorder = Recorder(path, encoded.format, clock)
    recorder.start()
    for packet in encoded.packets:
        recorder.offer(shifted(packet, at_s * NS))
    assert recorder.finish()
    return _part(str(path), at_s * NS)


@pytest.fixture
def parts(tmp_path: Path, encoded: Encoded, clock: SystemClock) -> tuple[Part, ...]:
    """Two, of four seconds each, the second `GAP_S` after the beginning of the first."""
    names = (tmp_path / "show.mp4", tmp_path / "show-2.mp4")
    return tuple(_record(path, encoded, clock, number * GAP_S) for number, path in enumerate(names))


def _part(path: Path | str, at_ns: int) -> Part:
    return Part("wide", str(path), at_ns, "same")


def _join(folder: Path, parts: tuple[Part, ...], *marks: ShowMark, spare_bytes: int = 0) -> Path:
    """With the book elsewhere."""
    return join(parts, marks, folder.parent / f"{folder.name}.jsonl", spare_bytes)


def _video_times(path: Path) -> list[float]:
    with av.open(str(path)) as file:
        return [frame.time for frame in file.decode(video=0)]


def test_every_picture_keeps_its_time(tmp_path: Path, parts: tuple[Part, ...]) -> None:
    alone = [_video_times(Path(part.path)) for part in parts]
    joined = _join(tmp_path, parts)
    assert [one.name for one in tmp_path.iterdir()] == ["show.mp4"], "the first one's name, and nothing else is left"
    assert _video_times(joined) == pytest.approx([*alone[0], *(GAP_S + at for at in alone[1])], abs=1e-3)
    recorded = decode(joined)
    assert (recorded.pictures, recorded.rising) == (240, True)


def test_the_gap_is_silent_and_sound_meets_its_picture_after_it(tmp_path: Path, parts: tuple[Part, ...]) -> None:
    alone = decode(Path(parts[1].path))
    joined = decode(_join(tmp_path, parts))
    steps = [later - earlier for earlier, later in zip(joined.audio_dts, joined.audio_dts[1:], strict=False)]
    assert max(steps) < 2 * 1024 / 48_000, "no hole"
    beside = alone.audio_dts[0] - alone.video_pts[0]
    first = min(joined.audio_dts, key=lambda at: abs(at - joined.video_pts[120] - beside))
    assert first - joined.video_pts[120] == pytest.approx(beside, abs=1e-3)


def test_chapters_are_those_of_the_whole_show(tmp_path: Path, parts: tuple[Part, ...]) -> None:
    marks = (ShowMark("Bag", -NS), ShowMark("手工雕花肩包", 2 * NS), ShowMark("", 13 * NS), ShowMark("Belt", 14 * NS))
    with av.open(str(_join(tmp_path, parts, *marks))) as file:
        chapters = [
            (one["metadata"]["title"], float(one["start"] * (one["time_base"] or 0))) for one in file.chapters()
        ]
    assert chapters == [("Bag", 0.0), ("手工雕花肩包", 2.0), ("Belt", 14.0)]


def test_a_part_that_was_cut_off_is_joined_as_far_as_it_goes(
    tmp_path: Path, parts: tuple[Part, ...], encoded: Encoded, clock: SystemClock
) -> None:
    """As a killed engine leaves it: fragments, and the last one not whole."""
    recorder = Recorder(tmp_path / "cut.mp4", encoded.format, clock)
    recorder.start()
    for packet in encoded.times(2):
        recorder.offer(packet)
    wait_for(lambda: recorder.status().seconds > 7.9)
    kept = (tmp_path / "cut.mp4").read_bytes()
    recorder.finish()
    cut = tmp_path / "cut off.mp4"
    cut.write_bytes(kept[:-1000])
    whole = len(_video_times(cut))
    assert whole > 100
    joined = decode(_join(tmp_path, (_part(str(cut), 0), _part(parts[1].path, 20 * NS))))
    assert (joined.pictures, joined.rising) == (whole + 120, True)


@pytest.fixture
def fragments(tmp_path: Path, encoded: Encoded, clock: SystemClock) -> bytes:
    """Seven seconds as a killed engine leaves them, in fragments of one."""
    recorder = Recorder(tmp_path / "cut.mp4", encoded.format, clock)
    recorder.start()
    for packet in encoded.times(2):
        recorder.offer(packet)
    wait_for(lambda: recorder.status().seconds > 7.9)
    kept = (tmp_path / "cut.mp4").read_bytes()
    recorder.finish()
    (tmp_path / "cut.mp4").unlink()
    return kept


@pytest.mark.parametrize("noise", [b"\xa5" * 512, b"\x7f"], ids=["its head", "its length"])
def test_a_part_that_is_broken_in_its_midst_is_kept_with_all_others(
    tmp_path: Path, parts: tuple[Part, ...], fragments: bytes, noise: bytes
) -> None:
    """By a bad sector, say: what comes after it must not be thrown away."""
    third = [found.start() - 4 for found in re.finditer(b"moof", fragments)][2]
    (tmp_path / "broken.mp4").write_bytes(fragments[:third] + noise + fragments[third + len(noise) :])
    broken = _part(str(tmp_path / "broken.mp4"), 0)
    assert "broken.mp4 is broken" in _refused(tmp_path, (broken, _part(parts[1].path, 20 * NS)))


def test_what_is_missing_in_its_last_second_costs_no_part(
    tmp_path: Path, parts: tuple[Part, ...], fragments: bytes
) -> None:
    last = fragments.rindex(b"moof") - 4
    data = last + int.from_bytes(fragments[last : last + 4], "big")
    for cut in (last, last + 30, data, data + 8, data + 5000, len(fragments) - 1):
        (tmp_path / "first.mp4").write_bytes(fragments[:cut])
        second = shutil.copy(parts[1].path, tmp_path / "second.mp4")
        _join(tmp_path, (_part(str(tmp_path / "first.mp4"), 0), _part(str(second), 20 * NS)))
        assert len(_video_times(tmp_path / "first.mp4")) >= 5 * 30 + 120


def test_no_part_goes_before_the_disk_knows_the_joined_files_name(
    tmp_path: Path, parts: tuple[Part, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = len(_video_times(Path(parts[0].path)))
    seen = []

    def look(folder: Path) -> None:
        seen.append((sorted(one.name for one in folder.iterdir()), len(_video_times(folder / "show.mp4"))))

    monkeypatch.setattr("studio.outputs.part_book.sync_folder", look)
    _join(tmp_path, parts)
    assert seen == [(["show-2.mp4", "show.mp4"], 2 * alone)]


def _begun(path: Path, encoded: Encoded) -> Path:
    """As an engine leaves it that dies in a part's first second: no fragment was written yet."""
    with RecordingFile(path) as file:
        writer = Mp4Writer(file, encoded.format, encoded.packets[0])
        writer.write(encoded.packets[0])
        kept = path.read_bytes()
        writer.close([])
    path.write_bytes(kept)
    return path


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_part_that_had_only_begun_costs_no_other_and_shifts_none(
    tmp_path: Path, parts: tuple[Part, ...], encoded: Encoded, place: int
) -> None:
    at_ns = (0, 8 * NS, 40 * NS)[place]
    begun = _part(str(_begun(tmp_path / "begun.mp4", encoded)), at_ns)
    later = [_part(one.path, one.at_ns + (5 * NS if place == 0 else 0)) for one in parts]
    alone = [_video_times(Path(part.path)) for part in parts]
    joined = _join(tmp_path, (*later[:place], begun, *later[place:]))
    assert list(tmp_path.iterdir()) == [joined]
    shift = 5 if place == 0 else 0
    assert _video_times(joined) == pytest.approx(
        [shift + at for at in (*alone[0], *(GAP_S + at for at in alone[1]))], abs=1e-3
    )


def test_parts_of_which_none_holds_a_picture_stay(tmp_path: Path, encoded: Encoded) -> None:
    begun = [_begun(tmp_path / name, encoded) for name in ("a.mp4", "b.mp4")]
    assert "hold no picture" in _refused(tmp_path, tuple(_part(str(one), 0) for one in begun))


def _refused(
    folder: Path, parts: tuple[Part, ...], *, kind: type[Exception] = StudioError, spare_bytes: int = 0
) -> str:
    """Joining fails, and every part is as it was."""
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(kind) as caught:
        _join(folder, parts, spare_bytes=spare_bytes)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    return str(caught.value)


def test_parts_that_differ_stay(tmp_path: Path, parts: tuple[Part, ...], encoded_small: Encoded) -> None:
    other = _record(tmp_path / "other.mp4", encoded_small, SystemClock(), 30)
    assert "another way" in _refused(tmp_path, (parts[0], other))


def test_without_room_for_both_the_parts_stay(tmp_path: Path, parts: tuple[Part, ...]) -> None:
    free = shutil.disk_usage(tmp_path).free
    assert "no room" in _refused(tmp_path, parts, spare_bytes=free)


def test_a_part_that_is_gone_leaves_the_others(tmp_path: Path, parts: tuple[Part, ...]) -> None:
    _refused(tmp_path, (*parts, _part(str(tmp_path / "gone.mp4"), 30 * NS)), kind=FileNotFoundError)


def test_a_disk_that_fails_in_between_leaves_the_parts(
    tmp_path: Path, parts: tuple[Part, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError("no more")

    sync: Callable[..., None] = fail
    monkeypatch.setattr("studio.outputs.mp4.RecordingFile.sync", sync)
    _refused(tmp_path, parts, kind=OSError)
