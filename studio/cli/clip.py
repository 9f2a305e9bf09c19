"""`benchcast clip`: saves the newest seconds of what is on air."""

from __future__ import annotations

import threading

import typer

from studio.errors import InputError, StudioError
from studio.media.clock import Clock, SystemClock
from studio.show.flags import WishFlags
from studio.show.model import Show
from studio.show.requests import NEWEST_CLIP_S, Clip, Request
from studio.show.start import on_air
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import open_workspace

_TAKEN_UP_NS = 10_000_000_000  # an engine that has just died is back by then
_WRITTEN_NS = 60_000_000_000
_LOOK_NS = 20_000_000


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(clip)


def clip(
    seconds: float = typer.Option(30.0, min=1.0, max=NEWEST_CLIP_S, help="How long; a minute is in memory."),
    feed: str = typer.Option("", help="The feed; default: the show's first."),
) -> None:
    """Save the newest seconds of what is on air to a file; prints its path."""
    workspace, clock = open_workspace(), SystemClock()
    store = WantedStore(workspace.wanted_db)
    _, wanted = store.read()
    if wanted.show is None or not on_air(store, clock, WishFlags(workspace)):
        raise InputError("clip", "has nothing to save, for no show is on air", do="go live: benchcast live SHOW.toml")
    ident = store.ask(wanted.show_id, Clip(seconds=seconds, feed=_feed(wanted.show, feed)))
    answered = _wait(store, ident, clock)
    if answered.state == "failed":
        raise StudioError(answered.answer.said, do=answered.answer.do)
    if answered.answer.note:
        typer.echo(f"The clip is shorter: {answered.answer.note}", err=True)
    typer.echo(answered.answer.said)


def _feed(show: Show, name: str) -> str:
    """The feed's name as the show writes it."""
    if not name:
        return show.feeds[0].name
    for one in show.feeds:
        if one.name.casefold() == name.casefold():
            return one.name
    listed = ", ".join(one.name for one in show.feeds)
    raise InputError(f"--feed {name}", "is not in this show", do=f"choose one of: {listed}")


def _wait(store: WantedStore, ident: str, clock: Clock) -> Request:
    """The request once it is answered. Raises StudioError when it is not in time; it is never done later unasked."""
    never = threading.Event()
    asked_ns = clock.now_ns()
    while (now := store.request(ident)) is not None and now.state in {"asked", "taken"}:
        waited_ns = clock.now_ns() - asked_ns
        if now.state == "asked" and waited_ns > _TAKEN_UP_NS and store.withdraw(ident):
            raise StudioError("The clip was not made: the engine does not answer", do="see: benchcast status")
        if waited_ns > _WRITTEN_NS:
            raise StudioError("The clip is still being written", do="look into the recordings folder later")
        clock.wait_until(clock.now_ns() + _LOOK_NS, never)
    if now is None:
        raise StudioError("The clip was not made: the file of requests was made anew", do="ask again")
    return now
