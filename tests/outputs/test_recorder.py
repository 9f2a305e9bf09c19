from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest

from studio.media.clock import SystemClock
from studio.outputs import recorder as recorder_module
from studio.outputs.mp4 import RecordingFile
from studio.outputs.recorder import Recorder
from tests.outputs.conftest import FPS, GOP, NS, PICTURE_NS, Encoded, decode, shifted
from tests.services.waiting import wait_for

Make = Callable[..., Recorder]


@pytest.fixture
def make(encoded: Encoded, clock: SystemClock, tmp_path: Path) -> Iterator[Make]:
    with ExitStack() as stack:

        def build(path: Path | None = None, **rest: Any) -> Recorder:
            made = Recorder(path or tmp_path / "show.mp4", encoded.format, clock, feed="wide", **rest)
            stack.callback(made.finish)
            made.start()
            return made

        yield build


def _record(recorder: Recorder, encoded: Encoded, turns: int = 1) -> None:
    for packet in encoded.times(turns):
        recorder.offer(packet)


def test_a_finished_recording_is_an_ordinary_seekable_mp4(make: Make, encoded: Encoded) -> None:
    recorder = make()
    _record(recorder, encoded, 2)
    assert recorder.finish()
    status = recorder.status()
    assert (status.state, status.reason, status.dropped) == ("ended", "", 0)
    assert status.seconds == pytest.approx(8, abs=0.2)
    recorded = decode(status.path)
    assert (recorded.pictures, recorded.size, recorded.rising) == (240, (320, 180), True)
    assert set(recorded.key_distances) == {GOP}
    assert len(recorded.audio_dts) == sum(packet.kind == "audio" for packet in encoded.times(2))
    boxes = _boxes(status.path)
    assert "moof" not in boxes  # an ordinary one: one index, no fragments
    assert boxes.count("moov") == 1
    with av.open(str(status.path), "r") as source:
        source.seek(6_000_000)
        picture = next(source.decode(source.streams.video[0]))
        assert picture.time is not None
        assert 5.4 < picture.time <= 6.1


@pytest.mark.parametrize("count", range(57, 62))
def test_wherever_it_ends_its_last_picture_is_shown(make: Make, encoded: Encoded, count: int) -> None:
    """After skipped ticks a fragment may end between a picture and those that are shown before it."""
    cut_ns, skipped = 3 * NS // 2, 4
    packets = [packet for packet in encoded.packets if packet.dts_ns < cut_ns - PICTURE_NS]
    packets += [shifted(packet, cut_ns + skipped * PICTURE_NS) for packet in encoded.packets]
    pictures = [packet for packet in packets if packet.kind == "video"][:count]
    recorder = make()
    for packet in packets:
        if packet.dts_ns <= pictures[-1].dts_ns:
            recorder.offer(packet)
    assert recorder.finish()
    assert decode(recorder.status().path).pictures == count


def test_its_colours_are_tagged_as_they_are(make: Make, encoded: Encoded) -> None:
    recorder = make()
    _record(recorder, encoded)
    recorder.finish()
    asked = "stream=color_range,color_space,color_transfer,color_primaries"
    words = subprocess.run(
        [
            "ffprobe",
            "-v",
            "error",
            "-select_streams",
            "v",
            "-show_entries",
            asked,
            "-of",
            "json",
            recorder.status().path,
        ],
        capture_output=True,
        check=True,
    ).stdout
    (stream,) = json.loads(words)["streams"]
    assert stream["color_range"] == "tv"
    assert {stream[f"color_{what}"] for what in ("space", "transfer", "primaries")} == {"bt709"}


def test_sound_keeps_its_place_beside_the_pictures(make: Make, encoded: Encoded) -> None:
    recorder = make()
    for packet in encoded.packets:
        recorder.offer(shifted(packet, 3600 * NS))
    recorder.finish()
    recorded = decode(recorder.status().path)
    sound = next(packet for packet in encoded.packets if packet.kind == "audio")
    wanted = (sound.pts_ns - encoded.pictures[0].pts_ns) / NS
    assert recorded.audio_dts[0] - recorded.video_pts[0] == pytest.approx(wanted, abs=0.0005)


def test_each_product_shown_is_a_chapter(make: Make, encoded: Encoded) -> None:
    recorder = make()
    recorder.chapter("Carved bag", NS)
    recorder.chapter("手工雕花肩包", 3 * NS)
    recorder.chapter("", 5 * NS)
    recorder.chapter("Belt", 6 * NS)
    _record(recorder, encoded, 2)
    recorder.finish()
    with av.open(str(recorder.status().path), "r") as source:
        chapters = [
            (one["metadata"]["title"], float(one["start"] * (one["time_base"] or 0))) for one in source.chapters()
        ]
    base_s = encoded.packets[0].dts_ns / NS
    assert [title for title, _ in chapters] == ["Carved bag", "手工雕花肩包", "Belt"]
    assert [start + base_s for _, start in chapters] == pytest.approx([1, 3, 6], abs=0.002)


def test_a_file_that_is_there_is_never_touched(make: Make, encoded: Encoded, tmp_path: Path) -> None:
    for number in range(3):
        recorder = make(tmp_path / "new" / "show.mp4")
        _record(recorder, encoded)
        recorder.finish()
        assert recorder.status().path.name == ("show.mp4", "show-2.mp4", "show-3.mp4")[number]
    for path in (tmp_path / "new").iterdir():
        assert decode(path).pictures == 120


def test_a_folder_that_cannot_be_made_ends_the_recording_with_a_reason(
    make: Make, encoded: Encoded, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    recorder = make(tmp_path / "file" / "show.mp4")
    wait_for(lambda: recorder.status().state == "failed")
    _record(recorder, encoded)
    assert "choose another folder" in recorder.status().reason
    assert recorder.finish()
    assert recorder.status().state == "failed"


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be removed there")
def test_one_whose_folder_was_removed_in_mid_show_has_failed(make: Make, encoded: Encoded, tmp_path: Path) -> None:
    recorder = make(tmp_path / "new" / "show.mp4")
    _record(recorder, encoded)
    wait_for(lambda: recorder.status().seconds > 1)
    shutil.rmtree(tmp_path / "new")
    assert recorder.finish()
    status = recorder.status()
    assert status.state == "failed"
    assert f"{tmp_path / 'new' / 'show.mp4'} was removed while it was written" in status.reason


def test_nothing_offered_makes_an_empty_recording(make: Make) -> None:
    recorder = make()
    assert recorder.finish()
    assert recorder.status().state == "ended"
    assert recorder.status().seconds == 0


class _Timeless(threading.Event):
    """Wakes nobody because time goes by."""

    def wait(self, timeout: float | None = None) -> bool:
        return super().wait()


def test_each_fragment_is_synced_once_it_is_written_and_plays_after_a_power_cut(
    make: Make, encoded: Encoded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    really = RecordingFile.sync

    def sync(file: RecordingFile) -> None:
        size = file.path.stat().st_size
        really(file)
        synced.append(size)  # so much is on the disk at least

    monkeypatch.setattr(RecordingFile, "sync", sync)
    monkeypatch.setattr(recorder_module, "threading", SimpleNamespace(Event=_Timeless, Thread=threading.Thread))
    recorder = make()
    for turn in range(3):
        for packet in encoded.again(turn):
            recorder.offer(packet)
        end_s = 4 * (turn + 1)
        wait_for(lambda end_s=end_s: recorder.status().seconds > end_s - 0.1)  # type: ignore[misc]
        path = recorder.status().path
        wait_for(lambda path=path: synced and synced[-1] == path.stat().st_size)  # type: ignore[misc]
        cut = tmp_path / "cut.mp4"
        cut.write_bytes(path.read_bytes()[: synced[-1]])
        assert decode(cut).pictures >= (end_s - 2) * FPS


def test_syncing_goes_down_to_the_disk_itself_and_the_files_name_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[object] = []
    monkeypatch.setattr("studio.outputs.mp4.sync_file", lambda fd: done.append(os.fstat(fd).st_ino))
    monkeypatch.setattr("studio.outputs.mp4.sync_folder", done.append)
    with RecordingFile(tmp_path / "show.mp4") as file:
        file.sync()
        file.sync()
        number = file.path.stat().st_ino
    assert done == [number, tmp_path, number]


def test_a_disk_that_hangs_in_syncing_does_not_hold_up_the_writing(
    make: Make, encoded: Encoded, monkeypatch: pytest.MonkeyPatch
) -> None:
    syncing, free = threading.Event(), threading.Event()
    names: list[str] = []

    def hang(_: RecordingFile) -> None:
        names.append(threading.current_thread().name)
        syncing.set()
        free.wait(30)

    monkeypatch.setattr(RecordingFile, "sync", hang)
    recorder = make()
    _record(recorder, encoded, 2)
    assert syncing.wait(10)
    wait_for(lambda: recorder.status().seconds > 7.9)
    assert recorder.finish(0.01) is False
    free.set()
    assert recorder.finish()
    assert decode(recorder.status().path).pictures == 240
    assert names[0] == "sync:wide"


def test_a_disk_that_takes_nothing_for_ever_holds_nobody_up(
    make: Make, encoded: Encoded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A dead network drive: the write never comes back."""
    really, reached, free = RecordingFile.write, threading.Event(), threading.Event()

    def write(file: RecordingFile, data: bytes) -> int:
        reached.set()
        free.wait(20)
        return really(file, data)

    monkeypatch.setattr(RecordingFile, "write", write)
    recorder = make()
    _record(recorder, encoded, 2)
    assert reached.wait(10)
    _record(recorder, encoded, 2)
    behind = wait_for(lambda: recorder.status().behind_s, 10)
    assert behind > 0
    assert recorder.finish(0.01) is False
    assert recorder.status().state == "failed"
    assert "takes nothing" in recorder.status().reason
    free.set()
    assert recorder.finish()


def test_it_may_end_before_the_show_and_says_why(make: Make, encoded: Encoded) -> None:
    recorder = make()
    _record(recorder, encoded)
    recorder.end("the disk is full")
    wait_for(lambda: recorder.status().state == "ended", 10)
    _record(recorder, encoded)  # nobody takes it any more
    status = recorder.status()
    assert status.reason == "the disk is full"
    assert decode(status.path).pictures == 120


def test_it_tells_when_it_began_and_what_it_has_written(make: Make, encoded: Encoded) -> None:
    recorder = make()
    assert recorder.status().from_ns is None
    for packet in encoded.packets:
        recorder.offer(shifted(packet, 7 * NS))
    recorder.finish()
    status = recorder.status()
    assert status.from_ns == encoded.packets[0].dts_ns + 7 * NS
    assert status.written >= status.path.stat().st_size * 0.9


# In a process of its own: one that is killed, one whose disk is full.

_CHILD = """
    import pickle, resource, signal, sys, threading
    from pathlib import Path
    from studio.media.clock import SystemClock
    from studio.outputs.recorder import Recorder
    format, packets = pickle.loads(Path(sys.argv[2]).read_bytes())
    if limit := int(sys.argv[3]):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    recorder = Recorder(Path(sys.argv[1]), format, SystemClock())
    recorder.start()
    recorder.chapter("Bag", 0)
    for packet in packets:
        recorder.offer(packet)
    while recorder.status().state == "on" and recorder.status().seconds < 15.9:
        threading.Event().wait(0.01)
    if limit:
        recorder.finish()
    print(recorder.status().state, recorder.status().reason, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def child(encoded: Encoded, tmp_path: Path) -> Iterator[Callable[[int], subprocess.Popen[str]]]:
    import pickle

    packets = tmp_path / "packets"
    packets.write_bytes(pickle.dumps((encoded.format, encoded.times(4))))
    with ExitStack() as stack:

        def start(limit: int) -> subprocess.Popen[str]:
            args = [
                sys.executable,
                "-c",
                textwrap.dedent(_CHILD),
                str(tmp_path / "show.mp4"),
                str(packets),
                str(limit),
            ]
            process = subprocess.Popen(
                args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            return process

        yield start


def test_a_killed_recording_plays_up_to_two_seconds_before(
    child: Callable[[int], subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = child(0)
    assert process.stdout
    assert process.stdout.readline() == "on \n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    recorded = decode(tmp_path / "show.mp4")
    assert recorded.rising
    assert recorded.pictures >= (16 - 2) * FPS


@pytest.mark.skipif(sys.platform == "win32", reason="RLIMIT_FSIZE stands for a full disk")
def test_a_full_disk_ends_the_recording_and_leaves_what_was_written(
    child: Callable[[int], subprocess.Popen[str]], tmp_path: Path
) -> None:
    process = child(300_000)
    assert process.stdout
    words = process.stdout.readline()
    assert words.startswith("failed The recording ended (")
    assert "free some disk space" in words
    assert (tmp_path / "show.mp4").stat().st_size <= 300_000
    recorded = decode(tmp_path / "show.mp4")  # not a half fragment at its end
    assert recorded.pictures >= 2 * FPS
    assert recorded.rising


def _boxes(path: Path) -> list[str]:
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append(data[at + 4 : at + 8].decode())
        at += size if size > 1 else int.from_bytes(data[at + 8 : at + 16], "big")
    return found
