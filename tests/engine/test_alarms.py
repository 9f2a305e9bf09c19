"""What of sources and sound a person is told."""

from __future__ import annotations

import pytest

from studio.engine.alarms import HeardSource, audio_status, picture_problems, sound_problems
from studio.engine.meter import SoundStatus, SourceLevel
from studio.show.model import Source, SourceKind
from studio.show.status import SourceState, SourceStatus


def _heard(kind: SourceKind = "microphone", state: SourceState = "ok", reason: str = "") -> HeardSource:
    return HeardSource(Source(name="voice", kind=kind), state, reason)


def _sound(
    silent_s: float = 0.0, *, clipping: bool = False, heard: bool = True, mix_silent_s: float = 0.0, mix: bool = False
) -> SoundStatus:
    level = SourceLevel("voice", -100.0 if silent_s else -20.0, silent_s, clipping, heard)
    return SoundStatus(-20.0, mix_silent_s, 0.0, mix, (level,))


def test_a_microphone_that_works_is_no_problem() -> None:
    assert sound_problems([_heard()], _sound(19.9), muted=False) == ()
    assert not audio_status([_heard()], _sound(19.9), muted=False).silent


def test_a_microphone_that_is_silent_for_20_seconds_is_told_once() -> None:
    (problem,) = sound_problems([_heard()], _sound(20.0, mix_silent_s=20.0), muted=False)
    assert problem.startswith("“voice” has been silent for over 20 seconds: look whether")
    status = audio_status([_heard()], _sound(20.0, mix_silent_s=20.0), muted=False)
    assert status.silent
    assert (status.sources[0].name, status.sources[0].silent_s) == ("voice", 20.0)


def test_a_microphone_that_is_too_loud_is_told_once() -> None:
    (problem,) = sound_problems([_heard()], _sound(clipping=True, mix=True), muted=False)
    assert problem.startswith("“voice” is too loud and is cut off: turn it down")
    assert audio_status([_heard()], _sound(clipping=True), muted=False).clipping


def test_a_microphone_that_is_lost_is_told_with_its_reason_and_not_as_silent_too() -> None:
    lost = _heard(state="lost", reason="gives no sound any more: check its plug")
    (problem,) = sound_problems([lost], _sound(60.0, mix_silent_s=60.0), muted=False)
    assert problem == (
        "“voice” is not heard, and the show goes on without it: gives no sound any more: check its plug"
    )


def test_muted_is_never_an_alarm() -> None:
    loud_and_silent = _sound(60.0, clipping=True, mix_silent_s=60.0, mix=True)
    assert sound_problems([_heard()], loud_and_silent, muted=True) == ()
    status = audio_status([_heard()], loud_and_silent, muted=True)
    assert (status.silent, status.clipping) == (False, False)


@pytest.mark.parametrize("kind", ["file", "demo", "tone"])
def test_what_was_recorded_is_not_judged(kind: SourceKind) -> None:
    sound = _sound(60.0, clipping=True, mix_silent_s=60.0, mix=True)
    assert sound_problems([_heard(kind)], sound, muted=False) == ()


def test_an_address_is_judged_once_it_has_given_sound() -> None:
    assert sound_problems([_heard("url")], _sound(60.0, heard=False, mix_silent_s=60.0), muted=False) == ()
    assert len(sound_problems([_heard("url")], _sound(60.0), muted=False)) == 1
    assert len(sound_problems([_heard()], _sound(60.0, heard=False), muted=False)) == 1, "a microphone must give some"


def test_a_show_without_sound_is_no_problem() -> None:
    nothing = SoundStatus(silent_s=600.0)
    assert sound_problems([], nothing, muted=False) == ()
    status = audio_status([], nothing, muted=False)
    assert (status.silent, status.silent_s) == (False, 600.0)


def test_a_source_that_is_switched_off_is_not_judged() -> None:
    assert sound_problems([], _sound(60.0, clipping=True, mix_silent_s=60.0), muted=False) == ()


def test_the_mix_is_told_where_no_source_explains_it() -> None:
    (silent,) = sound_problems([_heard()], _sound(mix_silent_s=20.0), muted=False)
    assert silent.startswith("Nothing has been heard on air")
    (loud,) = sound_problems([_heard()], _sound(mix=True), muted=False)
    assert loud.startswith("The sound on air is too loud")


def test_a_source_that_works_with_a_warning_is_told() -> None:
    sources = [
        SourceStatus(name="bench", state="ok", reason="its picture is black"),
        SourceStatus(name="hands", state="ok"),
        SourceStatus(name="room", state="lost", reason="unplugged"),
    ]
    assert picture_problems(sources) == ("bench: its picture is black",)
