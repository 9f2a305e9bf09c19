"""What the show screen says about what is actual and wanted. Pure: values in, values out, no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from studio.show.model import Show
from studio.show.status import AudioStatus, DestinationStatus, FeedStatus, RecordingStatus, SourceStatus, Status
from studio.show.wanted import DestinationWish, Wanted
from studio.ui.tokens import Shape, Tone

Presence = Literal["nothing", "starting", "stuck", "off", "cut", "going", "live", "ending"]
Ask = Literal["", "on", "retry"]

QUIET_S = 2.0  # a status that has not changed for longer is no status
SCENE_KEYS = 8
FLOOR_DB = -60.0


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the window found in the workspace's files at one moment.

    Attributes:
        status: the newest one; None: none was ever written in this boot.
        quiet_s: seconds since it last changed.
        engine: whether somebody holds the engine's lock.
        wanted: the newest wish that could be read.
        trouble: why the wish cannot be read just now; empty: it can.
        interrupted: whether the show was cut off, and waits for a person to carry it on.
    """

    status: Status | None = None
    quiet_s: float = 0.0
    engine: bool = False
    wanted: Wanted = field(default_factory=Wanted)
    trouble: str = ""
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class Pill:
    """Whether we are on air, in a word."""

    word: str
    tone: Tone
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """One destination or recording: state as word, colour and shape, then a quiet detail."""

    name: str
    word: str
    detail: str
    tone: Tone
    shape: Shape
    ask: Ask = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SceneTile:
    """One scene and its key. `on_air`: actual; `coming`: wanted, not yet actual."""

    name: str
    key: str
    on_air: bool
    coming: bool
    warning: str = ""


@dataclass(frozen=True, slots=True)
class Meter:
    """The sound's level, 0 to 1 of the scale, and what it means."""

    level: float
    word: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Notice:
    """One line about what is wrong and what to do."""

    text: str
    tone: Tone


def presence(pulse: Pulse) -> Presence:
    status, wanted = pulse.status, pulse.wanted
    if status is None:
        return "starting" if pulse.engine else "nothing"
    if pulse.quiet_s > QUIET_S:
        missed = wanted.mode == "live" and not status.final
        return "stuck" if pulse.engine or missed else "nothing"
    if status.mode == "off" or status.final:
        if wanted.mode != "live" or (status.final and status.show_id == wanted.show_id):
            return "off"
        return "cut" if pulse.interrupted else "going"
    return "live" if wanted.mode == "live" or pulse.trouble else "ending"


def pill(now: Presence) -> Pill:
    return {
        "nothing": Pill("NOT RUNNING", "quiet"),
        "starting": Pill("STARTING", "info"),
        "stuck": Pill("NO ANSWER", "attention"),
        "off": Pill("OFF AIR", "quiet"),
        "cut": Pill("CUT OFF", "attention"),
        "going": Pill("GOING LIVE", "info"),
        "live": Pill("LIVE", "text", filled=True),
        "ending": Pill("ENDING", "attention"),
    }[now]


def clock_text(seconds: float) -> str:
    whole = max(0, int(seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def welcome(now: Presence, *, loaded: bool, logs: str, title: str = "") -> tuple[str, str]:
    """Heading and words in place of the picture; empty ones: the picture."""
    if now == "nothing":
        return "Nothing is running", f"The studio starts by itself while this window is open. If not, look in {logs}"
    if now == "starting":
        return "The studio starts", "Cameras and sound come in a moment."
    if now == "cut":
        asked = "Carry it on, or leave it as it is? Nothing is sent or recorded until you say so."
        return f"{title or 'A show'} was on air and was cut off", asked
    if not loaded:
        return "No show yet", "Open a show file with the button above (O), or run: benchcast live show.toml"
    return "", ""


_DESTINATIONS: dict[str, tuple[str, Tone, Shape]] = {
    "off": ("off", "quiet", "dash"),
    "stopped": ("stopped", "quiet", "dash"),
    "connecting": ("connecting", "info", "ring"),
    "live": ("live", "fine", "disc"),
    "stalled": ("stalled", "attention", "diamond"),
    "reconnecting": ("reconnecting", "attention", "diamond"),
    "refused": ("refused", "danger", "triangle"),
}


def destination_chips(status: Status | None, wanted: Wanted) -> tuple[Chip, ...]:
    """A chip for each destination wanted, with what is actual where that is known."""
    actual = {one.name: one for one in status.destinations} if status else {}
    names = list(wanted.destinations) or list(actual)
    return tuple(_destination_chip(name, actual.get(name), wanted.destinations.get(name)) for name in names)


def _destination_chip(name: str, now: DestinationStatus | None, wish: DestinationWish | None) -> Chip:
    if now is None:
        word = "off" if wish is not None and not wish.on else "off air"
        return Chip(name, word, "", "quiet", "dash", "on" if word == "off" else "")
    word, tone, shape = _DESTINATIONS[now.state]
    ask: Ask = ""
    if now.state in {"refused", "reconnecting", "connecting", "stalled"}:
        ask = "retry"
    elif wish is not None and not wish.on:
        ask = "on"
    if now.state in {"live", "stalled"}:
        detail = rate_text(now.kbps)
        if now.dropped:
            detail += f" · {now.dropped} dropped"
    else:
        detail = now.reason
    hint = {"retry": "try again now", "on": "switch on"}.get(ask, "")
    return Chip(name, word, detail, tone, shape, ask, hint)


def rate_text(kbps: int) -> str:
    return f"{kbps / 1000:.1f} Mb/s" if kbps >= 1000 else f"{kbps} kb/s"


def recording_chip(recordings: tuple[RecordingStatus, ...]) -> Chip | None:
    """One chip for all recordings: the worst of them. None: nothing is recorded."""
    if not recordings:
        return None
    off = [one for one in recordings if one.state != "on"]
    if off:
        worst = off[0]
        failed = bool(worst.reason)
        return Chip(
            "Recording", worst.state, worst.reason, "danger" if failed else "quiet", "triangle" if failed else "dash"
        )
    return Chip("Recording", "on", clock_text(max(one.seconds for one in recordings)), "fine", "disc")


def scene_tiles(show: Show | None, status: Status | None, wanted: Wanted) -> tuple[SceneTile, ...]:
    if show is None:
        return ()
    lost = {one.name: _source_words(one) for one in status.sources} if status else {}
    actual = status.scene if status else ""
    tiles = []
    for index, scene in enumerate(show.scenes):
        warnings = [words for layer in scene.layers if (words := lost.get(layer.source, ""))]
        tiles.append(
            SceneTile(
                name=scene.name,
                key=f"F{index + 1}" if index < SCENE_KEYS else "",
                on_air=scene.name == actual,
                coming=scene.name == wanted.scene != actual,
                warning=warnings[0] if warnings else "",
            )
        )
    return tuple(tiles)


def _source_words(source: SourceStatus) -> str:
    words = {"opening": "opening", "frozen": "picture frozen", "lost": "no picture"}
    return words.get(source.state, "")


def meter(audio: AudioStatus, *, muted: bool) -> Meter:
    level = min(1.0, max(0.0, 1 - audio.peak_db / FLOOR_DB))
    if muted:
        return Meter(level, "muted", "attention")
    if audio.silent:
        return Meter(level, "silent", "attention")
    if audio.clipping:
        return Meter(level, "too loud", "danger")
    return Meter(level, f"{audio.peak_db:.0f} dB".replace("-", "\u2212") if level else "quiet", "fine")


def engine_line(feeds: tuple[FeedStatus, ...]) -> str:
    """How well the computer keeps up, of the feed that fares worst."""
    if not feeds:
        return ""
    worst = min(feeds, key=lambda feed: (-feed.skipped, feed.fps))
    return f"{worst.fps:.0f} fps · {worst.skipped} skipped"


_ENDED: dict[str, tuple[str, Tone]] = {
    "no_source": ("The show could not begin: no source of its scene opens. Plug it in, then go live again", "danger"),
    "lease": (
        "The show was interrupted for over a minute and has ended. To go on, go live with a new one",
        "attention",
    ),
    "nothing_out": (
        "The show has ended: every destination refused it, and it is not recorded. Mend one, then go live again",
        "danger",
    ),
    "time": ("The show has ended: its time was up", "fine"),
}


def notice(pulse: Pulse) -> Notice | None:
    """The worst thing that is wrong, with what to do about it; None: all is well."""
    now, status = presence(pulse), pulse.status
    if pulse.trouble:
        return Notice(pulse.trouble, "danger")
    if now == "stuck":
        then = "it goes on by itself as soon as it does" if pulse.engine else "it is being started again"
        return Notice(f"The engine has not answered for {int(pulse.quiet_s)} s; {then}", "danger")
    if status is None or now in {"nothing", "starting", "cut"}:
        return None
    return _refusals(status) or _problems(status) or _troubled(status) or _ending(status)


def _refusals(status: Status) -> Notice | None:
    for one in status.destinations:
        if one.state == "refused":
            return Notice(f"{one.name} refused the show: {one.reason or 'the server gave no reason'}", "danger")
    return None


def _problems(status: Status) -> Notice | None:
    for one in status.recordings:
        if one.state == "failed":
            return Notice(f"The recording failed: {one.reason}", "danger")
    return Notice(status.problems[0], "attention") if status.problems else None


def _troubled(status: Status) -> Notice | None:
    for source in status.sources:
        if source.state in {"lost", "frozen"}:
            words = source.reason or "look at its plug, cable and power; it comes back by itself"
            return Notice(f"{source.name}: {_source_words(source)}; {words}", "attention")
    for one in status.destinations:
        if one.state in {"reconnecting", "stalled"}:
            return Notice(f"{one.name} is {one.state}; {one.reason or 'it is tried again by itself'}", "attention")
    return None


def _ending(status: Status) -> Notice | None:
    words, tone = _ENDED.get(status.ended, ("", "fine")) if status.final else ("", "fine")
    return Notice(words, tone) if words else None
