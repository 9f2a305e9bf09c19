"""`benchcast live`: goes on air, and follows the show until it ends. The show itself runs in other processes."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import msgspec
import typer

from studio.cli.tell import CARRY_ON, cut_off, tell, tell_short
from studio.errors import InputError, StudioError
from studio.media.clock import Clock, SystemClock
from studio.show.flags import WishFlags, want_end
from studio.show.start import (
    KeyBearer,
    ensure_keeper,
    environment_keys,
    interrupted,
    new_show_id,
    on_air,
    resume_show,
    start_show,
)
from studio.show.status import Status
from studio.show.status_map import StatusMapReader
from studio.show.wanted import opened
from studio.show.wanted_store import WantedStore
from studio.system import on_hangup, on_stop_signals
from studio.system.locks import is_held
from studio.system.secret import Secret
from studio.workspace.paths import Workspace, open_workspace

_LOOK_NS = 20_000_000
_LINE_NS = 1_000_000_000
_END_NS = 10_000_000_000
_KEEPERLESS_NS = 2_000_000_000
_SILENT_NS = 15_000_000_000  # an engine that has not told of its show by then does not come


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(live)


def live(
    show_file: Path | None = typer.Argument(
        None, metavar="[SHOW.toml]", help="The show; none: follow the one on air."
    ),
    seconds: float = typer.Option(0.0, min=0.0, help="End the show after so long; 0: when told to."),
    to: list[str] = typer.Option([], help="One more destination: [FEED=]URL, the key as the last part of the path."),
    record: Path | None = typer.Option(None, help="Record to this file."),
    restock: bool = typer.Option(False, "--restock", help="Set the stock to what the show file says."),
    resume: bool = typer.Option(False, "--resume", help="Carry on with the show that a restart has interrupted."),
    as_json: bool = typer.Option(False, "--json", help="One status object a line, each second."),
) -> None:
    """Go live with a show file, or follow the show on air."""
    workspace, clock = open_workspace(), SystemClock()
    store = WantedStore(workspace.wanted_db)
    follower = _Follower(workspace, store, clock, as_json=as_json)
    if show_file is None:
        if to or record or seconds or restock:
            raise InputError("live", "got options but no show file", do="name the show: benchcast live SHOW.toml …")
        show_id, keys = _carry_on(workspace, store, clock) if resume else _attach(workspace, store, clock)
    elif resume:
        raise InputError(
            str(show_file), "is not needed to carry a show on", do="leave it out: benchcast live --resume"
        )
    else:
        _check_free(show_file, store, clock, WishFlags(workspace))
        record = _recording(record) if record is not None else None
        show_id, keys = _start(workspace, store, show_file, to, record, seconds, restock=restock)
        follower.record = record
    raise typer.Exit(follower.follow(show_id, keys))


def _check_free(show_file: Path, store: WantedStore, clock: Clock, flags: WishFlags) -> None:
    """Raises InputError while a show is on air, or one that was cut off might be carried on."""
    if on_air(store, clock, flags):
        raise InputError(str(show_file), "cannot start: a show is on air", do="end it first: benchcast off")
    if (left := interrupted(store, clock, flags)) is not None:
        raise InputError(str(show_file), f"cannot start: {cut_off(left)}", do=CARRY_ON)


def _attach(workspace: Workspace, store: WantedStore, clock: Clock) -> tuple[str, dict[str, Secret]]:
    """The show on air."""
    flags = WishFlags(workspace)
    if not on_air(store, clock, flags):
        left = interrupted(store, clock, flags)
        if left is None:
            raise InputError("live", "has nothing to follow", do="start a show: benchcast live SHOW.toml")
        raise InputError("live", f"has nothing to follow, but {cut_off(left)}", do=CARRY_ON)
    return store.read()[1].show_id, {}


def _carry_on(workspace: Workspace, store: WantedStore, clock: Clock) -> tuple[str, dict[str, Secret]]:
    """Put the interrupted show on air again; its id, and the keys that are known for it."""
    flags = WishFlags(workspace)
    left = interrupted(store, clock, flags)
    keys = environment_keys(left.show) if left is not None and left.show is not None else {}
    wanted = resume_show(store, clock, flags)
    try:
        ensure_keeper(workspace, keys, wanted.show_id)
    except StudioError:
        want_end(workspace, store, wanted.show_id)
        raise
    return wanted.show_id, keys


def _start(
    workspace: Workspace,
    store: WantedStore,
    show_file: Path,
    to: list[str],
    record: Path | None,
    seconds: float,
    *,
    restock: bool,
) -> tuple[str, dict[str, Secret]]:
    """Put the show on air; its id, and the keys that were given for it alone."""
    from studio.show.showfile import load_show
    from studio.show.showfile_to import with_destinations

    loaded = load_show(show_file)
    show, keys = with_destinations(loaded.show, to)
    if record is not None:
        show = msgspec.structs.replace(show, record=True, record_to=str(record))
    keys = {**keys, **environment_keys(show)}
    if os.environ.get("BENCHCAST_DATABASE_URL"):  # a wrong one is refused before anything is started
        from studio.shop.place import shop_path

        shop_path(workspace)
    # The keeper and its engine start up while the catalogue's libraries are loaded and its rows written.
    show_id = new_show_id()
    ensure_keeper(workspace, keys, show_id, wait=False)
    from studio.shop.database import open_shop
    from studio.shop.loading import load_products

    load_products(open_shop(workspace), show_file, loaded.products, restock=restock)
    start_show(store, opened(show), show_id, seconds=seconds)
    try:
        ensure_keeper(workspace, keys, show_id)
    except StudioError:
        want_end(workspace, store, show_id)  # or whoever starts the next keeper would put it on air
        raise
    return show_id, keys


def _recording(record: Path) -> Path:
    if record == Path():  # what an empty text is read as
        raise InputError("--record", "wants a file name", do="name a file such as show.mp4")
    path = record.expanduser().absolute()
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"--record {record}", "is no file in an existing folder", do="name a file such as show.mp4")
    if not path.suffix:
        path = path.with_name(f"{path.name}.mp4")
    if path.suffix.lower() != ".mp4":
        raise InputError(f"--record {record}", "is no MP4 file, and only those are written", do="name it .mp4")
    return path


class _Follower:
    """Prints what is actual until the show has ended; turns signals into the wish to end."""

    def __init__(self, workspace: Workspace, store: WantedStore, clock: Clock, *, as_json: bool) -> None:
        self._workspace, self._store, self._clock, self._json = workspace, store, clock, as_json
        self._reader = StatusMapReader(workspace.status)
        self._stop, self._detach = threading.Event(), threading.Event()
        self.record: Path | None = None  # where to, as the person named it
        self._terminal = sys.stdout.isatty() and not as_json
        # Before anything is wanted: a Ctrl-C must find us ready to take it back.
        on_stop_signals(self._stop.set)
        on_hangup(self._detach.set)

    def follow(self, show_id: str, keys: Mapping[str, Secret]) -> int:
        """Until the show has ended; the exit status. `keys` are for a keeper that is to go on with it."""
        line_ns, asked_ns = 0, 0
        seen_ns = self._clock.now_ns()
        never = threading.Event()
        began_ns, told = seen_ns, False
        last = Status(show_id=show_id)
        bearer = KeyBearer(self._workspace, keys, show_id)
        while not self._detach.is_set():
            now = self._clock.now_ns()
            if self._stop.is_set() and not asked_ns:
                asked_ns = now
                want_end(self._workspace, self._store, show_id)
            status = self._reader.status()
            if status is not None and status.show_id == show_id:
                last, told = status, True
                if status.final:
                    return self._finish(status)
                if status.mode == "live" and now - line_ns >= _LINE_NS:
                    line_ns = now
                    if is_held(self._workspace.lock("engine")):  # else what a dead one told last is no news
                        self._print(status)
            elif status is not None and self._store.read()[1].show_id != show_id:
                return self._finish(_over(last))  # another show has taken its place
            if is_held(self._workspace.lock("keeper")) or is_held(self._workspace.lock("engine")):
                seen_ns = now
            elif now - seen_ns > _KEEPERLESS_NS:
                if asked_ns or WishFlags(self._workspace).applied(self._store.read()[1]).mode == "off":
                    return self._finish(_over(last))  # nobody is left to tell
                seen_ns = now
                ensure_keeper(self._workspace, keys, show_id)
            bearer.look()
            if not told and now - began_ns > _SILENT_NS:
                self._give_up(show_id)
            if asked_ns and now - asked_ns > _END_NS:
                raise StudioError("The show is still ending", do="look again with: benchcast status")
            self._clock.wait_until(now + _LOOK_NS, never)
        return 0

    def _give_up(self, show_id: str) -> NoReturn:
        """Nobody has taken the show up: it must not begin by itself when nobody expects it any more."""
        want_end(self._workspace, self._store, show_id)
        logs = self._workspace.logs
        raise StudioError(
            "The show does not begin: its engine gives no sign of life",
            do=f"read {logs / 'engine.log'} and {logs / 'engine.err'}",
        )

    def _print(self, status: Status) -> None:
        self._tell_other_name(status)
        if self._json:
            typer.echo(msgspec.json.encode(status).decode())
        elif self._terminal:
            typer.echo(f"\r\x1b[K{tell_short(status)}", nl=False)
        else:
            typer.echo(tell_short(status))

    def _tell_other_name(self, status: Status) -> None:
        """No file that is there is recorded over: say where the recording goes instead. Once."""
        if self.record is not None and status.recordings:
            if (path := Path(status.recordings[0].path)) != self.record:
                typer.echo(f"{self.record.name} is there already, so this show is recorded to {path}", err=True)
            self.record = None

    def _finish(self, status: Status) -> int:
        if self._json:
            typer.echo(msgspec.json.encode(status).decode())
        else:
            typer.echo(("\r\x1b[K" if self._terminal else "") + tell(status))
        if status.ended == "no_source":
            lost = "; ".join(f"{one.name}: {one.reason}" for one in status.sources if one.reason)
            typer.echo(f"No source of the scene opens ({lost}): plug it in or change the show file", err=True)
            return 4
        refused = any(one.state == "refused" for one in status.destinations)
        if status.ended == "nothing_out":
            typer.echo("The show has ended, for nobody got it any more: see above", err=True)
            return 3 if refused else 1
        if refused:
            return 3
        if _nothing_came_of(status):
            typer.echo("Nothing of this show was recorded whole or sent: see above", err=True)
            return 1
        return 0


def _nothing_came_of(status: Status) -> bool:
    """Whether a recording failed, and no other and no destination had the show."""
    states = {one.state for one in status.recordings}
    return "failed" in states and "ended" not in states and not any(one.frames for one in status.destinations)


def _over(last: Status) -> Status:
    """The end of a show that no engine told of."""
    return msgspec.structs.replace(last, mode="off", final=True, ended=last.ended or "off")
