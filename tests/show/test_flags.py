from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from msgspec.structs import replace

from studio.errors import StudioError
from studio.media.clock import SystemClock
from studio.show.flags import WishFlags, want_end, want_mute
from studio.show.start import on_air, start_show
from studio.show.wanted import Wanted, opened
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace
from tests.show.samples import a_show


@pytest.fixture
def store(workspace: Workspace) -> Iterator[WantedStore]:
    with closing(WantedStore(workspace.wanted_db, wait_s=0)) as made:
        yield made


@pytest.fixture
def show_id(store: WantedStore) -> str:
    return start_show(store, opened(a_show()))


@contextmanager
def unwritable(workspace: Workspace) -> Iterator[None]:
    """As on a full disk: it can be read and not written."""
    with closing(sqlite3.connect(workspace.wanted_db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_an_end_that_cannot_be_written_is_told_by_a_flag(
    workspace: Workspace, store: WantedStore, show_id: str
) -> None:
    flags = WishFlags(workspace)
    with unwritable(workspace):
        assert on_air(store, SystemClock(), flags)
        want_end(workspace, store, show_id)
        assert not on_air(store, SystemClock(), flags)
        assert store.read()[1].mode == "live"
    assert flags.applied(store.read()[1]).mode == "off"
    assert not on_air(store, SystemClock(), flags)
    assert store.read()[1].mode == "off", "written down as soon as that can be done"
    assert start_show(store, opened(a_show())) != show_id


def test_a_folder_that_cannot_be_looked_into_has_no_flags(
    workspace: Workspace, store: WantedStore, show_id: str
) -> None:
    """Its disk may be dying: engine and keeper ask many times a second, and must not die of it."""
    flags, wanted = WishFlags(workspace), store.read()[1]
    unthinkable = replace(wanted, show_id="x" * 5000)  # which no file system can look up
    with pytest.raises(OSError, match="name too long"):
        (workspace.flags / f"off-{unthinkable.show_id}").exists()
    assert flags.applied(unthinkable) == unthinkable
    flags.put_up("off", show_id)
    assert flags.applied(wanted).mode == "off"


def test_an_end_is_told_before_the_database_is_waited_for(
    workspace: Workspace, store: WantedStore, show_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[bool] = []
    change = WantedStore.change

    def changed(store: WantedStore, step: Callable[[Wanted], Wanted]) -> int:
        told.append(WishFlags(workspace).is_up("off", show_id))
        return change(store, step)

    monkeypatch.setattr(WantedStore, "change", changed)
    want_end(workspace, store, show_id)
    assert told == [True]


def test_without_a_show_there_is_nothing_to_end(workspace: Workspace, store: WantedStore) -> None:
    want_end(workspace, store, "")
    assert store.read()[0] == 0
    assert not list(workspace.runtime.rglob("off-*"))


def test_an_end_that_can_be_written_needs_no_flag(workspace: Workspace, store: WantedStore, show_id: str) -> None:
    want_end(workspace, store, show_id)
    assert store.read()[1].mode == "off"
    assert not list(workspace.runtime.rglob("off-*"))


def test_a_flag_ends_no_other_show(workspace: Workspace, store: WantedStore, show_id: str) -> None:
    flags = WishFlags(workspace)
    flags.put_up("off", show_id)
    _, wanted = store.read()
    assert flags.applied(replace(wanted, show_id="another")).mode == "live"
    flags.sweep(keep=show_id)
    assert flags.applied(wanted).mode == "off"
    flags.sweep(keep="another")
    assert flags.applied(wanted).mode == "live"


def test_the_workspace_takes_the_flag_where_the_runtime_folder_does_not(
    workspace: Workspace, store: WantedStore, show_id: str
) -> None:
    (workspace.runtime / "flags").touch()
    WishFlags(workspace).put_up("off", show_id)
    assert [path.name for path in workspace.flags.iterdir()] == [f"off-{show_id}"]
    assert WishFlags(workspace).applied(store.read()[1]).mode == "off"
    workspace.flags.joinpath(f"off-{show_id}").unlink()
    workspace.flags.rmdir()
    workspace.flags.touch()
    with pytest.raises(StudioError, match="free some disk space"):
        WishFlags(workspace).put_up("off", show_id)


def test_silence_works_by_a_flag_and_can_be_lifted(workspace: Workspace, store: WantedStore, show_id: str) -> None:
    flags = WishFlags(workspace)
    with unwritable(workspace):
        assert want_mute(workspace, store, on=True) == 0
        assert flags.applied(store.read()[1]).muted
        want_mute(workspace, store, on=False)
        assert not flags.applied(store.read()[1]).muted
    assert want_mute(workspace, store, on=True) > 0
    with unwritable(workspace), pytest.raises(StudioError):
        want_mute(workspace, store, on=False)
    assert store.read()[1].muted
