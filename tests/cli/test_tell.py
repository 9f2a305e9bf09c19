"""What is actual, in words."""

from __future__ import annotations

from typing import get_args

import msgspec
import pytest

from studio.cli.tell import clock_text, tell, tell_short
from studio.show.status import (
    DestinationState,
    DestinationStatus,
    FeedStatus,
    RecordingStatus,
    SourceStatus,
    Status,
)

LIVE = Status(
    t=3725.9,
    mode="live",
    scene="Bench",
    feature="BAG-01",
    overlays=("card", "title"),
    feeds=(FeedStatus(name="wide", fps=29.97, kbps=4480, skipped=2), FeedStatus(name="tall", fps=30.0, kbps=2000)),
    destinations=(
        DestinationStatus(name="youtube", feed="wide", state="live", frames=1000, dropped=3),
        DestinationStatus(name="facebook", feed="tall", state="refused", reason="paste a fresh key"),
    ),
    recordings=(RecordingStatus(feed="wide", state="on", path="show.mp4", seconds=61.0),),
    sources=(SourceStatus(name="bench", state="ok"), SourceStatus(name="face", state="lost", reason="unplugged")),
    problems=("the disk is nearly full",),
)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0:00:00"), (59.99, "0:00:59"), (3725.9, "1:02:05"), (360000, "100:00:00")]
)
def test_time_is_told_in_hours_minutes_and_seconds(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


def test_everything_on_air_is_told() -> None:
    assert tell(LIVE).splitlines() == [
        "On air for 1:02:05: scene Bench, card BAG-01. "
        "wide 30.0 fps 4480 kb/s, 2 skipped; tall 30.0 fps 2000 kb/s, 0 skipped.",
        "  youtube (wide): live, 1000 frames, 3 dropped",
        "  facebook (tall): refused: paste a fresh key",
        "  recording on, 0:01:01: show.mp4",
        "  source face is lost: unplugged",
        "  attention: the disk is nearly full",
    ]


def test_a_card_that_is_hidden_and_a_mute_are_told() -> None:
    quiet = msgspec.structs.replace(LIVE, overlays=("title",), muted=True, feeds=LIVE.feeds[:1])
    assert tell(quiet).startswith("On air for 1:02:05: scene Bench, muted. wide")
    assert tell_short(quiet).startswith("1:02:05  30 fps 4480 kb/s 2 skipped  |")
    assert "|  muted, face lost, 1 problem" in tell_short(quiet)


def test_the_parts_of_a_recording_are_listed() -> None:
    parts = ("show.mp4", "show-2.mp4")
    recording = RecordingStatus(feed="wide", state="ended", path="show-2.mp4", seconds=61.0, parts=parts)
    left = ["      show.mp4", "      show-2.mp4"]
    assert tell(Status(recordings=(recording,))).splitlines()[1:] == [
        "  recording ended, 0:01:01: show-2.mp4",
        "    it is in 2 parts:",
        *left,
    ]
    joining = msgspec.structs.replace(recording, path="show.mp4", joining=True)
    assert tell(Status(recordings=(joining,))).splitlines()[1:] == [
        "  recording ended, 0:01:01: show.mp4",
        "    its 2 parts are being joined into that file; until then they are:",
        *left,
    ]


def test_it_is_told_for_how_long_the_disk_has_room() -> None:
    recording = RecordingStatus(feed="wide", state="on", path="show.mp4", seconds=61.0, left_s=3725.0)
    assert "recording on, 0:01:01, room for 1:02:05: show.mp4" in tell(Status(recordings=(recording,)))


def test_a_recording_that_failed_says_why_once() -> None:
    recording = RecordingStatus(feed="wide", state="failed", path="show.mp4", reason="the disk is full")
    told = tell(Status(recordings=(recording,), problems=("the disk is full",)))
    assert "  recording failed, 0:00:00: show.mp4\n" in told
    assert told.count("the disk is full") == 1


def test_nothing_and_the_end_are_told() -> None:
    assert tell(Status()) == "Nothing is on air."
    assert tell(Status(final=True, t=61.0)) == "The show has ended after 0:01:01."


def test_the_end_tells_who_never_got_the_show_and_why() -> None:
    never = DestinationStatus(name="x", feed="wide", state="stopped", reason="Nothing listens at x:1935: start it")
    got = DestinationStatus(name="y", feed="wide", state="stopped", frames=10)
    assert tell(Status(final=True, destinations=(never, got))).splitlines()[1:] == [
        "  x (wide): ended, never connected: Nothing listens at x:1935: start it",
        "  y (wide): ended, 10 frames, 0 dropped",
    ]


@pytest.mark.parametrize("state", get_args(DestinationState))
def test_every_state_of_a_destination_has_words(state: DestinationState) -> None:
    line = tell(Status(destinations=(DestinationStatus(name="x", feed="wide", state=state),))).splitlines()[1]
    assert line.startswith("  x (wide): ")
    assert len(line) > len("  x (wide): ")


def test_the_short_form_is_one_line() -> None:
    assert tell_short(LIVE) == (
        "1:02:05  wide 30 fps 4480 kb/s 2 skipped, tall 30 fps 2000 kb/s 0 skipped  |  youtube live, facebook refused"
        "  |  face lost, 1 problem"
    )
    assert tell_short(Status()).endswith("no destination")
    failed = RecordingStatus(feed="wide", state="failed", path="show.mp4", reason="the disk is full")
    assert tell_short(Status(recordings=(failed,), problems=("a", "b"))).endswith(
        "no destination  |  recording failed, 2 problems"
    )
