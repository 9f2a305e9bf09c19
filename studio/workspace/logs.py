"""The log of a process: one rotating file in the workspace. It never holds keys, buyers or comments."""

from __future__ import annotations

import logging
import os
from logging.handlers import RotatingFileHandler
from typing import IO

from studio.workspace.paths import Workspace

_FORMAT = "%(asctime)s %(levelname)s %(process)d %(threadName)s %(name)s: %(message)s"


def start_log(workspace: Workspace, role: str) -> None:
    """Send this process's log to `logs/<role>.log`; level by BENCHCAST_LOG (default INFO)."""
    level = logging.getLevelNamesMapping().get(os.environ.get("BENCHCAST_LOG", "").upper(), logging.INFO)
    handler: logging.Handler
    try:
        handler = RotatingFileHandler(
            workspace.logs / f"{role}.log", maxBytes=2_000_000, backupCount=3, encoding="utf-8"
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
    logging.captureWarnings(capture=True)


def error_file(workspace: Workspace, role: str) -> IO[bytes] | None:
    """Where a child's stderr goes: what the interpreter or a native library says as it dies. None: nowhere."""
    path = workspace.logs / f"{role}.err"
    try:
        if path.exists() and path.stat().st_size > 1_000_000:
            path.replace(path.with_suffix(".err.1"))
        return path.open("ab")
    except OSError:
        return None
