"""The keeper's process."""

from __future__ import annotations

import json
import logging
import os
import sys
from pathlib import Path

from studio.keeper.keeper import Keeper
from studio.media.clock import SystemClock
from studio.system import on_hangup, on_stop_signals, use_utf8
from studio.system.locks import WorkspaceLock
from studio.system.secret import Secret
from studio.workspace.crashes import Presence
from studio.workspace.logs import start_log
from studio.workspace.paths import open_workspace

log = logging.getLogger(__name__)


def main(_argv: list[str]) -> int:
    """Read who we keep from one line of standard input, then keep it until nothing is wanted any more."""
    use_utf8()
    # Not `sys.stdin` itself: the interpreter's clean-up wants its lock, which the link's waiting thread would have.
    told = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    hello = json.loads(told.readline())
    workspace = open_workspace(Path(hello["home"]))
    start_log(workspace, "keeper")
    lock = WorkspaceLock(workspace.lock("keeper"))
    if not lock.acquire(timeout=1.0):
        log.info("another keeper is at work")
        return 3
    session = {str(name): Secret(str(key)) for name, key in hello.get("session", {}).items()}
    keeper = Keeper(workspace, SystemClock(), session)
    on_stop_signals(keeper.stop)
    on_hangup(lambda: None)
    if hello.get("linked"):
        keeper.link_engine(told, sys.stdout.buffer)
    try:
        with Presence(workspace, "keeper"):
            keeper.run()
    finally:
        lock.release()
    return 0
