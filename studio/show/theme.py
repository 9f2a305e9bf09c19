"""A theme: how overlays look. Read from a TOML file and checked whole, contrast included."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NoReturn

from studio.errors import InputError
from studio.show.contrast import LEAST_CONTRAST, worst_contrast
from studio.workspace.resources import resource

BUNDLED = ("ink", "kraft", "porcelain")
LEAST_DIGITS = 0.045  # of the frame's height: below this a price cannot be read on a phone

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


@dataclass(frozen=True, slots=True)
class Colours:
    """`#rrggbb` each. Texts lie on the panel, which lets `1 - panel_opacity` of the picture through."""

    panel: str
    panel_opacity: float
    edge: str
    name: str
    price: str
    quiet: str
    badge: str
    badge_text: str
    tag: str
    tag_text: str
    stamp: str


@dataclass(frozen=True, slots=True)
class Fonts:
    """Weights from 100 to 900. The families are fixed: they are what can draw every language."""

    name_weight: int
    price_weight: int
    quiet_weight: int


@dataclass(frozen=True, slots=True)
class Sizes:
    """Shares: `price_digits` of the frame's height, the others of `Frame.unit`."""

    price_digits: float
    name: float
    quiet: float
    was: float
    badge: float
    title: float
    padding: float
    gap: float
    corner: float


@dataclass(frozen=True, slots=True)
class Area:
    """Margins that overlays keep, as shares of the frame's width and height, and a card's usual greatest width."""

    left: float
    right: float
    top: float
    bottom: float
    card_width: float


@dataclass(frozen=True, slots=True)
class Theme:
    """All that decides how overlays look."""

    name: str
    colours: Colours
    fonts: Fonts
    sizes: Sizes
    wide: Area
    tall: Area


_RANGES: dict[str, tuple[float, float]] = {
    "panel_opacity": (0.0, 1.0),
    "name_weight": (100, 900),
    "price_weight": (100, 900),
    "quiet_weight": (100, 900),
    "price_digits": (LEAST_DIGITS, 0.12),
    "name": (0.02, 0.08),
    "quiet": (0.018, 0.06),
    "was": (0.018, 0.06),
    "badge": (0.018, 0.06),
    "title": (0.02, 0.08),
    "padding": (0.004, 0.06),
    "gap": (0.004, 0.06),
    "corner": (0.0, 0.06),
    "left": (0.0, 0.25),
    "right": (0.0, 0.25),
    "top": (0.0, 0.4),
    "bottom": (0.0, 0.4),
    "card_width": (0.3, 1.0),
}


def load_theme(name_or_path: str | Path) -> Theme:
    """A bundled theme by name, or a theme file by path.

    Raises:
        InputError: there is no such theme, or the file's content is wrong; it names file, field, found and allowed.
    """
    path = resource("themes", f"{name_or_path}.toml") if str(name_or_path) in BUNDLED else Path(name_or_path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        table = tomllib.loads(text)
    except FileNotFoundError:
        raise InputError(
            str(name_or_path), "there is no such theme", do=f"use {', '.join(BUNDLED)} or the path of a theme file"
        ) from None
    except OSError as error:
        raise InputError(str(path), f"the theme cannot be read ({error.strerror})", do="check the file") from error
    except RecursionError as error:
        raise InputError(str(path), "the theme is nested too deeply", do="write plain tables") from error
    except ValueError as error:  # no UTF-8, no TOML, or a number too long for Python
        raise InputError(str(path), f"this is not TOML ({error})", do="correct the file") from error
    return _Reader(str(path)).theme(table)


class _Reader:
    """Turns a parsed theme file into a theme, or says what is wrong with it."""

    def __init__(self, file: str) -> None:
        self._file = file

    def theme(self, table: dict[str, object]) -> Theme:
        sections = ("colours", "fonts", "sizes", "wide", "tall")
        for key in table:
            if key not in {"version", "name", *sections}:
                self._wrong(key, "unknown field", f"known are version, name, {', '.join(sections)}")
        if table.get("version") != 1:
            self._wrong("version", _found(table.get("version")), "the only version is 1")
        name = table.get("name")
        if not isinstance(name, str) or not name.strip():
            self._wrong("name", _found(name), "give the theme's name in quotes")
        theme = Theme(
            name,
            Colours(**self._section(table, "colours", Colours)),
            Fonts(**self._section(table, "fonts", Fonts)),
            Sizes(**self._section(table, "sizes", Sizes)),
            Area(**self._section(table, "wide", Area)),
            Area(**self._section(table, "tall", Area)),
        )
        self._check_contrast(theme.colours)
        return theme

    # Any: that the values fit the dataclass is checked here field by field, and cannot be told to a type checker.
    def _section(self, table: dict[str, object], section: str, kind: type) -> dict[str, Any]:
        values = table.get(section)
        if not isinstance(values, dict):
            self._wrong(section, _found(values), f"write a table [{section}]")
        known = {field.name: str(field.type) for field in fields(kind)}
        for key in values:
            if key not in known:
                self._wrong(f"{section}.{key}", "unknown field", f"known are {', '.join(known)}")
        return {key: self._value(f"{section}.{key}", key, values.get(key), kind) for key, kind in known.items()}

    def _value(self, where: str, key: str, value: object, kind: str) -> str | float:
        if kind == "str":
            if not isinstance(value, str) or not _COLOUR.fullmatch(value):
                self._wrong(where, _found(value), 'write a colour as "#rrggbb"')
            return value
        low, high = _RANGES[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self._wrong(where, _found(value), f"a number from {low:g} to {high:g} is allowed")
        return round(value) if kind == "int" else float(value)

    def _check_contrast(self, colours: Colours) -> None:
        """Every text can be read on every picture (WCAG 2.2, success criterion 1.4.3)."""
        for field in ("name", "price", "quiet", "stamp"):
            ratio = worst_contrast(getattr(colours, field), colours.panel, colours.panel_opacity)
            if ratio < LEAST_CONTRAST:
                self._wrong(
                    f"colours.{field}",
                    f"its contrast on the panel falls to {ratio:.2f}:1 on some pictures",
                    f"at least {LEAST_CONTRAST}:1 is needed; choose another colour or raise colours.panel_opacity",
                )
        for field, ground in (("badge_text", "badge"), ("tag_text", "tag")):
            ratio = worst_contrast(getattr(colours, field), getattr(colours, ground), 1.0)
            if ratio < LEAST_CONTRAST:
                self._wrong(
                    f"colours.{field}",
                    f"its contrast on colours.{ground} is {ratio:.2f}:1",
                    f"at least {LEAST_CONTRAST}:1 is needed; choose another colour",
                )

    def _wrong(self, field: str, found: str, allowed: str) -> NoReturn:
        where = field if field.isprintable() else repr(field)
        raise InputError(f"{self._file}, {where}", found, do=allowed)


def _found(value: object) -> str:
    return "it is missing" if value is None else f"found {value!r}"
