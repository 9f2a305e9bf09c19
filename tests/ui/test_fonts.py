from __future__ import annotations

import pytest
from PySide6.QtGui import QFontDatabase, QFontInfo, QFontMetricsF

from studio.ui.fonts import BOLD, REGULAR, font

SYSTEMS = QFontDatabase.WritingSystem


def test_the_window_writes_in_inter(fonts: None) -> None:
    assert QFontInfo(font()).family() == "Inter"


def test_bold_is_drawn_from_the_fonts_own_axis(fonts: None) -> None:
    thin, thick = (QFontMetricsF(font(23, weight)).horizontalAdvance("Hold to end") for weight in (REGULAR, BOLD))
    assert thick > thin * 1.02


def test_a_running_number_never_jitters(fonts: None) -> None:
    metrics = QFontMetricsF(font(23, BOLD, digits=True))
    assert len({metrics.horizontalAdvance(f"1:0{digit}:00") for digit in range(10)}) == 1


@pytest.mark.parametrize("system", [SYSTEMS.SimplifiedChinese, SYSTEMS.Arabic, SYSTEMS.Hebrew, SYSTEMS.Thai])
def test_buyers_names_can_be_written_in_their_script(fonts: None, system: QFontDatabase.WritingSystem) -> None:
    assert QFontDatabase.families(system)
