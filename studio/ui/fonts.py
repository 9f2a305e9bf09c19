"""The window's type: Inter, with digits that all have one width."""

from __future__ import annotations

from pathlib import Path

import fontpkg_inter
from PySide6.QtGui import QFont, QFontDatabase

from studio.ui.tokens import BODY

_FILE = Path(fontpkg_inter.ROOT) / "files" / "Inter[opsz,wght].ttf"
FAMILY = str(fontpkg_inter.FAMILY)


def load_fonts() -> None:
    """Make Inter known to this process; without its file the system's own type stands in."""
    QFontDatabase.addApplicationFont(str(_FILE))


def font(pixels: int = BODY, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Inter at that many logical pixels, digits tabular so that a running number never jitters."""
    made = QFont([FAMILY, "sans-serif"])
    made.setPixelSize(pixels)
    made.setWeight(weight)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


MEDIUM = QFont.Weight.Medium
SEMIBOLD = QFont.Weight.DemiBold
BOLD = QFont.Weight.Bold
