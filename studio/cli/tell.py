"""What is actual, in words for a person."""

from __future__ import annotations

from studio.show.status import DestinationStatus, RecordingStatus, Status
from studio.show.wanted import Wanted

CARRY_ON = "carry it on with: benchcast live --resume, or leave it with: benchcast off"

_WORDS = {
    "off": "off",
    "connecting": "connecting",
    "live": "live",
    "stalled": "connected, but the server takes nothing",
    "reconnecting": "reconnecting",
    "refused": "refused",
    "stopped": "ended",
}


def clock_text(seconds: float) -> str:
    """1:02:03."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def named(wanted: Wanted) -> str:
    """The show's title, or what stands for it."""
    return (wanted.show.title if wanted.show else "") or "a show"


def cut_off(left: Wanted) -> str:
    """That a show was cut off."""
    return f"{named(left)} was on air and was cut off"


def tell(status: Status) -> str:
    """A few lines: the show, each destination, each recording, what is wrong."""
    lines = [_head(status)]
    lines += [_destination(one) for one in status.destinations]
    for recording in status.recordings:
        lines += _recording(recording)
    lines += [f"  source {one.name} is {one.state}: {one.reason}" for one in status.sources if one.state != "ok"]
    lines += [f"  attention: {problem}" for problem in status.problems]
    return "\n".join(lines)


def tell_short(status: Status) -> str:
    """One line, for a terminal that shows it again and again."""
    several = len(status.feeds) > 1
    feeds = ", ".join(
        f"{one.name + ' ' if several else ''}{one.fps:.0f} fps {one.kbps} kb/s {one.skipped} skipped"
        for one in status.feeds
    )
    places = ", ".join(f"{one.name} {one.state}" for one in status.destinations) or "no destination"
    wrong = ["muted"] if status.muted else []
    wrong += ["recording failed"] if any(one.state == "failed" for one in status.recordings) else []
    wrong += [f"{one.name} lost" for one in status.sources if one.state == "lost"]
    if status.problems:
        wrong.append("1 problem" if len(status.problems) == 1 else f"{len(status.problems)} problems")
    return "  |  ".join([f"{clock_text(status.t)}  {feeds}", places, *([", ".join(wrong)] if wrong else [])])


def _head(status: Status) -> str:
    if status.final:
        return f"The show has ended after {clock_text(status.t)}."
    if status.mode == "off":
        return "Nothing is on air."
    card = f", card {status.feature}" if status.feature and "card" in status.overlays else ""
    muted = ", muted" if status.muted else ""
    feeds = "; ".join(f"{one.name} {one.fps:.1f} fps {one.kbps} kb/s, {one.skipped} skipped" for one in status.feeds)
    return f"On air for {clock_text(status.t)}: scene {status.scene}{card}{muted}. {feeds}."


def _recording(one: RecordingStatus) -> list[str]:
    """Why one failed is among the problems."""
    left = f", room for {clock_text(one.left_s)}" if one.left_s is not None else ""
    lines = [f"  recording {one.state}, {clock_text(one.seconds)}{left}: {one.path}"]
    if one.joining:
        lines.append(f"    its {len(one.parts)} parts are being joined into that file; until then they are:")
    elif one.parts:
        lines.append(f"    it is in {len(one.parts)} parts:")
    return lines + [f"      {path}" for path in one.parts]


def _destination(one: DestinationStatus) -> str:
    reason = f": {one.reason}" if one.reason else ""
    if one.state == "stopped" and not one.frames:
        return f"  {one.name} ({one.feed}): {_WORDS[one.state]}, never connected{reason}"
    sent = f", {one.frames} frames, {one.dropped} dropped" if one.frames else ""
    return f"  {one.name} ({one.feed}): {_WORDS[one.state]}{sent}{reason}"
