"""What of sources and sound a person should look at, in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from studio.engine.meter import SoundStatus, SourceLevel
from studio.show.model import Source
from studio.show.status import AudioStatus, SourceSound, SourceState, SourceStatus
from studio.show.watched import WATCHED

SILENT_S = 20.0
_SILENT = "for over 20 seconds"
_UNHEARD = "look whether it is switched on, and not muted by a button of its own"
_TURN_DOWN = "turn it down where it is set, or move it away"


@dataclass(frozen=True, slots=True)
class HeardSource:
    """A source that is switched on in the mix."""

    source: Source
    state: SourceState
    reason: str


def picture_problems(sources: Sequence[SourceStatus]) -> tuple[str, ...]:
    """Of sources that work, and yet should be looked at."""
    return tuple(f"{one.name}: {one.reason}" for one in sources if one.state == "ok" and one.reason)


def sound_problems(heard: Sequence[HeardSource], sound: SoundStatus, *, muted: bool) -> tuple[str, ...]:
    """Microphones that are lost; and unless everything is muted, what is silent or too loud.

    Only what a person may mend now is judged (`WATCHED`): not a clip, nor an address that has no sound. The mix only
    where such a source is part of it, and none of them explains it.
    """
    lost = [one for one in heard if one.source.kind == "microphone" and one.state == "lost"]
    problems = [_lost_words(one) for one in lost]
    levels = [] if muted else _judged([one for one in heard if one not in lost], sound)
    silent = [f"“{one.name}” has been silent {_SILENT}: {_UNHEARD}" for one in levels if one.silent_s >= SILENT_S]
    loud = [f"“{one.name}” is too loud and is cut off: {_TURN_DOWN}" for one in levels if one.clipping]
    if levels and not silent and sound.silent_s >= SILENT_S:
        silent = [f"Nothing has been heard on air {_SILENT}: raise the sources' gain_db"]
    if levels and not loud and sound.clipping:
        loud = ["The sound on air is too loud and is cut off: lower the sources' gain_db"]
    return (*problems, *silent, *loud)


def audio_status(heard: Sequence[HeardSource], sound: SoundStatus, *, muted: bool) -> AudioStatus:
    """The same as facts."""
    levels = [] if muted else _judged(heard, sound)
    return AudioStatus(
        peak_db=round(sound.peak_db, 1),
        silent_s=round(sound.silent_s, 1),
        drift_ms=round(sound.drift_ms, 2),
        silent=bool(levels) and (sound.silent_s >= SILENT_S or any(one.silent_s >= SILENT_S for one in levels)),
        clipping=bool(levels) and (sound.clipping or any(one.clipping for one in levels)),
        sources=tuple(_told(one) for one in sound.sources),
    )


def _judged(heard: Sequence[HeardSource], sound: SoundStatus) -> list[SourceLevel]:
    kinds = {one.source.name: one.source.kind for one in heard if WATCHED[one.source.kind].level}
    return [one for one in sound.sources if one.name in kinds and (one.heard or kinds[one.name] == "microphone")]


def _lost_words(one: HeardSource) -> str:
    return f"“{one.source.name}” is not heard, and the show goes on without it: {one.reason}"


def _told(one: SourceLevel) -> SourceSound:
    return SourceSound(
        name=one.name, peak_db=round(one.peak_db, 1), silent_s=round(one.silent_s, 1), clipping=one.clipping
    )
