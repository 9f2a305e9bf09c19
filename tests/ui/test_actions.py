from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
from pytestqt.qtbot import QtBot

from studio.show.flags import WishFlags
from studio.ui.actions import Actions
from studio.ui.desk import Desk
from studio.workspace.paths import Workspace
from tests.ui.fake_engine import FakeEngine


class Heard:
    """What the actions said, in order."""

    def __init__(self, actions: Actions) -> None:
        self.said: list[str] = []
        self.failed: list[str] = []
        actions.said.connect(self.said.append)
        actions.failed.connect(self.failed.append)


@pytest.fixture
def actions(qtbot: QtBot, workspace: Workspace, engine: FakeEngine) -> Actions:
    engine.wish()
    return Actions(Desk(workspace))


@pytest.fixture
def heard(actions: Actions) -> Heard:
    return Heard(actions)


def test_each_action_writes_its_wish_and_says_so(actions: Actions, heard: Heard, engine: FakeEngine) -> None:
    actions.feature("P-2", "Product 2")
    actions.scene("Face")
    actions.toggle_mute()
    actions.toggle_overlay("price")
    actions.destination("YouTube", "retry")
    wanted = engine.wanted()
    assert (wanted.feature, wanted.scene, wanted.muted) == ("P-2", "Face", True)
    assert wanted.overlay_on("price")
    assert wanted.destinations["YouTube"].retries == 1
    assert len(heard.said) == 5
    assert heard.failed == []
    actions.end()
    assert engine.wanted().mode == "off"


def test_the_card_is_hidden_and_the_same_one_shown_again(actions: Actions, engine: FakeEngine) -> None:
    actions.show_or_hide_card(str)
    assert engine.wanted().feature == ""
    actions.show_or_hide_card(str)
    assert engine.wanted().feature == "BAG-01"


def test_with_no_card_ever_on_air_hiding_says_what_to_do(
    workspace: Workspace, qtbot: QtBot, engine: FakeEngine
) -> None:
    actions = Actions(Desk(workspace))
    heard = Heard(actions)
    actions.show_or_hide_card(str)
    assert heard.said == ["No card is on air: press a product's key"]


def test_a_toggle_turns_what_is_written_not_what_was_seen(actions: Actions, engine: FakeEngine) -> None:
    actions.toggle_mute()
    engine.wish()  # somebody else unmuted meanwhile
    actions.toggle_mute()
    assert engine.wanted().muted


def test_a_scene_that_is_gone_is_words_and_changes_nothing(
    actions: Actions, heard: Heard, engine: FakeEngine
) -> None:
    actions.scene("Garden")
    assert engine.wanted().scene == "Bench"
    assert "is not in this show" in heard.failed[0]


def test_a_locked_file_is_words_and_the_next_press_works(
    actions: Actions, heard: Heard, engine: FakeEngine, workspace: Workspace
) -> None:
    with closing(sqlite3.connect(workspace.wanted_db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        actions.toggle_mute()
        other.execute("ROLLBACK")
    assert "cannot be used" in heard.failed[0]
    actions.toggle_mute()
    assert engine.wanted().muted


def test_a_file_that_is_no_database_is_words(workspace: Workspace, qtbot: QtBot) -> None:
    workspace.wanted_db.write_bytes(b"this is not a database " * 100)
    actions = Actions(Desk(workspace))
    heard = Heard(actions)
    actions.toggle_mute()
    actions.show_or_hide_card(str)
    assert len(heard.failed) == 2
    assert all("cannot be used" in words for words in heard.failed)


def test_the_end_is_told_by_a_flag_when_the_file_cannot_be_written(
    actions: Actions, heard: Heard, engine: FakeEngine, workspace: Workspace
) -> None:
    with closing(sqlite3.connect(workspace.wanted_db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        actions.end()
        other.execute("ROLLBACK")
    assert heard.failed == []
    assert engine.wanted().mode == "live"
    assert WishFlags(workspace).applied(engine.wanted()).mode == "off"
