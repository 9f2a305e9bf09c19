"""Push addresses: where an RTMP(S) stream goes, and the key apart from it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from studio.errors import InputError
from studio.system.secret import Secret

_DEFAULT_PORTS = {"rtmp": 1935, "rtmps": 443}
_FORM = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<host>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\[\]:@\s]+))(?::(?P<port>\d{1,5}))?")
_DO = "give it as rtmp://server/app/key or rtmps://server/app/key"


@dataclass(frozen=True, slots=True)
class PushAddress:
    """Where a stream is published.

    Attributes:
        scheme: rtmps is RTMP inside TLS.
        host: a name or an IP address (without brackets).
        port: TCP port.
        app: the path without the key, as the RTMP command `connect` wants it; may hold a query.
        key: the stream key where the URL held one.
    """

    scheme: Literal["rtmp", "rtmps"]
    host: str
    port: int
    app: str
    key: Secret | None = None

    @property
    def url(self) -> str:
        """The address without the key; also RTMP's `tcUrl`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}/{self.app}"


def split_push_url(url: str, where: str = "--to") -> PushAddress:
    """Split a full push URL: the key is what follows the last slash of the path, its query included.

    Raises:
        InputError: naming `where`, and never quoting the URL, which holds a key.
    """
    scheme, host, port, rest = _split(url, where)
    path, mark, query = rest.partition("?")
    app, slash, name = path.strip("/").rpartition("/") if not path.endswith("/") else (path.strip("/"), "/", "")
    key = name + mark + query
    if not slash or not app or not key:
        raise InputError(where, "the push address has no app and key after the server", do=_DO)
    return PushAddress(scheme, host, port, app, Secret(key))


def ingest_address(url: str, where: str = "url") -> PushAddress:
    """An address whose key is kept elsewhere: the whole path is the app.

    Raises:
        InputError: naming `where`.
    """
    scheme, host, port, rest = _split(url, where)
    app = rest.strip("/")
    if not app:
        raise InputError(where, "the address names no app after the server", do="give it as rtmp://server/app")
    return PushAddress(scheme, host, port, app)


def _split(url: str, where: str) -> tuple[Literal["rtmp", "rtmps"], str, int, str]:
    if any(ord(char) <= 32 or 127 <= ord(char) < 160 for char in url):
        raise InputError(where, "the address holds a space, a line break or a control character", do=_DO)
    form = _FORM.fullmatch(url)
    scheme = form["scheme"].lower() if form else ""
    if form is None or scheme not in _DEFAULT_PORTS:
        raise InputError(where, "this is not an RTMP address", do=_DO)
    if "@" in form["host"]:
        raise InputError(where, "an address with a user name and password is not supported", do=_DO)
    host = _HOST.fullmatch(form["host"])
    if host is None:
        raise InputError(where, "the address has no server name, or one that cannot be read", do=_DO)
    port = int(host["port"]) if host["port"] else _DEFAULT_PORTS[scheme]
    if not 0 < port < 65536:
        raise InputError(where, f"there is no port {port}", do="ports go from 1 to 65535")
    return cast("Literal['rtmp', 'rtmps']", scheme), host["v6"] or host["name"], port, form["rest"]
