"""Going live: what the command and the window share. Writes what is wanted, and sees that a keeper runs."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import uuid
from collections.abc import Mapping
from subprocess import PIPE

from msgspec.structs import replace

from studio.errors import InputError, StudioError
from studio.media.clock import Clock, SystemClock
from studio.show.flags import WishFlags
from studio.show.model import Show
from studio.show.wanted import Lease, Wanted, end, session_key
from studio.show.wanted_store import WantedStore
from studio.system import boot_id
from studio.system.locks import is_held
from studio.system.processes import launch
from studio.system.secret import Secret
from studio.workspace.door import door_mark, hand_over
from studio.workspace.logs import error_file
from studio.workspace.paths import Workspace

_START_NS = 10_000_000_000
_LOOK_NS = 20_000_000


def ensure_keeper(
    workspace: Workspace,
    keys: Mapping[str, Secret] | None = None,
    show_id: str = "",
    *,
    clock: Clock | None = None,
    wait: bool = True,
) -> None:
    """See that a keeper runs and knows the keys that are given for one show only, by destination.

    `wait` False: a new keeper may still be starting.

    Raises:
        StudioError: it cannot be started.
    """
    clock = clock or SystemClock()
    session = {session_key(show_id, name): key for name, key in (keys or {}).items()}
    never = threading.Event()
    deadline = clock.now_ns() + _START_NS
    while clock.now_ns() < deadline:
        if not is_held(workspace.lock("keeper")):
            _launch_keeper(workspace, session)
            if not wait:
                return
            while clock.now_ns() < deadline and not is_held(workspace.lock("keeper")):
                clock.wait_until(clock.now_ns() + _LOOK_NS, never)
            if not is_held(workspace.lock("keeper")):
                break
        # A keeper that was about to end does not answer; then the next turn starts a new one.
        if not session or hand_over(workspace, session):
            return
        clock.wait_until(clock.now_ns() + _LOOK_NS, never)
    raise StudioError("The studio's keeper does not start", do=f"read {workspace.logs / 'keeper.log'}")


class KeyBearer:
    """Gives the keys of one show to whatever keeper runs: a window may have started it, which knows none."""

    def __init__(self, workspace: Workspace, keys: Mapping[str, Secret], show_id: str) -> None:
        self._workspace = workspace
        self._session = {session_key(show_id, name): key for name, key in keys.items()}
        self._known: tuple[int, int] | None = None

    def look(self) -> None:
        """Hand the keys to a keeper that is new. Returns at once while there is none."""
        if not self._session or (mark := door_mark(self._workspace)) in {None, self._known}:
            return
        if is_held(self._workspace.lock("keeper")) and hand_over(self._workspace, self._session):
            self._known = mark


def _launch_keeper(workspace: Workspace, keys: Mapping[str, Secret]) -> None:
    hello = {"home": str(workspace.home), "session": {name: key.reveal() for name, key in keys.items()}}
    errors = error_file(workspace, "keeper")
    try:
        # A key that this command was given in its environment is not handed on there.
        known = {key.reveal() for key in keys.values()}
        env = {name: value for name, value in os.environ.items() if value.strip() not in known}
        process = launch("_keeper", stdin=PIPE, stderr=errors, env=env)
    finally:
        if errors is not None:
            errors.close()
    assert process.stdin is not None
    try:
        process.stdin.write(json.dumps(hello).encode() + b"\n")
        process.stdin.close()
    except OSError as error:
        raise StudioError("The studio's keeper ended at once", do=f"read {workspace.logs / 'keeper.err'}") from error


def on_air(store: WantedStore, clock: Clock, flags: WishFlags) -> bool:
    """Whether a show is wanted on air and may be. One that a flag has ended is written off, if that can be done."""
    _, written = store.read()
    wanted = flags.applied(written)
    if wanted.mode != written.mode:
        with contextlib.suppress(StudioError):
            store.change(lambda now: end(now) if now.show_id == written.show_id else now)
    lease = store.lease()
    return (
        wanted.mode == "live" and lease is not None and not lease.refusal(wanted.show_id, boot_id(), clock.now_ns())
    )


def interrupted(store: WantedStore, clock: Clock, flags: WishFlags) -> Wanted | None:
    """The show that is wanted on air and may not be, for its lease has run out: the computer was off, or asleep.

    It never goes on by itself: a person says so, with `resume_show`.
    """
    wanted, lease = flags.applied(store.read()[1]), store.lease()
    if wanted.mode != "live" or wanted.show is None or lease is None or lease.show_id != wanted.show_id:
        return None
    return wanted if lease.refusal(wanted.show_id, boot_id(), clock.now_ns()) == "lease" else None


def resume_show(store: WantedStore, clock: Clock, flags: WishFlags) -> Wanted:
    """Give the interrupted show a new lease; what is wanted. Its time goes on from where it was last stamped.

    Raises:
        InputError: there is none, or another show is on air.
    """
    wanted, before = interrupted(store, clock, flags), store.lease()
    if wanted is None or before is None:
        raise InputError("live --resume", "finds no show to carry on", do="start one: benchcast live SHOW.toml")
    now_ns = clock.now_ns()
    # The old times are of another boot's clock: only the distance between them means something.
    started_ns = now_ns - (before.stamp_ns - before.started_ns) if before.started_ns else 0
    store.begin(wanted, replace(before, boot_id=boot_id(), stamp_ns=now_ns, started_ns=started_ns))
    return wanted


def environment_keys(show: Show) -> dict[str, Secret]:
    """The keys that destinations have in environment variables, by destination.

    Raises:
        InputError: a variable is not set.
    """
    keys = {}
    for one in show.destinations:
        if one.key_from == "env":
            value = os.environ.get(one.key_env, "").strip()
            if not value:
                raise InputError(
                    f"destination {one.name}, key_env",
                    f"the environment variable {one.key_env} is not set",
                    do=f'set {one.key_env} and try again, or write key = "keyring" instead of key_env',
                )
            keys[one.name] = Secret(value)
    return keys


def new_show_id() -> str:
    return uuid.uuid4().hex


def start_show(
    store: WantedStore, wanted: Wanted, show_id: str = "", *, seconds: float = 0.0, clock: Clock | None = None
) -> str:
    """Write this wish down as a new show, live; its id. The caller ensures the keeper, with the keys of that show.

    Raises:
        InputError: another show is on air.
    """
    clock = clock or SystemClock()
    show_id = show_id or new_show_id()
    lease = Lease(show_id=show_id, boot_id=boot_id(), stamp_ns=clock.now_ns(), seconds=seconds)
    store.begin(replace(wanted, mode="live", show_id=show_id), lease)
    return show_id
