"""The window's type: Inter, digits all of one width; Noto for scripts that the computer itself cannot write."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase

from studio.ui.tokens import BODY

REGULAR, MEDIUM, SEMIBOLD, BOLD = 400, 500, 600, 700

_INTER = ("fontpkg_inter", "files/Inter[opsz,wght].ttf")
_SYSTEMS = QFontDatabase.WritingSystem
_STAND_INS = (
    (_SYSTEMS.SimplifiedChinese, "Noto Sans CJK SC", ("manimgx_fonts_cjk", "NotoSansCJK-VF.otf.ttc")),
    (_SYSTEMS.Arabic, "Noto Sans Arabic", ("manimgx_fonts", "NotoSansArabic[wght].ttf")),
    (_SYSTEMS.Hebrew, "Noto Sans Hebrew", ("manimgx_fonts", "NotoSansHebrew[wght].ttf")),
    (_SYSTEMS.Thai, "Noto Sans Thai", ("manimgx_fonts", "NotoSansThai[wght].ttf")),
    (_SYSTEMS.Devanagari, "Noto Sans Devanagari", ("manimgx_fonts", "NotoSansDevanagari[wght].ttf")),
)
_FAMILIES = ["Inter", "sans-serif", *(family for _, family, _ in _STAND_INS)]


def load_fonts() -> None:
    """Make Inter known to this process, and a stand-in for each script that the computer itself cannot write."""
    _load(*_INTER)
    for system, _, file in _STAND_INS:
        if not QFontDatabase.families(system):
            _load(*file)


def font(pixels: int = BODY, weight: int = REGULAR, *, digits: bool = False) -> QFont:
    """Inter at that many logical pixels. `digits`: all of one width, so that a running number never jitters.

    The weight goes by the font's own axis: Qt on Linux knows a variable font's default weight only, and would
    smear it to make it bold.
    """
    made = QFont(_FAMILIES)
    made.setPixelSize(pixels)
    made.setVariableAxis(QFont.Tag("wght"), weight)
    made.setVariableAxis(QFont.Tag("opsz"), max(14, min(32, pixels)))
    if digits:
        made.setFeature(QFont.Tag("tnum"), 1)
    return made


def _load(package: str, file: str) -> None:
    spec = find_spec(package)
    if spec is not None and spec.origin is not None:
        QFontDatabase.addApplicationFont(str(Path(spec.origin).parent / file))
