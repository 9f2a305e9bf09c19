"""Destinations given on the command line: `--to [FEED=]URL`, the only place where an address holds its key."""

from __future__ import annotations

import re
from collections.abc import Sequence

from msgspec.structs import replace

from studio.errors import InputError
from studio.show.address import split_push_url
from studio.show.model import Destination, Show
from studio.system.secret import Secret

_WITH_FEED = re.compile(r"([^=:/]+)=(.+)", re.DOTALL)
_WHERE = "--to"


def with_destinations(show: Show, to: Sequence[str]) -> tuple[Show, dict[str, Secret]]:
    """The show with one more destination for each of `to`, and the keys by the destinations' names.

    A new destination is named after its server. None of the texts is ever quoted: they hold keys.

    Raises:
        InputError: an address or a feed is wrong.
    """
    added: list[Destination] = []
    keys: dict[str, Secret] = {}
    for text in to:
        name, url = _split(show, text)
        if not any(feed.name == name for feed in show.feeds):
            feeds = ", ".join(feed.name for feed in show.feeds)
            raise InputError(
                _WHERE, "names a feed that is not in this show", do=f"write FEED=URL with one of: {feeds}"
            )
        if url.lower().startswith(("http://", "https://")):
            raise InputError(
                _WHERE, "WHIP is not available in this version", do="give an rtmp:// or rtmps:// address"
            )
        address = split_push_url(url, _WHERE)
        own = _name(address.host, {one.name for one in (*show.destinations, *added)})
        added.append(Destination(name=own, feed=name, url=address.url, key_from="session"))
        if address.key is not None:
            keys[own] = address.key
    return replace(show, destinations=(*show.destinations, *added)), keys


def _split(show: Show, text: str) -> tuple[str, str]:
    """The feed's name and the address. A feed of the show may have any name, also one with marks of an address."""
    for name in sorted((feed.name for feed in show.feeds), key=len, reverse=True):
        if text.startswith(f"{name}="):
            return name, text.removeprefix(f"{name}=")
    parts = _WITH_FEED.fullmatch(text)
    return (parts[1], parts[2]) if parts else (show.feeds[0].name, text)


def _name(host: str, taken: set[str]) -> str:
    if host not in taken:
        return host
    return next(name for number in range(2, len(taken) + 3) if (name := f"{host}-{number}") not in taken)
