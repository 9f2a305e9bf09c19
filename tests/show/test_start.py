"""Going live: the keeper runs and has the keys, and the wish is written down."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator

import psutil
import pytest

from studio.errors import InputError, StudioError
from studio.media.clock import SystemClock
from studio.show.flags import WishFlags
from studio.show.model import Destination
from studio.show.start import KeyBearer, ensure_keeper, environment_keys, on_air, start_show
from studio.show.wanted import end, opened, session_key, with_scene
from studio.show.wanted_store import WantedStore
from studio.system.locks import WorkspaceLock, is_held
from studio.system.processes import launch
from studio.system.secret import Secret
from studio.workspace.door import Door, ask_at_door
from studio.workspace.paths import Workspace
from tests.media.manual_clock import ManualClock
from tests.show.samples import SHOW, a_show


@pytest.fixture
def store(workspace: Workspace) -> Iterator[WantedStore]:
    store = WantedStore(workspace.wanted_db)
    yield store
    store.close()


class TestStartShow:
    def test_the_wish_is_live_under_a_lease_of_this_boot(self, store: WantedStore, workspace: Workspace) -> None:
        clock = ManualClock()
        show_id = start_show(store, with_scene(opened(SHOW), "Corner"), seconds=20, clock=clock)
        _, wanted = store.read()
        lease = store.lease()
        assert (wanted.mode, wanted.show_id, wanted.scene) == ("live", show_id, "Corner")
        assert lease is not None
        assert (lease.show_id, lease.seconds, lease.started_ns) == (show_id, 20, 0)
        assert on_air(store, clock, WishFlags(workspace))

    def test_a_second_one_is_refused(self, store: WantedStore, workspace: Workspace) -> None:
        clock = ManualClock()
        first = start_show(store, opened(SHOW), clock=clock)
        with pytest.raises(InputError, match="benchcast off"):
            start_show(store, opened(SHOW), clock=clock)
        store.change(end)
        assert not on_air(store, clock, WishFlags(workspace))
        assert start_show(store, opened(SHOW), clock=clock) != first

    def test_a_show_that_nobody_keeps_is_not_on_air(self, store: WantedStore, workspace: Workspace) -> None:
        clock = ManualClock()
        start_show(store, opened(SHOW), clock=clock)
        clock.pass_s(61)
        assert not on_air(store, clock, WishFlags(workspace))


class TestEnvironmentKeys:
    SHOW = a_show(
        destinations=(
            Destination(name="a", feed="wide", url="rtmp://h/a", key_from="env", key_env="KEY_A"),
            Destination(name="b", feed="wide", url="rtmp://h/b"),
        )
    )

    def test_a_key_is_read_for_each_destination_that_names_a_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("KEY_A", " canary ")
        assert environment_keys(self.SHOW) == {"a": Secret("canary")}

    @pytest.mark.parametrize("value", [None, "", "  "])
    def test_a_variable_that_is_not_set_is_named(self, monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
        monkeypatch.delenv("KEY_A", raising=False)
        if value is not None:
            monkeypatch.setenv("KEY_A", value)
        with pytest.raises(InputError) as caught:
            environment_keys(self.SHOW)
        assert str(caught.value) == (
            "destination a, key_env: the environment variable KEY_A is not set: "
            'set KEY_A and try again, or write key = "keyring" instead of key_env'
        )


@pytest.fixture
def keepers(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The keepers that were launched: real ones, ended with the test."""
    launched: list[subprocess.Popen[bytes]] = []

    def remember(*args: object, **options: object) -> subprocess.Popen[bytes]:
        launched.append(launch(*args, **options))  # type: ignore[arg-type]
        return launched[-1]

    monkeypatch.setattr("studio.show.start.launch", remember)
    yield launched
    for one in launched:
        with contextlib.suppress(OSError):
            one.terminate()
        one.wait(20)
        if one.stdin is not None:
            with contextlib.suppress(OSError):
                one.stdin.close()


class TestEnsureKeeper:
    def test_a_keeper_is_started_with_the_keys_and_asked_again_it_stays(
        self, workspace: Workspace, keepers: list[subprocess.Popen[bytes]]
    ) -> None:
        ensure_keeper(workspace, {"a": Secret("canary-1")}, "show")
        assert is_held(workspace.lock("keeper"))
        assert _key(workspace, "a") == "canary-1"
        ensure_keeper(workspace, {"b": Secret("canary-2")}, "show")
        ensure_keeper(workspace)
        assert len(keepers) == 1
        assert [_key(workspace, name) for name in "ab"] == ["canary-1", "canary-2"]

    def test_a_key_of_the_environment_stays_out_of_the_keepers(
        self, workspace: Workspace, keepers: list[subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MY_KEY", "canary-1")
        ensure_keeper(workspace, {"a": Secret("canary-1")}, "show")
        process = psutil.Process(keepers[0].pid)
        assert "canary" not in str(process.environ())
        assert "canary" not in str(process.cmdline())
        assert process.environ()["BENCHCAST_HOME"] == os.environ["BENCHCAST_HOME"]

    def test_keys_wait_for_a_keeper_that_does_not_answer_yet(
        self, workspace: Workspace, keepers: list[subprocess.Popen[bytes]]
    ) -> None:
        """One that was about to end holds its lock a moment longer: then the next is started."""
        lock = WorkspaceLock(workspace.lock("keeper"))
        assert lock.acquire()
        looks = iter(range(10**6))
        real = SystemClock()

        class Slow(ManualClock):
            """Really waits, and does not move: however slow the computer, there is time."""

            def wait_until(self, due_ns: int, stop: threading.Event) -> bool:
                if next(looks) == 3:
                    lock.release()
                return real.wait_until(real.now_ns() + 20_000_000, stop)

        ensure_keeper(workspace, {"a": Secret("canary")}, "show", clock=Slow())
        assert len(keepers) == 1
        assert _key(workspace, "a") == "canary"

    @pytest.mark.parametrize("keys", [{}, {"a": Secret("k")}], ids=["no key", "a key"])
    def test_a_keeper_that_does_not_start_is_said_so(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch, keys: dict[str, Secret]
    ) -> None:
        started: list[subprocess.Popen[bytes]] = []

        def useless(*_args: object, **_options: object) -> subprocess.Popen[bytes]:
            started.append(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE))
            return started[-1]

        monkeypatch.setattr("studio.show.start.launch", useless)
        with pytest.raises(StudioError, match=r"keeper does not start: read .*keeper.log"):
            ensure_keeper(workspace, keys, clock=ManualClock())
        for one in started:
            one.wait(20)

    def test_a_keeper_that_ends_at_once_is_said_so(
        self, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        process = subprocess.Popen([sys.executable, "-c", ""], stdin=subprocess.PIPE, bufsize=0)
        process.wait(20)
        monkeypatch.setattr("studio.show.start.launch", lambda *_args, **_options: process)
        with pytest.raises(StudioError, match=r"keeper ended at once: read .*keeper.err"):
            ensure_keeper(workspace, clock=ManualClock())
        assert process.stdin is not None
        process.stdin.close()


def _key(workspace: Workspace, name: str) -> object:
    answer = ask_at_door(workspace, {"ask": 1, "name": name, "from": "session", "show": "show"})
    assert answer is not None
    return answer.get("key")


def test_each_new_keeper_is_given_the_keys_once_whoever_started_it(workspace: Workspace) -> None:
    """The window may have been quicker than the command, and knows no key."""
    given: list[dict[str, str]] = []

    def take(keys: dict[str, Secret]) -> None:
        given.append({name: key.reveal() for name, key in keys.items()})

    bearer = KeyBearer(workspace, {"one": Secret("a-key")}, "show")
    bearer.look()
    lock = WorkspaceLock(workspace.lock("keeper"))
    assert lock.acquire()
    for count in (1, 2):
        door = Door(workspace, take, dict)
        try:
            for _ in range(3):
                bearer.look()
            assert given == [{session_key("show", "one"): "a-key"}] * count
        finally:
            door.close()
    lock.release()


def test_who_has_no_keys_visits_nobody(workspace: Workspace) -> None:
    lock = WorkspaceLock(workspace.lock("keeper"))
    assert lock.acquire()
    given: list[object] = []
    door = Door(workspace, given.append, dict)
    try:
        KeyBearer(workspace, {}, "show").look()
    finally:
        door.close()
        lock.release()
    assert not given
