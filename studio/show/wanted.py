"""What is wanted on air, as one immutable value, with the ways it may change.

Pure, but that a lease asks for how long the computer has slept.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import Struct
from msgspec.structs import replace

from studio.errors import InputError
from studio.show.model import OVERLAY_NAMES, Show
from studio.system import asleep_ns

_OFF_AT_FIRST = frozenset({"price"})  # the card shows the price already


class DestinationWish(Struct, frozen=True):
    """What is wanted of one destination. Each increase of `retries` asks for one attempt at once."""

    on: bool = True
    retries: int = 0


class Wanted(Struct, frozen=True, kw_only=True):
    """The whole wish."""

    mode: Literal["off", "live"] = "off"
    show_id: str = ""
    show: Show | None = None
    scene: str = ""
    feature: str = ""
    overlays: dict[str, bool] = {}
    muted: bool = False
    destinations: dict[str, DestinationWish] = {}
    record: bool = False

    def overlay_on(self, name: str) -> bool:
        return self.overlays.get(name, name not in _OFF_AT_FIRST)


class Lease(Struct, frozen=True, kw_only=True):
    """The leave to be live. All times are monotonic nanoseconds of the boot named; "" names none, and gives no leave.

    `started_ns` is show time 0, the first tick on air; 0: not yet. `seconds` 0: until told otherwise. `asleep_ns`:
    for how long the computer had slept by the stamp, where the stamp's clock does not count that; None: not known.
    """

    show_id: str
    boot_id: str
    stamp_ns: int
    seconds: float = 0.0
    started_ns: int = 0
    asleep_ns: int | None = None

    MAX_AGE_NS: ClassVar[int] = 60_000_000_000

    def refusal(self, show_id: str, boot_id: str, now_ns: int) -> Literal["", "lease", "time"]:
        """Why cameras and sockets may not be open, if so: a rebooted computer never films a room unasked."""
        if not boot_id or self.show_id != show_id or self.boot_id != boot_id or self._is_stale(now_ns):
            return "lease"
        if self.seconds and self.started_ns and now_ns - self.started_ns >= self.seconds * 1e9:
            return "time"
        return ""

    def _is_stale(self, now_ns: int) -> bool:
        age_ns = now_ns - self.stamp_ns
        slept_ns = asleep_ns() - self.asleep_ns if self.asleep_ns is not None else 0
        # A stamp far ahead is as bad as an old one: some clocks begin anew with the computer.
        return max(abs(age_ns), age_ns + slept_ns) > self.MAX_AGE_NS


def session_key(show_id: str, destination: str) -> str:
    """Under what a key that was given for one show is known: another show's destination may have the same name."""
    return f"{show_id}/{destination}"


def opened(show: Show) -> Wanted:
    """The wish with which a show begins, not yet on air."""
    return Wanted(
        show=show,
        scene=show.first_scene or show.scenes[0].name,
        feature=show.first_feature,
        destinations={one.name: DestinationWish(on=one.on) for one in show.destinations},
        record=show.record,
    )


def is_blank(wanted: Wanted) -> bool:
    """Whether no show was ever wanted here: so says a file that was made anew."""
    return wanted.show is None and not wanted.show_id


def given_back(lost: Wanted, since: Wanted) -> Wanted:
    """What was wanted when its file was lost, with what was wished since in the blank one."""
    blank = Wanted()
    wished = {name: getattr(since, name) for name in Wanted.__struct_fields__}
    return replace(lost, **{name: value for name, value in wished.items() if value != getattr(blank, name)})


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
    do = f"choose one of: {', '.join(names)}" if names else f"this show has no {what}s; name them in its file"
    raise InputError(f"{what} {name}", "is not in this show", do=do)
