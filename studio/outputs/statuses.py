"""Why a connection ended, in types that decide what happens next and words that a seller can act on."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass, field

from studio.errors import StudioError
from studio.system.secret import Secret


class Ended(StudioError):
    """A connection ended, or never began. `str()` is the destination's `reason`."""


class Lost(Ended):
    """The network or the server failed: tried again by itself."""


class HungUp(Lost):
    """The server closed the connection without a word: many do so on an app or a key that they do not take."""


class Unreachable(Lost):
    """Not even TCP got through."""


class Returned(Lost):
    """The network was away and is back, but this connection does not go on: a fresh one follows at once."""


class Busy(Ended):
    """The server says that this key is being published already: our own ghost, or somebody else."""


class Refused(Ended):
    """The server (or our side of TLS) said no for good: only a person can mend it."""


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What a server said: a code such as `NetStream.Publish.BadName` (never shown), a level, and free words."""

    code: str = field(repr=False)
    level: str = field(repr=False)
    description: str

    @classmethod
    def read(cls, info: object, key: Secret) -> ServerStatus:
        """From the information object of a command; the words are cleaned and never show the key."""
        found = info if isinstance(info, dict) else {}
        code, level, description = (str(found.get(name) or "") for name in ("code", "level", "description"))
        return cls(code, level, _clean(description, key))

    @property
    def quoted(self) -> str:
        """The server's own words, for the end of a sentence."""
        return f" (the server says: {self.description})" if self.description else ""


_REFUSED = {
    "NetConnection.Connect.InvalidApp": ("The server knows no such app", "check the address of this destination"),
    "NetConnection.Connect.Rejected": (
        "The server refused the connection",
        "check the address, and that the account may go live",
    ),
    "NetStream.Publish.Denied": ("The server refused the stream", "paste a fresh key, and check the account"),
    "NetStream.Publish.Rejected": ("The server refused the stream", "paste a fresh key, and check the account"),
    "NetStream.Publish.Unauthorized": ("The server refused the key", "paste a fresh key"),
}
# Not EAI_AGAIN: then it is the name server that cannot be asked. EAI_NODATA is missing on some systems.
_NO_SUCH_NAME = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}
_BUSY = "NetStream.Publish.BadName"


def ending(status: ServerStatus, *, was_live: bool) -> Ended | None:
    """What an `_error` or `onStatus` means for the connection; None: nothing, go on."""
    if status.code == _BUSY or (status.level == "error" and "already publish" in status.description.lower()):
        return Busy(
            "The server says that the key is wrong or in use" + status.quoted,
            do="end the other stream that uses it, or paste a fresh key",
        )
    if status.code in _REFUSED:
        what, do = _REFUSED[status.code]
        return Refused(what + status.quoted, do=do)
    if status.code == "NetStream.Failed" and not was_live:
        return Refused("The server refused the stream" + status.quoted, do="paste a fresh key")
    if status.code in {
        "NetConnection.Connect.ReconnectRequest",
        "NetConnection.Connect.AppShutdown",
        "NetConnection.Connect.Closed",
        "NetStream.Unpublish.Success",
    }:
        return Lost("The server ended the stream" + status.quoted, do="")
    if status.level == "error":
        return Lost("The server reports an error" + status.quoted, do="")
    return None


def hung_up_at_once() -> HungUp:
    """The server said yes to the key and then closed the connection: nginx-rtmp does where publishing is denied."""
    return HungUp(
        "The server ended the connection as soon as it had the key", do="paste a fresh key, and check the account"
    )


def unreachable(host: str, port: int, fault: OSError) -> Unreachable:
    """What kept TCP from getting through, as far as the system tells."""
    if isinstance(fault, socket.gaierror) and fault.errno in _NO_SUCH_NAME:
        return Unreachable(f"There is no server named {host}", do="check the address")
    if isinstance(fault, ConnectionRefusedError):
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        return Unreachable(f"Nothing listens at {where}", do="check the address and the port, or start the server")
    return Unreachable(f"{host} cannot be reached", do="check the network")


def tls_failure(error: ssl.SSLError, host: str) -> Ended:
    """A TLS handshake that failed: a certificate that cannot be trusted is never tried twice."""
    if isinstance(error, ssl.SSLCertVerificationError):
        # OpenSSL's X509_V_ERR_* numbers; other systems' verifiers may leave it out.
        match getattr(error, "verify_code", 0):
            case 9 | 10:
                fault, do = (
                    "is not valid today",
                    "check this computer's date; if it is right, the server must mend it",
                )
            case 62 | 64:
                fault, do = "is for another server", "check the address of this destination"
            case _:
                fault, do = "is not one that this computer trusts", "check the address; the key was not sent"
        return Refused(f"The certificate of {host} {fault}", do=do)
    return Lost(f"{host} does not speak TLS as it should", do="check the port: rtmps:// mostly uses 443")


def _clean(text: str, key: Secret) -> str:
    return key.hide_in(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+", " ", text[:500]).strip())[:200]
