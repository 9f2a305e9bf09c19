"""The look in one place: colours, type sizes, spacing. Plain values, no Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["text", "quiet", "accent", "fine", "attention", "danger", "info"]
Shape = Literal["disc", "ring", "diamond", "triangle", "dash"]

STEP = 4  # pixels; every distance is a multiple
RADIUS = 12
TARGET = 44  # pixels that a finger needs, both ways

SMALL, BODY, LARGE, CLOCK, HUGE = 13, 15, 19, 23, 28  # pixels at 100 %


@dataclass(frozen=True, slots=True)
class Tokens:
    """One theme's colours, as #rrggbb.

    Text, quiet and the tones read on window, panel, raised and well; `on_accent` and `on_live` on the fills.
    """

    name: str
    window: str
    panel: str
    raised: str
    well: str  # behind the picture and under totals
    line: str
    outline: str
    text: str
    quiet: str
    accent: str
    on_accent: str
    live: str
    on_live: str
    fine: str
    attention: str
    danger: str
    info: str

    def tone(self, tone: Tone) -> str:
        return str(getattr(self, tone))


DARK = Tokens(
    name="dark",
    window="#16130f",
    panel="#1e1a15",
    raised="#28231c",
    well="#100e0b",
    line="#3a332a",
    outline="#7a6c58",
    text="#f3ece1",
    quiet="#a89c8a",
    accent="#e8a33d",
    on_accent="#1d1305",
    live="#cf3a3f",
    on_live="#ffffff",
    fine="#4cc38a",
    attention="#f5b942",
    danger="#ff6369",
    info="#7fb0f5",
)

LIGHT = Tokens(
    name="light",
    window="#faf6ef",
    panel="#fffdf9",
    raised="#f1e9dc",
    well="#ece3d4",
    line="#ddd0bc",
    outline="#8c7b64",
    text="#241c12",
    quiet="#665a49",
    accent="#8a5200",
    on_accent="#ffffff",
    live="#bb2a30",
    on_live="#ffffff",
    fine="#156a42",
    attention="#805000",
    danger="#b0232a",
    info="#1d57a8",
)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two colours, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mixed(top: str, under: str, share: float) -> str:
    """`top` laid over `under` with that opacity."""
    pairs = zip(_channels(top), _channels(under), strict=True)
    return "#" + "".join(f"{round(over * share + below * (1 - share)):02x}" for over, below in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
        for c in (value / 255 for value in _channels(colour))
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
