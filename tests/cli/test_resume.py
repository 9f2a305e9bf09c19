"""`benchcast live` after a restart of the computer: it offers the show that was on air, and films nothing unasked."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from studio.cli.app import main
from studio.show.wanted import Lease
from studio.show.wanted_store import WantedStore
from studio.system import boot_id
from studio.workspace.paths import Workspace
from tests.cli.fake_engine import CLOCK, engine_on_air, put_on_air
from tests.cli.test_live import FILE, Command
from tests.show.samples import SHOW


@pytest.fixture
def command(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(workspace, monkeypatch, capsys)


@pytest.fixture
def show_file(tmp_path: Path) -> Path:
    path = tmp_path / "show.toml"
    path.write_text(FILE, encoding="utf-8")
    return path


def _interrupt(workspace: Workspace, *, boot: str = "another boot", shown_s: int = 600) -> Lease:
    """A show that was on air for so long when the computer went off; its lease."""
    put_on_air(workspace)
    lease = Lease(show_id="a", boot_id=boot, stamp_ns=10**15, started_ns=10**15 - shown_s * 10**9)
    with closing(sqlite3.connect(workspace.wanted_db)) as db:
        db.execute("UPDATE lease SET lease = ?", (msgspec.json.encode(lease).decode(),))
        db.commit()
    return lease


def _lease(workspace: Workspace) -> Lease:
    with closing(WantedStore(workspace.wanted_db)) as store:
        lease = store.lease()
    assert lease is not None
    return lease


class TestAfterARestart:
    def test_the_show_is_offered_and_never_begins_by_itself(self, workspace: Workspace, command: Command) -> None:
        before = _interrupt(workspace)
        status, _, err = command.run()
        assert status == 2
        assert f"{SHOW.title} was on air" in err
        assert "benchcast live --resume" in err
        assert command.keepers == 0
        assert _lease(workspace) == before

    def test_another_show_does_not_take_its_place_unasked(
        self, workspace: Workspace, command: Command, show_file: Path
    ) -> None:
        before = _interrupt(workspace)
        status, _, err = command.run(show_file)
        assert status == 2
        for words in (str(show_file), f"{SHOW.title} was on air", "benchcast live --resume", "benchcast off"):
            assert words in err
        assert command.keepers == 0
        assert (command.wanted().mode, command.wanted().show_id) == ("live", "a")
        assert _lease(workspace) == before

    def test_once_it_is_left_another_may_begin(
        self, workspace: Workspace, command: Command, show_file: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        _interrupt(workspace)
        assert main(["off"]) == 0
        assert "was cut off is over" in capsys.readouterr().out
        command.on_keeper = command.hang_up_when_followed
        assert command.run(show_file)[0] == 0
        assert command.show().title == "Carved leather"

    def test_it_is_carried_on_with_its_time(self, workspace: Workspace, command: Command) -> None:
        _interrupt(workspace, shown_s=600)
        command.on_keeper = command.hang_up_when_followed
        status, _, _ = command.run("--resume")
        assert status == 0
        assert command.keepers == 1
        assert (command.wanted().mode, command.wanted().show_id) == ("live", "a")
        lease = _lease(workspace)
        assert lease.refusal("a", boot_id(), CLOCK.now_ns()) == ""
        assert lease.stamp_ns - lease.started_ns == 600 * 10**9

    def test_one_that_was_never_on_air_begins_as_a_new_one(self, workspace: Workspace, command: Command) -> None:
        _interrupt(workspace)
        with closing(sqlite3.connect(workspace.wanted_db)) as db:
            never = Lease(show_id="a", boot_id="another boot", stamp_ns=10**15)
            db.execute("UPDATE lease SET lease = ?", (msgspec.json.encode(never).decode(),))
            db.commit()
        command.on_keeper = command.hang_up_when_followed
        assert command.run("--resume")[0] == 0
        assert _lease(workspace).started_ns == 0

    def test_one_that_was_ended_is_over(self, workspace: Workspace, command: Command) -> None:
        _interrupt(workspace)
        assert main(["off"]) == 0
        for args in ((), ("--resume",)):
            status, _, err = command.run(*args)
            assert status == 2
            assert "benchcast live SHOW.toml" in err

    def test_one_on_air_is_not_interrupted(self, workspace: Workspace, command: Command) -> None:
        with engine_on_air(workspace):
            status, _, err = command.run("--resume")
        assert status == 2
        assert "no show to carry on" in err

    def test_it_takes_no_file(self, workspace: Workspace, command: Command) -> None:
        _interrupt(workspace)
        status, _, err = command.run(Path("show.toml"), "--resume")
        assert status == 2
        assert "leave it out" in err
        assert command.wanted().show_id == "a"
