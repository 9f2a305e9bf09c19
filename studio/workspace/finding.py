"""What a check of this computer found."""

from __future__ import annotations

from msgspec import Struct


class Finding(Struct, frozen=True):
    """One line of `benchcast doctor`. `do` says what the person can do when it is not ok."""

    ok: bool
    detail: str
    do: str = ""


class Door(Struct, frozen=True):
    """A server to knock at: where a destination is, without any key."""

    name: str
    host: str
    port: int
    tls: bool
