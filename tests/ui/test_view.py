from __future__ import annotations

from typing import get_args

import pytest
from msgspec.structs import replace

from studio.show.model import Show
from studio.show.status import (
    AudioStatus,
    DestinationState,
    DestinationStatus,
    FeedStatus,
    RecordingStatus,
    SourceStatus,
    Status,
)
from studio.show.wanted import DestinationWish, Wanted, end, opened
from studio.ui.view import (
    Presence,
    Pulse,
    clock_text,
    destination_chips,
    engine_line,
    meter,
    notice,
    pill,
    presence,
    rate_text,
    recording_chip,
    scene_tiles,
    welcome,
)
from tests.ui.fake_engine import LIVE, SHOW

ON = replace(opened(SHOW), mode="live", show_id=LIVE.show_id)
OFF = replace(LIVE, mode="off")


@pytest.mark.parametrize(
    ("pulse", "expected"),
    [
        (Pulse(), "nothing"),
        (Pulse(engine=True), "starting"),
        (Pulse(LIVE, 0.1, True, ON), "live"),
        (Pulse(LIVE, 0.1, True, end(ON)), "ending"),
        (Pulse(LIVE, 0.1, True, Wanted(), "cannot be read"), "live"),
        (Pulse(LIVE, 2.1, True, ON), "stuck"),
        (Pulse(LIVE, 2.1, False, ON), "stuck"),
        (Pulse(OFF, 0.1, True, end(ON)), "off"),
        (Pulse(OFF, 0.1, True, ON), "going"),
        (Pulse(OFF, 0.1, True, ON, interrupted=True), "cut"),
        (Pulse(LIVE, 0.1, True, ON, interrupted=True), "live"),
        (Pulse(OFF, 0.1, True, end(ON), interrupted=True), "off"),
        (Pulse(replace(OFF, final=True), 0.1, True, end(ON)), "off"),
        (Pulse(replace(OFF, final=True), 0.1, True, ON), "off"),
        (Pulse(OFF, 9.0, False, end(ON)), "nothing"),
        (Pulse(replace(OFF, final=True), 9.0, False, end(ON)), "nothing"),
    ],
)
def test_presence_is_told_from_status_lock_and_wish(pulse: Pulse, expected: Presence) -> None:
    assert presence(pulse) == expected


def test_a_show_that_was_cut_off_is_offered_in_words_for_the_window() -> None:
    offered = replace(OFF, problems=("carry it on with: benchcast live --resume",))
    assert notice(Pulse(offered, 0.1, True, ON, interrupted=True)) is None, "those are the command's words"
    heading, words = welcome("cut", loaded=True, logs="", title=SHOW.title)
    assert heading == f"{SHOW.title} was on air and was cut off"
    assert "Carry it on, or leave it" in words


def test_every_presence_has_a_word_and_only_live_is_filled() -> None:
    words = {pill(one).word for one in get_args(Presence)}
    assert len(words) == len(get_args(Presence))
    assert [one for one in get_args(Presence) if pill(one).filled] == ["live"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00:00"), (59.9, "0:00:59"), (6127.4, "1:42:07"), (360000, "100:00:00"), (-1, "0:00:00")],
)
def test_the_clock_counts_hours_minutes_and_seconds(seconds: float, text: str) -> None:
    assert clock_text(seconds) == text


def test_every_state_of_a_destination_has_its_own_word() -> None:
    chips = [destination_chips(_one(state), Wanted())[0] for state in get_args(DestinationState)]
    assert len({chip.word for chip in chips}) == len(chips)


def test_good_attention_and_danger_differ_in_shape_as_well_as_colour() -> None:
    live, tried, refused, off = (
        destination_chips(_one(state), Wanted())[0] for state in ("live", "reconnecting", "refused", "off")
    )
    assert len({chip.shape for chip in (live, tried, refused, off)}) == 4
    assert (live.tone, tried.tone, refused.tone) == ("fine", "attention", "danger")


def _one(state: str, **more: object) -> Status:
    made = DestinationStatus(name="YouTube", feed="wide", state=state, **more)  # type: ignore[arg-type]
    return Status(destinations=(made,))


def test_a_live_chip_tells_its_rate_and_what_it_left_out() -> None:
    (chip,) = destination_chips(_one("live", kbps=4521, dropped=30), Wanted())
    assert chip.detail == "4.5 Mb/s · 30 dropped"
    assert rate_text(640) == "640 kb/s"


def test_a_failing_chip_tells_why_and_asks_to_be_tried_again() -> None:
    for state in ("refused", "reconnecting", "connecting", "stalled"):
        (chip,) = destination_chips(_one(state, reason="bad key"), Wanted())
        assert (chip.detail, chip.ask) == ("0 kb/s" if state == "stalled" else "bad key", "retry")


def test_pressing_a_live_chip_asks_for_nothing_and_a_switched_off_one_for_on() -> None:
    (live,) = destination_chips(_one("live"), Wanted(destinations={"YouTube": DestinationWish()}))
    (off,) = destination_chips(_one("off"), Wanted(destinations={"YouTube": DestinationWish(on=False)}))
    assert (live.ask, off.ask) == ("", "on")


def test_a_destination_wanted_but_not_yet_reported_is_shown_off_air() -> None:
    chips = destination_chips(None, ON)
    assert [(chip.name, chip.word) for chip in chips] == [("YouTube", "off air"), ("Facebook", "off air")]


def test_the_recording_chip_tells_the_worst_recording() -> None:
    good = RecordingStatus(feed="wide", state="on", path="a.mp4", seconds=61)
    full = RecordingStatus(feed="tall", state="failed", path="b.mp4", reason="the disk is full")
    assert recording_chip(()) is None
    fine, failed = recording_chip((good,)), recording_chip((good, full))
    assert fine is not None
    assert failed is not None
    assert (fine.word, fine.detail, fine.tone) == ("on", "0:01:01", "fine")
    assert (failed.word, failed.detail, failed.tone) == ("failed", "the disk is full", "danger")


def test_scenes_get_keys_the_actual_one_is_on_air_and_the_wanted_one_coming() -> None:
    tiles = scene_tiles(SHOW, LIVE, replace(ON, scene="Face"))
    assert [tile.key for tile in tiles] == ["F1", "F2", "F3", "F4"]
    assert [tile.name for tile in tiles if tile.on_air] == ["Bench"]
    assert [tile.name for tile in tiles if tile.coming] == ["Face"]


def test_only_eight_scenes_have_keys() -> None:
    many: Show = replace(SHOW, scenes=tuple(replace(SHOW.scenes[0], name=f"S{n}") for n in range(10)))
    assert [tile.key for tile in scene_tiles(many, None, Wanted())][7:] == ["F8", "", ""]


def test_a_scene_warns_of_its_lost_source() -> None:
    status = replace(LIVE, sources=(SourceStatus(name="bench", state="lost"),))
    assert [tile.warning for tile in scene_tiles(SHOW, status, ON)] == ["no picture", "no picture", "", ""]


@pytest.mark.parametrize(
    ("audio", "muted", "word", "tone"),
    [
        (AudioStatus(peak_db=-14.2), False, "−14 dB", "fine"),
        (AudioStatus(peak_db=-1.0), False, "−1 dB", "fine"),
        (AudioStatus(peak_db=-1.0, clipping=True), False, "too loud", "danger"),
        (AudioStatus(peak_db=-90.0, silent_s=12.3), False, "quiet", "fine"),
        (AudioStatus(peak_db=-90.0, silent_s=20.3, silent=True), False, "silent", "attention"),
        (AudioStatus(peak_db=-14.2, silent=True), False, "silent", "attention"),
        (AudioStatus(peak_db=-90.0, silent_s=90.0), False, "quiet", "fine"),
        (AudioStatus(peak_db=-14.2), True, "muted", "attention"),
    ],
)
def test_the_meter_says_what_is_wrong_with_the_sound(audio: AudioStatus, muted: bool, word: str, tone: str) -> None:
    shown = meter(audio, muted=muted)
    assert (shown.word, shown.tone) == (word, tone)
    assert 0 <= shown.level <= 1


def test_the_computer_is_judged_by_the_feed_that_fares_worst() -> None:
    assert (
        engine_line((FeedStatus(name="a", fps=30), FeedStatus(name="b", fps=27.4, skipped=12)))
        == "27 fps · 12 skipped"
    )
    assert engine_line(()) == ""


def test_all_well_needs_no_notice() -> None:
    assert notice(Pulse(LIVE, 0.1, True, ON)) is None
    assert notice(Pulse()) is None


def test_the_worst_trouble_is_told_first() -> None:
    broken = replace(
        LIVE,
        destinations=(
            replace(LIVE.destinations[0], state="reconnecting"),
            replace(LIVE.destinations[1], state="refused", reason="bad key"),
        ),
        sources=(SourceStatus(name="bench", state="frozen"),),
        problems=("the catalogue cannot be read",),
    )
    steps = [
        (broken, "Facebook refused the show: bad key"),
        (replace(broken, destinations=broken.destinations[:1]), "the catalogue cannot be read"),
        (replace(broken, destinations=broken.destinations[:1], problems=()), "bench: picture frozen"),
        (replace(broken, destinations=broken.destinations[:1], problems=(), sources=()), "YouTube is reconnecting"),
    ]
    for status, words in steps:
        told = notice(Pulse(status, 0.1, True, ON))
        assert told is not None
        assert told.text.startswith(words)


def test_a_status_that_stands_still_is_said_with_its_age() -> None:
    told = notice(Pulse(LIVE, 7.4, True, ON))
    assert told is not None
    assert "has not answered for 7 s" in told.text


def test_why_a_show_ended_by_itself_is_told() -> None:
    over = replace(OFF, final=True, ended="no_source")
    told = notice(Pulse(over, 0.1, True, end(ON)))
    assert told is not None
    assert "no source of its scene opens" in told.text


def test_empty_states_say_what_to_do() -> None:
    assert "benchcast live" in welcome("off", loaded=False, logs="")[1]
    assert welcome("nothing", loaded=True, logs="/logs")[0] == "Nothing is running"
    assert "/logs" in welcome("nothing", loaded=True, logs="/logs")[1]
    assert welcome("live", loaded=True, logs="") == ("", "")
