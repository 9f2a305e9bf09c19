"""The log of a process: one rotating file in the workspace. It never holds keys, buyers or comments.

What goes wrong thirty times a second is in it once a second, with a count.
"""

from __future__ import annotations

import copy
import logging
import os
import re
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from typing import IO

from studio.media.clock import Clock, SystemClock
from studio.workspace.paths import Workspace

_log = logging.getLogger(__name__)
_EVERY_NS = 1_000_000_000
_NUMBER = re.compile(r"\d+")
_FORMAT = "%(asctime)s %(levelname)s %(process)d %(threadName)s %(name)s: %(message)s"


@dataclass(slots=True)
class _Repeat:
    told_ns: int
    count: int = 0
    last: logging.LogRecord | None = None


class OnceASecond(logging.Handler):
    """Hands records on to another handler, warnings and worse that say the same only once a second.

    The first goes on at once, with its traceback; those after it are counted, and the count is told with the next
    record of any kind after a second, at the latest when the log is closed. Numbers in the words do not make a
    message another one.
    """

    def __init__(self, inner: logging.Handler, clock: Clock) -> None:
        super().__init__()
        self._inner, self._clock = inner, clock
        self._repeats: dict[tuple[str, int, str], _Repeat] = {}

    def emit(self, record: logging.LogRecord) -> None:
        now_ns = self._clock.now_ns()
        self._tell(now_ns - _EVERY_NS, now_ns)
        if record.levelno < logging.WARNING:
            self._inner.handle(record)
            return
        words = record.getMessage()
        fault = repr(record.exc_info[1]) if record.exc_info else ""
        key = (record.name, record.levelno, _NUMBER.sub("#", words + fault))
        repeat = self._repeats.get(key)
        if repeat is None:
            self._repeats[key] = _Repeat(now_ns)
            self._inner.handle(record)
        else:
            repeat.count += 1
            repeat.last = _plain(record, words)

    def close(self) -> None:
        """Tell what is still to be told."""
        now_ns = self._clock.now_ns()
        self._tell(now_ns, now_ns)
        super().close()

    def _tell(self, before_ns: int, now_ns: int) -> None:
        """Tell the counts of what was last told before; forget what has not come again."""
        for key, repeat in list(self._repeats.items()):
            if repeat.told_ns > before_ns:
                continue
            if repeat.last is None:
                del self._repeats[key]
                continue
            repeat.last.msg = f"{repeat.last.msg} ({repeat.count} more like it)"
            self._inner.handle(repeat.last)
            repeat.told_ns, repeat.count, repeat.last = now_ns, 0, None


def _plain(record: logging.LogRecord, words: str) -> logging.LogRecord:
    """The record without its traceback, which would keep alive all that the fault held."""
    plain = copy.copy(record)
    plain.msg, plain.args = words, None
    plain.exc_info = plain.exc_text = plain.stack_info = None
    return plain


def start_log(workspace: Workspace, role: str) -> None:
    """Send this process's log to `logs/<role>.log`; level by BENCHCAST_LOG (default INFO)."""
    asked = os.environ.get("BENCHCAST_LOG", "")
    level = logging.getLevelNamesMapping().get(asked.upper())
    handler: logging.Handler
    try:
        handler = RotatingFileHandler(
            workspace.logs / f"{role}.log", maxBytes=2_000_000, backupCount=3, encoding="utf-8"
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter(_FORMAT))
    logging.basicConfig(
        level=logging.INFO if level is None else level, handlers=[OnceASecond(handler, SystemClock())]
    )
    logging.captureWarnings(capture=True)
    if asked and level is None:
        _log.warning("BENCHCAST_LOG=%r is no level: write DEBUG, INFO, WARNING or ERROR; taken as INFO", asked)


def error_file(workspace: Workspace, role: str) -> IO[bytes] | None:
    """Where a child's stderr goes: what the interpreter or a native library says as it dies. None: nowhere."""
    path = workspace.logs / f"{role}.err"
    try:
        if path.exists() and path.stat().st_size > 1_000_000:
            path.replace(path.with_suffix(".err.1"))
        return path.open("ab")
    except OSError:
        return None
