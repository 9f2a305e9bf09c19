"""The fonts that text on the picture is drawn with, and which of them draws which character.

Never the system's: the same card has to be the same pixels on every computer. So each run of text is given exactly
one of our families, with Qt's own merging switched off; which one is decided here, from the fonts' cmaps.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication

from studio.errors import StudioError
from studio.overlays.cmap import Coverage, read_coverage
from studio.workspace.resources import resource

_FAMILIES = {
    "Inter": ("fontpkg_inter", "files/Inter[opsz,wght].ttf"),
    "Noto Sans": ("fontpkg_noto_sans", "files/NotoSans[wdth,wght].ttf"),
    **{
        f"Noto Sans {script}": ("manimgx_fonts", f"NotoSans{script}[wght].ttf")
        for script in (
            "Arabic", "Hebrew", "Thai", "Devanagari", "Armenian", "Bengali", "Ethiopic", "Georgian", "Gujarati",
            "Gurmukhi", "Kannada", "Khmer", "Lao", "Malayalam", "Myanmar", "Oriya", "Sinhala", "Tamil", "Telugu",
            "Symbols",
        )
    },
    "Noto Emoji": ("manimgx_fonts", "NotoEmoji[wght].ttf"),
}  # fmt: skip
_CJK_FILE = ("manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc")
_CJK_REGIONS = {"ja": "JP", "ko": "KR", "hk": "HK", "mo": "HK", "hant": "TC", "tw": "TC"}  # the first that is named
_IGNORABLE_CATEGORIES = {"Cf", "Cc", "Zl", "Zp"}  # direction marks, joiners, isolates: they shape, but draw nothing
_EMOJI_STYLE = "\ufe0f"
_TEXT_STYLE = "\ufe0e"


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text drawn with one family; `start` and `length` in UTF-16 units, as Qt counts."""

    start: int
    length: int
    family: str


@dataclass(frozen=True, slots=True, eq=False)
class FontBook:
    """Every loaded family with the characters that it has, in order of preference (CJK families by region apart)."""

    coverage: dict[str, Coverage]
    cjk: Coverage

    def chain(self, language: str) -> tuple[str, ...]:
        """The families in the order in which a language tries them."""
        return (*(name for name in self.coverage if name not in _LAST), cjk_family(language), *_LAST)

    def has(self, family: str, character: str) -> bool:
        return character in (self.cjk if family.startswith("Noto Sans CJK") else self.coverage[family])

    def missing(self, text: str) -> set[str]:
        """Characters of `text` that no font of ours can draw."""
        return {c for c in text if not _is_invisible(c) and not any(self.has(f, c) for f in self.chain(""))}

    def runs(self, text: str, language: str) -> list[Run]:
        """Cut text into runs of one family each; marks, joiners and spaces stay with what they follow."""
        chain = self.chain(language)
        clusters = list(_clusters(text))
        families = [_family(self, cluster, chain) for cluster in clusters]
        known = next((family for family in families if family), chain[0])
        runs: list[Run] = []
        start = 0
        for cluster, family in zip(clusters, families, strict=True):
            # An emoji font's space is as wide as its emoji.
            known = family or (chain[0] if known == "Noto Emoji" and cluster.isspace() else known)
            length = len(cluster.encode("utf-16-le")) // 2
            if runs and runs[-1].family == known:
                runs[-1] = Run(runs[-1].start, runs[-1].length + length, known)
            else:
                runs.append(Run(start, length, known))
            start += length
        return runs


_LAST = ("Noto Sans Symbols", "Noto Emoji")  # after CJK, whose ① and ★ sit better beside its letters


def cjk_family(language: str) -> str:
    """The family with a language's own forms of the shared Han characters."""
    parts = language.lower().replace("_", "-").split("-")
    return "Noto Sans CJK " + next((region for part, region in _CJK_REGIONS.items() if part in parts), "SC")


def start_text() -> QGuiApplication:
    """Make this process able to draw text without a screen, on any thread; it needs no event loop.

    Call it on the main thread, before any other thread draws. An application that exists already is used as it is.

    Raises:
        StudioError: the font packages are incomplete.
    """
    with _no_system_fonts():
        app = _application()
        font_book()
    return app


@cache
def _application() -> QGuiApplication:
    """The application, held so that it outlives whoever asked for it."""
    app = QGuiApplication.instance()
    return app if isinstance(app, QGuiApplication) else QGuiApplication(["benchcast", "-platform", "offscreen"])


@cache
def font_book() -> FontBook:
    """The fonts of the program, given to Qt once a process. Needs a QGuiApplication."""
    coverage = {name: read_coverage(_load(*where)) for name, where in _FAMILIES.items()}
    return FontBook(coverage, read_coverage(_load(*_CJK_FILE)))


def missing_glyphs(text: str) -> set[str]:
    """Characters of `text` that would not be drawn."""
    return font_book().missing(text)


def font(family: str, px: int, weight: int) -> QFont:
    """One of our families at an exact size and weight, tabular figures, without help from other families.

    The weight is the variable font's own axis: Qt's weight would make it fake a bold.
    """
    made = QFont(family)
    made.setPixelSize(px)
    made.setVariableAxis(QFont.Tag("wght"), weight)
    made.setFeature(QFont.Tag("tnum"), 1)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)  # hinting differs between systems
    made.setStyleStrategy(QFont.StyleStrategy.NoFontMerging | QFont.StyleStrategy.NoSubpixelAntialias)
    return made


def _load(package: str, inside: str) -> Path:
    spec = find_spec(package)
    path = Path(spec.origin).parent / inside if spec and spec.origin else Path(package, inside)
    if not path.is_file() or QFontDatabase.addApplicationFont(str(path)) < 0:
        raise StudioError(f"the font {path.name} cannot be loaded", do=f"install the package {package} again")
    return path


@contextmanager
def _no_system_fonts() -> Iterator[None]:
    """While Qt opens its font database: on Linux an installed font of the same name would take ours' place.

    It asks fontconfig there; the other systems' Qt knows nothing of this variable.
    """
    before = os.environ.get("FONTCONFIG_FILE")
    os.environ["FONTCONFIG_FILE"] = str(resource("fonts", "none.conf"))
    try:
        yield
    finally:
        if before is None:
            del os.environ["FONTCONFIG_FILE"]
        else:
            os.environ["FONTCONFIG_FILE"] = before


@lru_cache(maxsize=4096)  # a walk through two dozen fonts for each letter of each size that is tried
def _family(book: FontBook, cluster: str, chain: tuple[str, ...]) -> str | None:
    """The first family that has the whole cluster; else its first character; None: whatever is at hand."""
    visible = [c for c in cluster if not _is_invisible(c)]
    if not visible:
        return None
    order = ("Noto Emoji", *chain) if _EMOJI_STYLE in cluster or _is_pictograph(visible[0]) else chain
    for wanted in (visible, visible[:1]):
        for family in order:
            if all(book.has(family, c) for c in wanted):
                return family
    return None


def _is_invisible(character: str) -> bool:
    return (
        character.isspace()
        or character in {_EMOJI_STYLE, _TEXT_STYLE}
        or unicodedata.category(character) in _IGNORABLE_CATEGORIES
    )


def _is_pictograph(character: str) -> bool:
    return 0x1F000 <= ord(character) <= 0x1FAFF


def _clusters(text: str) -> Iterator[str]:
    """Text in pieces that must share a font: marks, joined emoji, flags. Coarser than needed is harmless."""
    piece = ""
    for character in text:
        joins = (
            unicodedata.category(character) in {"Mn", "Mc", "Me"}
            or character in {"\u200d", "\u200c", _EMOJI_STYLE, _TEXT_STYLE}
            or 0x1F3FB <= ord(character) <= 0x1F3FF  # skin tones
            or piece.endswith("\u200d")
            or (_is_flag_half(character) and len(piece) == 1 and _is_flag_half(piece))
        )
        if piece and not joins:
            yield piece
            piece = ""
        piece += character
    if piece:
        yield piece


def _is_flag_half(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF
