"""What is wanted on air, as one immutable value, with the ways it may change. Pure."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from studio.errors import InputError
from studio.show.model import OVERLAY_NAMES, Show


class DestinationWish(Struct, frozen=True):
    """What is wanted of one destination. Each increase of `retries` asks for one attempt at once."""

    on: bool = True
    retries: int = 0


class Wanted(Struct, frozen=True, kw_only=True):
    """The whole wish. `started_ns` is monotonic, of the boot that the lease names; `started_at` is UTC, ISO 8601."""

    mode: Literal["off", "live"] = "off"
    show_id: str = ""
    show: Show | None = None
    started_ns: int = 0
    started_at: str = ""
    scene: str = ""
    feature: str = ""
    overlays: dict[str, bool] = {}
    muted: bool = False
    destinations: dict[str, DestinationWish] = {}
    record: bool = False

    def overlay_on(self, name: str) -> bool:
        return self.overlays.get(name, True)


class Lease(Struct, frozen=True):
    """The leave to be live. Monotonic nanoseconds of the boot named; `ends_ns` 0: until told otherwise."""

    show_id: str
    boot_id: str
    ends_ns: int
    stamp_ns: int

    MAX_AGE_NS = 60_000_000_000

    def holds(self, show_id: str, boot_id: str, now_ns: int) -> bool:
        """Whether cameras and sockets may be open: a rebooted computer never films a room unasked."""
        fresh = now_ns - self.stamp_ns <= self.MAX_AGE_NS
        ended = self.ends_ns != 0 and now_ns >= self.ends_ns
        return self.show_id == show_id and self.boot_id == boot_id and fresh and not ended


def go_live(show: Show, show_id: str, now_ns: int, at: str) -> Wanted:
    """The wish with which a show begins."""
    return Wanted(
        mode="live",
        show_id=show_id,
        show=show,
        started_ns=now_ns,
        started_at=at,
        scene=show.first_scene or show.scenes[0].name,
        feature=show.first_feature,
        destinations={one.name: DestinationWish(on=one.on) for one in show.destinations},
        record=show.record,
    )


def end(wanted: Wanted) -> Wanted:
    return replace(wanted, mode="off")


def with_feature(wanted: Wanted, sku: str) -> Wanted:
    """Put a product's card on air; an empty SKU takes it off."""
    return replace(wanted, feature=sku, overlays={**wanted.overlays, "card": True} if sku else wanted.overlays)


def with_scene(wanted: Wanted, name: str) -> Wanted:
    show = _show(wanted)
    names = [scene.name for scene in show.scenes]
    return replace(wanted, scene=_known("scene", name, names))


def with_overlay(wanted: Wanted, name: str, *, on: bool) -> Wanted:
    return replace(wanted, overlays={**wanted.overlays, _known("overlay", name, list(OVERLAY_NAMES)): on})


def with_mute(wanted: Wanted, *, on: bool) -> Wanted:
    return replace(wanted, muted=on)


def with_destination(wanted: Wanted, name: str, wish: Literal["on", "off", "retry"]) -> Wanted:
    known = _known("destination", name, list(wanted.destinations))
    now = wanted.destinations[known]
    then = DestinationWish(on=wish != "off", retries=now.retries + (wish == "retry"))
    return replace(wanted, destinations={**wanted.destinations, known: then})


def _show(wanted: Wanted) -> Show:
    if wanted.show is None:
        raise InputError("this workspace", "has no show yet", do="start one with: benchcast live SHOW.toml")
    return wanted.show


def _known(what: str, name: str, names: list[str]) -> str:
    if name in names:
        return name
    for one in names:
        if one.casefold() == name.casefold():
            return one
    listed = ", ".join(names) or "none"
    raise InputError(f"{what} {name}", "is not in this show", do=f"choose one of: {listed}")
