from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.ui.hold import HOLD_MS, HoldTile
from studio.ui.theme import Theme


@pytest.fixture
def tile(qtbot: QtBot, theme: Theme) -> HoldTile:
    made = HoldTile(theme, "Hold to end", "End")
    qtbot.addWidget(made)
    made.show()
    return made


def test_a_short_press_does_nothing_but_tell(qtbot: QtBot, tile: HoldTile) -> None:
    with qtbot.assertNotEmitted(tile.held, wait=HOLD_MS + 200), qtbot.waitSignal(tile.let_go):
        QTest.mousePress(tile, Qt.MouseButton.LeftButton)
        QTest.mouseRelease(tile, Qt.MouseButton.LeftButton)


def test_held_by_the_mouse_it_acts_once_without_waiting_for_the_release(qtbot: QtBot, tile: HoldTile) -> None:
    heard: list[bool] = []
    tile.held.connect(lambda: heard.append(True))
    with qtbot.waitSignal(tile.held, timeout=5 * HOLD_MS), qtbot.assertNotEmitted(tile.let_go):
        QTest.mousePress(tile, Qt.MouseButton.LeftButton)
    QTest.mouseRelease(tile, Qt.MouseButton.LeftButton)
    assert heard == [True]
    assert tile.share() == 0


def test_held_by_the_space_bar_it_acts_too(qtbot: QtBot, tile: HoldTile) -> None:
    with qtbot.waitSignal(tile.held, timeout=5 * HOLD_MS):
        QTest.keyPress(tile, Qt.Key.Key_Space)
    QTest.keyRelease(tile, Qt.Key.Key_Space)


def test_leaving_the_button_with_the_finger_down_lets_go(qtbot: QtBot, tile: HoldTile) -> None:
    QTest.mousePress(tile, Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(tile.let_go):
        QTest.mouseMove(tile, tile.rect().center())
        QTest.mouseMove(tile, tile.rect().bottomRight() * 3)
    QTest.mouseRelease(tile, Qt.MouseButton.LeftButton)


def test_a_button_that_vanishes_while_held_does_not_act(qtbot: QtBot, tile: HoldTile) -> None:
    with qtbot.assertNotEmitted(tile.held, wait=HOLD_MS + 200):
        QTest.mousePress(tile, Qt.MouseButton.LeftButton)
        tile.hide()
