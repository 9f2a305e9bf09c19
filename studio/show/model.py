"""The show as it was written down: sources, scenes, feeds, destinations. Immutable, and storable as JSON."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from msgspec import Struct

SourceKind = Literal["camera", "url", "file", "image", "demo", "microphone", "tone"]
Fit = Literal["cover", "contain"]
SoundUse = Literal["always", "with_scene", "off"]
Profile = Literal["quality", "live"]
KeyFrom = Literal["keyring", "env", "session", "none"]

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo")
OVERLAY_NAMES = ("card", "price", "title")


class Source(Struct, frozen=True, kw_only=True):
    """Where pictures or sound come from. `path` is absolute (file, image) or an address (url)."""

    name: str
    kind: SourceKind
    device: int | str = 0
    path: str = ""
    loop: bool = True
    audio: SoundUse = "always"
    gain_db: float = 0.0
    delay_ms: int = 0
    size: tuple[int, int] | None = None  # what to ask the camera for; default: the largest feed's
    fps: float | None = None

    @property
    def has_pictures(self) -> bool:
        return self.kind not in {"microphone", "tone"}

    @property
    def may_have_sound(self) -> bool:
        return self.audio != "off" and self.kind in {"microphone", "tone", "file", "url", "demo"}


class Layer(Struct, frozen=True, kw_only=True):
    """One source on a scene. `rect`: x, y, width, height as shares of the feed."""

    source: str
    rect: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    fit: Fit = "cover"


class Scene(Struct, frozen=True, kw_only=True):
    """What is seen together, bottom layer first."""

    name: str
    layers: tuple[Layer, ...]


class Feed(Struct, frozen=True, kw_only=True):
    """One composed and encoded picture."""

    name: str
    size: tuple[int, int] = (1920, 1080)
    fps: float = 30.0
    video_kbps: int = 4500
    audio_kbps: int = 128
    profile: Profile = "quality"
    preset: str = "auto"
    language: str = "en"
    currency: str = "USD"

    @property
    def rate(self) -> Fraction:
        """Frames a second, exact: 29.97 is 30000/1001, 12.5 is 25/2."""
        ntsc = Fraction(round(self.fps * 1.001) * 1000, 1001)
        if abs(self.fps - ntsc) < min(0.01, abs(self.fps - round(self.fps))):
            return ntsc
        return Fraction(self.fps).limit_denominator(1000)


class Destination(Struct, frozen=True, kw_only=True):
    """Where a feed is sent. Never holds a key: only where the key is to be found."""

    name: str
    feed: str
    url: str  # without the key
    platform: str = ""
    key_from: KeyFrom = "keyring"
    key_env: str = ""
    on: bool = True


class Show(Struct, frozen=True, kw_only=True):
    """One broadcast, as it was planned."""

    title: str
    language: str
    currency: str
    sources: tuple[Source, ...]
    scenes: tuple[Scene, ...]
    feeds: tuple[Feed, ...]
    destinations: tuple[Destination, ...] = ()
    theme: str = "ink"
    first_scene: str = ""
    first_feature: str = ""
    record: bool = True
    record_to: str = ""  # a file; empty: the workspace's recordings folder

    def source(self, name: str) -> Source:
        return next(one for one in self.sources if one.name == name)

    def scene(self, name: str) -> Scene:
        return next(one for one in self.scenes if one.name == name)

    def feed(self, name: str) -> Feed:
        return next(one for one in self.feeds if one.name == name)
