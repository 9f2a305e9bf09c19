"""The destinations of a show file. It never holds a stream key: only where the key is to be found."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, urlsplit

from studio.show.model import Destination, KeyFrom
from studio.show.platforms import SERVERS
from studio.show.showfile_fields import Table, did_you_mean

_ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read_destinations(root: Table, feeds: list[str]) -> tuple[Destination, ...]:
    """Every [[destinations]] table, checked. Raises InputError."""
    return tuple(_destination(one, feeds) for one in root.tables("destinations"))


def _destination(table: Table, feeds: list[str]) -> Destination:
    table.only("name", "feed", "url", "platform", "key", "key_env", "on")
    feed = table.text("feed", feeds[0])
    if feed not in feeds:
        raise table.error(
            "feed", f"there is no feed {feed!r}{did_you_mean(feed, feeds)}", do=f"write one of: {', '.join(feeds)}"
        )
    platform = table.choice("platform", tuple(SERVERS)) if "platform" in table else ""
    url = _url(table) if "url" in table else SERVERS.get(platform, "")
    if not url:
        what = f"{platform} gives each show an address of its own" if platform else "is missing"
        raise table.error("url", what, do='write url = "rtmp://…" without the key, or a platform that has one server')
    key_from, key_env = _key(table)
    return Destination(
        name=table.text("name", longest=60),
        feed=feed,
        url=url,
        platform=platform,
        key_from=key_from,
        key_env=key_env,
        on=table.flag("on", default=True),
    )


def _key(table: Table) -> tuple[KeyFrom, str]:
    if "key" in table and "key_env" in table:
        raise table.error("key", "stands beside key_env", do="write only one of the two")
    if "key_env" in table:
        name = table.text("key_env", allowed="the name of an environment variable")
        if not _ENV_NAME.fullmatch(name):
            raise table.error(
                "key_env", "is no name of an environment variable", do="write a name, never the key itself"
            )
        return "env", name
    if "key" in table and not table.equals("key", "keyring"):  # what was found may be the key: never shown
        raise table.error(
            "key",
            "holds something else than where the key is kept",
            do='write key = "keyring" and store the key by `benchcast key set NAME`',
        )
    return "keyring", ""


def _url(table: Table) -> str:
    """The address as written. What was found is never shown: it may hold a key."""
    text = table.text("url", allowed="an rtmp:// or rtmps:// address", secret=True)
    try:
        url = urlsplit(text)
        _ = url.port  # raises when it is none
    except ValueError as error:
        raise table.error("url", "is no address", do="write rtmp://server/app or rtmps://server/app") from error
    if url.scheme in {"http", "https"}:
        raise table.error("url", "WHIP is not available in this version", do="give an rtmp:// or rtmps:// address")
    if url.scheme not in {"rtmp", "rtmps"} or not url.hostname or not url.path.strip("/"):
        raise table.error("url", "is no RTMP address", do="write rtmp://server/app or rtmps://server/app")
    if holds_key(url):
        raise table.error(
            "url",
            "holds what looks like a stream key",
            do="write the address without it and store the key by `benchcast key set NAME`, or give it whole by --to",
        )
    return text.rstrip("/")


def holds_key(url: SplitResult) -> bool:
    """Whether a part of an RTMP address looks like a key: a login, a query, or a long last part after the app."""
    last = url.path.strip("/").split("/")[1:]
    looks = any(len(part) >= 8 and (any(one.isdigit() for one in part) or len(part) >= 16) for part in last)
    return "@" in url.netloc or bool(url.query) or bool(url.fragment) or looks
