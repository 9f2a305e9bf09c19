"""What is actual: the engine's status, as commands print it and the window reads it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

SourceState = Literal["opening", "ok", "frozen", "lost"]
Ended = Literal["", "off", "time", "no_source", "lease", "nothing_out"]
DestinationState = Literal["off", "connecting", "live", "stalled", "reconnecting", "refused", "stopped"]


class FeedStatus(Struct, frozen=True, kw_only=True):
    """One feed.

    `age_ms_p95`: age of the pictures when the kernel took their bytes, worst destination. `replay_s`: how many of the
    newest seconds are in memory, for a clip. `preset` and `target_kbps`: what computer and network bear now; the
    person's preset and video_kbps are the most of both.
    """

    name: str
    fps: float = 0.0
    frames: int = 0
    skipped: int = 0
    encode_ms_p95: float = 0.0
    kbps: int = 0
    preset: str = ""
    profile: str = ""
    size: tuple[int, int] = (0, 0)
    tick_ms_p95: float = 0.0
    age_ms_p95: float = 0.0
    replay_s: float = 0.0
    target_kbps: int = 0


class SourceStatus(Struct, frozen=True, kw_only=True):
    """One source."""

    name: str
    state: SourceState
    fps: float = 0.0
    reason: str = ""
    got: str = ""


class DestinationStatus(Struct, frozen=True, kw_only=True):
    """One destination."""

    name: str
    feed: str
    state: DestinationState
    reason: str = ""
    kbps: int = 0
    frames: int = 0
    dropped: int = 0
    queued_ms: int = 0
    reconnects: int = 0


class RecordingStatus(Struct, frozen=True, kw_only=True):
    """One recording: of a show that was interrupted, its newest part.

    `parts`: the files of all parts, oldest first, if there are several. `joining`: they are being made one, `path`.
    `left_s`: for how long the disk has room; None: unknown, or nothing is recorded.
    """

    feed: str
    state: str
    path: str
    seconds: float = 0.0
    reason: str = ""
    left_s: float | None = None
    parts: tuple[str, ...] = ()
    joining: bool = False


class SourceSound(Struct, frozen=True, kw_only=True):
    """One source that is switched on in the mix, before its gain. `clipping`: cut off at full scale repeatedly."""

    name: str
    peak_db: float = -120.0
    silent_s: float = 0.0
    clipping: bool = False


class AudioStatus(Struct, frozen=True, kw_only=True):
    """The mix, and each source in it.

    `silent` and `clipping` are alarms: a microphone, or all of it, has been silent for 20 s, or is cut off at full
    scale. Never while muted, nor in a show without such a source; `silent_s` only measures.
    """

    peak_db: float = -120.0
    silent_s: float = 0.0
    drift_ms: float = 0.0
    silent: bool = False
    clipping: bool = False
    sources: tuple[SourceSound, ...] = ()


class Status(Struct, frozen=True, kw_only=True):
    """All of it. `t` is seconds into the show; `ended` says why a show is over, in one word.

    `overlays`: those that are switched on; the card is there while a product is featured too.
    """

    t: float = 0.0
    pid: int = 0
    revision: int = 0
    mode: Literal["off", "live"] = "off"
    show_id: str = ""
    scene: str = ""
    feature: str = ""
    overlays: tuple[str, ...] = ()
    muted: bool = False
    final: bool = False
    ended: Ended = ""
    feeds: tuple[FeedStatus, ...] = ()
    sources: tuple[SourceStatus, ...] = ()
    destinations: tuple[DestinationStatus, ...] = ()
    recordings: tuple[RecordingStatus, ...] = ()
    audio: AudioStatus = AudioStatus()
    problems: tuple[str, ...] = ()
