"""Commands that change what is wanted on air, and `status`, which tells what is actual."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from typing import Literal

import msgspec
import typer

from studio.cli.tell import CARRY_ON, cut_off, named, tell
from studio.errors import InputError, StudioError
from studio.media.clock import SystemClock
from studio.show.flags import WishFlags, want_end, want_mute
from studio.show.start import interrupted, on_air
from studio.show.status import Status
from studio.show.status_map import StatusMapReader
from studio.show.wanted import (
    Wanted,
    with_destination,
    with_feature,
    with_overlay,
    with_scene,
)
from studio.show.wanted_store import WantedStore
from studio.system.locks import is_held
from studio.workspace.paths import Workspace, open_workspace

_ACTUAL_NS = 3_000_000_000
_WHOLE_NS = 1_000_000_000
_END_NS = 8_000_000_000
_LOOK_NS = 10_000_000


_WISHES: dict[str, Literal["on", "off", "retry"]] = {"on": "on", "off": "off", "retry": "retry"}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(feature)
    app.command()(hide)
    app.command()(price)
    app.command()(scene)
    app.command()(overlay)
    app.command()(mute)
    app.command()(destination)
    app.command()(off)
    app.command()(status)


def feature(sku: str = typer.Argument(help="The product's SKU.")) -> None:
    """Put a product's card on air."""
    from studio.shop.catalogue_rows import read_catalogue
    from studio.shop.database import ShopUnavailable, open_shop

    workspace = open_workspace()
    try:
        known = read_catalogue(open_shop(workspace)).find(sku)
    except ShopUnavailable as error:
        # The engine goes on with the last catalogue it read; the SKU is all that it has to be told.
        typer.echo(str(error), err=True)
    else:
        if known is None:
            raise InputError(f"product {sku}", "is not in the catalogue", do="see: benchcast products list")
        sku = known.sku
    _want(workspace, lambda wanted: with_feature(wanted, sku))


def hide() -> None:
    """Take the product's card off air."""
    _want(open_workspace(), lambda wanted: with_feature(wanted, ""))


def price(
    sku: str = typer.Argument(help="The product's SKU."),
    amount: str = typer.Argument(help="The new price, such as 179.00."),
    currency: str = typer.Option("", help="The currency; default: the product's own."),
) -> None:
    """Change a product's price; the card on air follows."""
    from studio.shop.catalogue_rows import change_price
    from studio.shop.database import open_shop

    changed = change_price(open_shop(open_workspace()), sku, amount, currency or None)
    typer.echo(f"{changed[0].sku}: {changed[1]}")


def scene(name: str = typer.Argument(help="The scene's name.")) -> None:
    """Change to another scene."""
    _want(open_workspace(), lambda wanted: with_scene(wanted, name))


def overlay(
    name: str = typer.Argument(help="card, price or title."), state: str = typer.Argument(help="on or off.")
) -> None:
    """Show or hide an overlay."""
    on = _on_off(state)
    _want(open_workspace(), lambda wanted: with_overlay(wanted, name, on=on))


def mute(state: str = typer.Argument(help="on or off.")) -> None:
    """Silence everything, or let it be heard again."""
    on = _on_off(state)
    workspace = open_workspace()
    try:
        revision = want_mute(workspace, WantedStore(workspace.wanted_db), on=on)
    except StudioError as error:
        revision = _mute_by_flag(workspace, error, on=on)
    _wait_actual(workspace, revision)


def destination(
    name: str = typer.Argument(help="The destination's name."), state: str = typer.Argument(help="on, off or retry.")
) -> None:
    """Switch one destination on or off, or try it again at once."""
    wish = _WISHES.get(state)
    if wish is None:
        raise InputError(f"destination {name}", f"cannot be {state}", do="choose one of: on, off, retry")
    _want(open_workspace(), lambda wanted: with_destination(wanted, name, wish))


def off() -> None:
    """End the show cleanly, and wait until it has ended."""
    workspace, clock = open_workspace(), SystemClock()
    store: WantedStore | None = None
    left = False
    try:
        store, flags = WantedStore(workspace.wanted_db), WishFlags(workspace)
        show_id = store.read()[1].show_id
        was_on_air, left = on_air(store, clock, flags), interrupted(store, clock, flags) is not None
        want_end(workspace, store, show_id)
    except StudioError as error:
        show_id, was_on_air = _show_told(workspace, error), True
        WishFlags(workspace).put_up("off", show_id)
    if not was_on_air:
        typer.echo("The show that was cut off is over: what was recorded stays." if left else "Nothing is on air.")
        return
    reader, never = StatusMapReader(workspace.status), threading.Event()
    deadline = clock.now_ns() + _END_NS
    while clock.now_ns() < deadline:
        now = reader.status()
        if now is not None and now.show_id == show_id and now.final:
            typer.echo(tell(now))
            return
        if not is_held(workspace.lock("engine")) or _has_another(store, show_id):
            typer.echo("The show has ended.")
            return
        clock.wait_until(clock.now_ns() + _LOOK_NS, never)
    raise StudioError("The show is still ending", do="look again with: benchcast status")


def status(as_json: bool = typer.Option(False, "--json", help="One JSON object.")) -> None:
    """Tell what is on air now."""
    workspace = open_workspace()
    now = _newest(workspace)
    if now is None:
        now = _without_engine(workspace)
    if as_json:
        typer.echo(msgspec.json.encode(now).decode())
    else:
        # The engine may stay for a moment, or for the window, and tells how the last show ended.
        typer.echo(f"Nothing is on air. {tell(now)}" if now.final else tell(now))


def _without_engine(workspace: Workspace) -> Status:
    """What is wanted, where nobody makes it actual; with what a person may do about that."""
    store, clock, flags = WantedStore(workspace.wanted_db), SystemClock(), WishFlags(workspace)
    _, wanted = store.read()
    problems: tuple[str, ...] = ()
    if (left := interrupted(store, clock, flags)) is not None:
        problems = (f"{cut_off(left)}: {CARRY_ON}",)
    elif on_air(store, clock, flags):
        problems = (
            f"{named(wanted)} is wanted on air, but its processes are gone: "
            "carry it on with: benchcast live, or end it with: benchcast off",
        )
    return Status(show_id=wanted.show_id, scene=wanted.scene, feature=wanted.feature, problems=problems)


def _on_off(state: str) -> bool:
    if state not in {"on", "off"}:
        raise InputError(state, "is neither on nor off", do="write on or off")
    return state == "on"


def _show_told(workspace: Workspace, error: StudioError) -> str:
    """The show on air as the engine tells it, where `wanted.db` cannot. Raises `error` if there is none."""
    now = _newest(workspace)
    if now is None or now.final or not now.show_id:
        raise error
    return now.show_id


def _mute_by_flag(workspace: Workspace, error: StudioError, *, on: bool) -> int:
    """Silence the show on air, or lift such a silence, without `wanted.db`; no revision. Or raises `error`."""
    flags, show_id = WishFlags(workspace), _show_told(workspace, error)
    if on:
        flags.put_up("mute", show_id)
    elif flags.is_up("mute", show_id):
        flags.take_down("mute", show_id)
    else:
        raise error
    return 0


def _has_another(store: WantedStore | None, show_id: str) -> bool:
    """Whether another show is wanted by now, as far as anybody can tell."""
    try:
        return store is not None and store.read()[1].show_id != show_id
    except StudioError:
        return False


def _newest(workspace: Workspace) -> Status | None:
    """What the engine tells; None: none runs. Looked for a while: for moments it is half written."""
    clock, never, reader = SystemClock(), threading.Event(), StatusMapReader(workspace.status)
    deadline = clock.now_ns() + _WHOLE_NS
    while is_held(workspace.lock("engine")):
        now = reader.status()
        if now is not None or clock.now_ns() >= deadline:
            return now
        clock.wait_until(clock.now_ns() + _LOOK_NS, never)
    return None


def _want(workspace: Workspace, step: Callable[[Wanted], Wanted]) -> None:
    """Write a wish, and wait a moment until it is actual when there is somebody to see it."""
    _wait_actual(workspace, WantedStore(workspace.wanted_db).change(step))


def _is_seen(workspace: Workspace) -> bool:
    """Whether a show is on air, as it is wanted or actual (no lease is renewed on a full disk), or a window open."""
    if is_held(workspace.lock("window")):
        return True
    with contextlib.suppress(StudioError):  # damaged: then the engine knows
        if on_air(WantedStore(workspace.wanted_db), SystemClock(), WishFlags(workspace)):
            return True
    now = _newest(workspace)
    return now is not None and now.mode == "live" and not now.final


def _wait_actual(workspace: Workspace, revision: int) -> None:
    if not _is_seen(workspace):
        typer.echo(
            "Nothing is on air, so nobody sees it, and a new show begins as its file says: benchcast live SHOW.toml",
            err=True,
        )
        return
    if not is_held(workspace.lock("engine")):
        return
    clock, never, reader = SystemClock(), threading.Event(), StatusMapReader(workspace.status)
    deadline = clock.now_ns() + _ACTUAL_NS
    while clock.now_ns() < deadline:
        now = reader.status()
        if now is not None and now.revision >= revision:
            return
        clock.wait_until(clock.now_ns() + _LOOK_NS, never)
    typer.echo("It is written down, but not on air yet: see benchcast status", err=True)
