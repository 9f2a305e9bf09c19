"""`benchcast demo`: what it takes for proof, and what it says when there is none."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from studio.cli import demo
from studio.cli.app import main
from studio.show.status import DestinationStatus, FeedStatus, Status

GOOD: dict[str, Any] = {
    "frames": 600,
    "seconds": 20.0,
    "width": 1280,
    "height": 720,
    "kbps": 3000,
    "sound_seconds": 20.0,
    "key_frames": 10,
    "longest_key_distance": 2.0,
    "rising": True,
    "errors": 0,
}


def _judged(stream: dict[str, Any], file: dict[str, Any]) -> list[str]:
    run = demo._Run()
    demo._judge(stream, file, 20.0, run)
    return run.failed


def test_a_whole_stream_and_a_whole_recording_pass() -> None:
    assert _judged(GOOD, GOOD) == []
    assert _judged({**GOOD, "seconds": 17.1, "sound_seconds": 17.1}, GOOD) == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"errors": 1}, "1 broken packets"),
        ({"rising": False}, "time stamps rise: False"),
        ({"seconds": 16.9}, "16.9 s of picture"),
        ({"sound_seconds": 10.0}, "10.0 s of sound, not 20 s"),
        ({"longest_key_distance": 4.0}, "4.0 s between two key frames"),
    ],
)
def test_each_fault_fails_it(fault: dict[str, Any], said: str) -> None:
    for what, found in (
        ("the received stream", ({**GOOD, **fault}, GOOD)),
        ("the recording", (GOOD, {**GOOD, **fault})),
    ):
        failed = _judged(*found)
        assert len(failed) == 1
        assert failed[0].startswith(what)
        assert said in failed[0]


@pytest.mark.long
@pytest.mark.parametrize("content", [None, b"", b"no film at all" * 100])
def test_what_cannot_be_decoded_fails_it(tmp_path: Path, content: bytes | None) -> None:
    path, run = tmp_path / "received.flv", demo._Run()
    if content is not None:
        path.write_bytes(content)
    assert demo._check(path, None, run, "the received stream") == {}
    assert len(run.failed) == 1
    assert "cannot be decoded" in run.failed[0]


def test_the_table_tells_what_was_measured() -> None:
    run = demo._Run(
        last=Status(
            feeds=(FeedStatus(name="wide", preset="superfast", skipped=2),),
            destinations=(DestinationStatus(name="here", feed="wide", state="stopped", frames=598, dropped=1),),
        ),
        order=1001,
    )
    console = Console(file=io.StringIO(), width=120)
    console.print(demo._table(GOOD, {**GOOD, "seconds": 19.9}, run, Path("demo-out")))
    assert isinstance(console.file, io.StringIO)
    text = console.file.getvalue()
    for word in ("598", "1, 2", "superfast, 1280×720", "600 frames, 3000 kb/s", "19.9 s", "1001", "demo-out"):
        assert word in text


def test_the_table_is_told_also_of_nothing() -> None:
    console = Console(file=io.StringIO(), width=120)
    console.print(demo._table({}, {}, demo._Run(), Path("demo-out")))
    assert isinstance(console.file, io.StringIO)
    assert "order number" in console.file.getvalue()


def test_a_folder_that_cannot_be_made_is_the_persons_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["demo", "--out", str(tmp_path / "file" / "out")]) == 2
    assert f"--out {tmp_path / 'file' / 'out'}: cannot be made" in capsys.readouterr().err


@pytest.mark.parametrize("seconds", ["2", "601", "long"])
def test_a_time_out_of_range_is_refused(seconds: str) -> None:
    assert main(["demo", "--seconds", seconds]) == 2


def test_a_show_that_does_not_end_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE, text=True) as process:
        demo._kill_late(process, 0.01, threading.Event())
        assert process.wait(20) != 0


def test_one_that_ends_in_time_is_not() -> None:
    with subprocess.Popen([sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE, text=True) as process:
        ended = threading.Event()
        ended.set()
        demo._kill_late(process, 0.01, ended)
        assert process.poll() is None
        process.kill()
