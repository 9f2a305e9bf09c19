"""The keeper's door: a private local socket through which a command hands over the keys of one session.

An inherited pipe cannot reach a keeper that already runs. The socket lies in the user's private runtime folder and
asks for a secret that lies beside it; nothing that passes through it is ever written down.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import sys
import threading
from collections.abc import Callable, Mapping
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener

from studio.system.secret import Secret
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)


def _address(workspace: Workspace) -> tuple[str, str]:
    if sys.platform == "win32":
        return rf"\\.\pipe\benchcast-{workspace.id}", "AF_PIPE"
    return str(workspace.runtime / "keeper.sock"), "AF_UNIX"


class Door:
    """The keeper's end. Runs on the thread `door`."""

    def __init__(self, workspace: Workspace, on_keys: Callable[[dict[str, Secret]], None]) -> None:
        """Open it. Raises OSError."""
        self._on_keys = on_keys
        address, family = _address(workspace)
        if family == "AF_UNIX" and os.path.lexists(address):
            os.unlink(address)  # noqa: PTH108 - a socket; its owner's lock is ours now
        key = secrets.token_bytes(32)
        path = workspace.runtime / "door"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
        self._listener = Listener(address, family, authkey=key)
        threading.Thread(target=self._run, name="door", daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                with self._listener.accept() as connection:
                    if connection.poll(5):
                        given = json.loads(connection.recv_bytes(1 << 20))
                        self._on_keys({str(name): Secret(str(key)) for name, key in given.items()})
                        connection.send_bytes(b"ok")
            except (OSError, EOFError, ValueError, AttributeError, AuthenticationError) as error:
                log.info("a visitor at the door left: %s", type(error).__name__)


def hand_over(workspace: Workspace, keys: Mapping[str, Secret]) -> bool:
    """Give the running keeper keys for this session; False: no keeper answers."""
    address, family = _address(workspace)
    try:
        authkey = (workspace.runtime / "door").read_bytes()
        with Client(address, family, authkey=authkey) as connection:
            connection.send_bytes(json.dumps({name: key.reveal() for name, key in keys.items()}).encode())
            return connection.poll(5) and connection.recv_bytes(16) == b"ok"
    except (OSError, EOFError, AuthenticationError):
        return False
