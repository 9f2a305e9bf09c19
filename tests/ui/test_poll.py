from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest
from pytestqt.qtbot import QtBot

from studio.media.clock import SystemClock
from studio.system.locks import WorkspaceLock, is_held
from studio.ui.desk import Desk
from studio.ui.poll import Poll
from studio.ui.view import Pulse, presence
from studio.workspace.paths import Workspace
from tests.ui.fake_engine import SHOW, FakeEngine


@pytest.fixture
def start(qtbot: QtBot, workspace: Workspace) -> Iterator[Callable[[], Poll]]:
    polls: list[Poll] = []

    def one_more() -> Poll:
        polls.append(Poll(workspace, Desk(workspace), SystemClock()))
        polls[-1].start()
        return polls[-1]

    yield one_more
    for poll in polls:
        poll.stop()


def pulses(poll: Poll) -> list[Pulse]:
    heard: list[Pulse] = []
    poll.pulse.connect(heard.append)
    return heard


def _more_than(heard: list[Pulse], count: int) -> bool:
    return len(heard) > count


def test_while_it_looks_it_holds_the_windows_lock(start: Callable[[], Poll], workspace: Workspace) -> None:
    poll = start()
    assert is_held(workspace.lock("window"))
    poll.stop()
    assert not is_held(workspace.lock("window"))


def test_it_says_when_nobody_keeps_the_studio_running_and_again_while_that_is_so(
    qtbot: QtBot, start: Callable[[], Poll], workspace: Workspace
) -> None:
    poll = start()
    said: list[None] = []
    poll.unkept.connect(lambda: said.append(None))
    for _ in range(40):
        poll.look()
    assert len(said) == 2
    lock = WorkspaceLock(workspace.lock("keeper"))
    assert lock.acquire(timeout=1)
    for _ in range(40):
        poll.look()
    assert len(said) == 2, "there is a keeper"
    lock.release()
    qtbot.waitUntil(lambda: len(said) == 3)


def test_a_second_window_works_and_takes_the_lock_over(
    qtbot: QtBot, start: Callable[[], Poll], workspace: Workspace, engine: FakeEngine
) -> None:
    first, second = start(), start()
    engine.tell()
    heard = pulses(second)
    qtbot.waitUntil(lambda: any(one.status for one in heard))
    first.stop()
    qtbot.waitUntil(lambda: second.holds_lock)
    assert is_held(workspace.lock("window"))


def test_what_is_actual_and_what_is_wanted_come_together(
    qtbot: QtBot, start: Callable[[], Poll], engine: FakeEngine
) -> None:
    engine.wish()
    engine.tell()
    heard = pulses(start())
    qtbot.waitUntil(lambda: bool(heard))
    assert heard[-1].status is not None
    assert heard[-1].wanted.show == SHOW
    assert heard[-1].engine


def test_the_map_of_an_engine_that_died_is_not_taken_for_life(
    qtbot: QtBot, start: Callable[[], Poll], engine: FakeEngine
) -> None:
    engine.tell()
    engine.die()
    heard = pulses(start())
    qtbot.waitUntil(lambda: bool(heard))
    assert presence(heard[0]) == "nothing"


def test_a_show_that_was_cut_off_is_told_unless_it_is_on_air(
    qtbot: QtBot, start: Callable[[], Poll], engine: FakeEngine
) -> None:
    engine.wish_that_was_cut_off()
    engine.tell(mode="off")
    heard = pulses(start())
    qtbot.waitUntil(lambda: bool(heard) and heard[-1].interrupted)
    engine.tell()  # its lease cannot be renewed, say on a full disk
    qtbot.waitUntil(lambda: not heard[-1].interrupted)
    assert presence(heard[-1]) == "live"


def test_a_status_that_says_the_same_still_beats(qtbot: QtBot, start: Callable[[], Poll], engine: FakeEngine) -> None:
    engine.wish()
    engine.tell()
    heard = pulses(start())
    for _ in range(5):
        engine.tell()
        seen = len(heard)
        qtbot.waitUntil(partial(_more_than, heard, seen + 1))
        assert heard[-1].quiet_s < 1


def test_each_new_picture_comes_once_and_another_feeds_at_once(
    qtbot: QtBot, start: Callable[[], Poll], engine: FakeEngine
) -> None:
    poll = start()
    seen: list[tuple[int, int, bytes]] = []
    poll.picture.connect(lambda *one: seen.append(one))
    engine.paint(200, 30, 30, (16, 10))
    engine.paint(0, 0, 250, (10, 16), feed=1)
    poll.look_at_picture()
    poll.look_at_picture()
    assert [(width, height) for width, height, _ in seen] == [(16, 10)]
    poll.feed = 1
    poll.look_at_picture()
    assert seen[-1][:2] == (10, 16)
    assert seen[-1][2][:4] == bytes((250, 0, 0, 255))


def test_a_status_map_that_is_rubbish_is_no_status(
    qtbot: QtBot, start: Callable[[], Poll], workspace: Workspace
) -> None:
    workspace.status.write_bytes(b"rubbish" * 1000)
    heard = pulses(start())
    qtbot.waitUntil(lambda: bool(heard))
    assert heard[-1].status is None


def test_a_broken_wish_is_told_in_words_and_the_status_goes_on(
    qtbot: QtBot, start: Callable[[], Poll], workspace: Workspace, engine: FakeEngine
) -> None:
    engine.tell()
    engine.store.close()
    for file in workspace.home.glob("wanted.db*"):
        file.unlink()
    workspace.wanted_db.write_bytes(b"rubbish" * 1000)
    heard = pulses(start())
    qtbot.waitUntil(lambda: bool(heard))
    assert "cannot be used" in heard[-1].trouble
    assert heard[-1].status is not None
