"""The keeper's door: a private local socket for those who have no pipe to it.

An inherited pipe cannot reach a keeper that already runs: neither a command that brings the keys of one session, nor
an engine that another keeper started. The socket lies in the user's private runtime folder, and both sides prove that
they know the secret that lies beside it (HMAC over both sides' nonces, RFC 2104): on Windows the name of a pipe is
free for anybody to take. Nothing that passes through is ever written down.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import logging
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from multiprocessing.connection import Client, Listener
from typing import TYPE_CHECKING, Any, TypeAlias

from studio.system import local_socket
from studio.system.secret import Secret
from studio.workspace.link import Message
from studio.workspace.paths import Workspace

if TYPE_CHECKING:
    from multiprocessing.connection import _ConnectionBase  # of sockets and of Windows' pipes

    Wire: TypeAlias = _ConnectionBase[Any, Any]

log = logging.getLogger(__name__)

_SILENCE_S = 5.0
_ANSWER_S = 8.0  # the keeper gives a keyring five
_NONCE = 32
_LONGEST = 1 << 20
_BACKLOG = 16


class _Stranger(Exception):
    """The other side does not know the secret, or does not speak in time."""


def _receive(wire: Wire, longest: int, patience_s: float) -> bytes:
    if not wire.poll(patience_s):
        raise _Stranger("said nothing")
    return wire.recv_bytes(longest)


def _proof(secret: bytes, who: bytes, nonces: bytes) -> bytes:
    return hmac.digest(secret, who + nonces, "sha256")


class Door:
    """The keeper's end. One thread lets visitors in; each has a thread of its own, for one may say nothing."""

    def __init__(
        self,
        workspace: Workspace,
        on_keys: Callable[[dict[str, Secret]], None],
        answer: Callable[[Message], Message],
        *,
        silence_s: float = _SILENCE_S,
    ) -> None:
        """Open it. `answer` is asked on a visitor's thread; the silent leave after `silence_s`. Raises OSError."""
        self._on_keys, self._answer, self._silence_s = on_keys, answer, silence_s
        self._address, self._family = local_socket(workspace.runtime, workspace.id)
        if self._family == "AF_UNIX" and os.path.lexists(self._address):
            os.unlink(self._address)  # noqa: PTH108 - a socket; its owner's lock is ours now
        self._secret = secrets.token_bytes(32)
        path = workspace.runtime / "door"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(self._secret)
        self._closed = threading.Event()
        self._listener = Listener(self._address, self._family, backlog=_BACKLOG)
        self._thread = threading.Thread(target=self._run, name="door", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Let nobody in any more."""
        self._closed.set()
        with contextlib.suppress(OSError):
            Client(self._address, self._family).close()  # who waits for a visitor notices nothing else
        self._thread.join(5)
        self._listener.close()

    def _run(self) -> None:
        while not self._closed.is_set():
            try:
                visitor = self._listener.accept()
            except OSError as error:
                log.warning("the door does not open: %s", error)
                self._closed.wait(0.2)  # such as no file number left: not in a tight loop
                continue
            threading.Thread(target=self._serve, args=(visitor,), name="door:visitor", daemon=True).start()

    def _serve(self, visitor: Wire) -> None:
        try:
            with visitor:
                nonces = _receive(visitor, _NONCE, self._silence_s)
                nonces += (ours := secrets.token_bytes(_NONCE))
                visitor.send_bytes(ours + _proof(self._secret, b"keeper", nonces))
                if not hmac.compare_digest(
                    _receive(visitor, _NONCE, self._silence_s), _proof(self._secret, b"visitor", nonces)
                ):
                    raise _Stranger("does not know the secret")
                said = json.loads(_receive(visitor, _LONGEST, self._silence_s))
                visitor.send_bytes(json.dumps(self._reply(said)).encode())
        except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, _Stranger) as error:
            if not self._closed.is_set():
                log.info("a visitor at the door left: %s", type(error).__name__)

    def _reply(self, said: Message) -> Message:
        if "ask" in said:
            return self._answer(said)
        self._on_keys({str(name): Secret(str(key)) for name, key in said["keys"].items()})
        return {"ok": True}


def door_mark(workspace: Workspace) -> tuple[int, int] | None:
    """Tells one keeper's door from the next one's; None: there is none."""
    try:
        found = (workspace.runtime / "door").stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def hand_over(workspace: Workspace, keys: Mapping[str, Secret]) -> bool:
    """Give the running keeper keys for this session; False: no keeper answers."""
    said = _visit(workspace, {"keys": {name: key.reveal() for name, key in keys.items()}}, _SILENCE_S)
    return said is not None and said.get("ok") is True


def ask_at_door(workspace: Workspace, question: Message) -> Message | None:
    """What the running keeper answers to an engine's question; None: no keeper answers."""
    return _visit(workspace, question, _ANSWER_S)


def _visit(workspace: Workspace, message: Message, patience_s: float) -> Message | None:
    address, family = local_socket(workspace.runtime, workspace.id)
    try:
        secret = (workspace.runtime / "door").read_bytes()
        with Client(address, family) as keeper:
            nonces = secrets.token_bytes(_NONCE)
            keeper.send_bytes(nonces)
            proof = _receive(keeper, 2 * _NONCE, _SILENCE_S)
            nonces += proof[:_NONCE]
            if not hmac.compare_digest(proof[_NONCE:], _proof(secret, b"keeper", nonces)):
                raise _Stranger("is not the keeper")
            keeper.send_bytes(_proof(secret, b"visitor", nonces))
            keeper.send_bytes(json.dumps(message).encode())
            said = json.loads(_receive(keeper, _LONGEST, patience_s))
            return said if isinstance(said, dict) else None
    except (OSError, EOFError, ValueError, _Stranger):
        return None
