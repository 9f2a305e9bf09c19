"""How well a text can be read on a see-through panel, whatever lies behind it."""

from __future__ import annotations

LEAST_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3


def luminance(rgb: tuple[float, float, float]) -> float:
    """Relative luminance (WCAG 2.2) of sRGB values from 0 to 1."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def channels(colour: str) -> tuple[float, float, float]:
    """`#rrggbb` as values from 0 to 1."""
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def worst_contrast(text: str, panel: str, opacity: float) -> float:
    """The least contrast of `text` on `panel` at `opacity`, over every picture behind.

    Each channel of what is seen rises with the picture's, so black and white behind bound its luminance; a text
    between the two bounds meets its own luminance on some picture.
    """
    own = luminance(channels(text))
    red, green, blue = (opacity * c for c in channels(panel))
    dark = luminance((red, green, blue))
    through = 1 - opacity
    light = luminance((red + through, green + through, blue + through))
    if dark <= own <= light:
        return 1.0
    return min(_ratio(own, dark), _ratio(own, light))


def _ratio(one: float, other: float) -> float:
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
