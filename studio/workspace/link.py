"""The inherited pipe between keeper and engine: one JSON object a line, both ways.

It is the only way a stream key takes between processes that inherit from each other.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import IO, Any

log = logging.getLogger(__name__)

Message = dict[str, Any]
_LONGEST = 1 << 20


class Link:
    """One end. Messages arrive on the thread `link`; `on_end` is called there once the other end is gone."""

    def __init__(
        self,
        reader: IO[bytes],
        writer: IO[bytes],
        on_message: Callable[[Message], None],
        on_end: Callable[[], None],
    ) -> None:
        self._reader, self._writer = reader, writer
        self._on_message, self._on_end = on_message, on_end
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def send(self, message: Message) -> bool:
        """False: nobody is there any more."""
        line = json.dumps(message).encode() + b"\n"
        try:
            with self._lock:
                self._writer.write(line)
                self._writer.flush()
        except (OSError, ValueError):
            return False
        return True

    def close(self) -> None:
        """Close our side; the reading thread ends when the other does too."""
        try:
            with self._lock:
                self._writer.close()
        except OSError:
            pass

    def _run(self) -> None:
        try:
            while line := self._reader.readline(_LONGEST):
                self._take(line)
        except (OSError, ValueError):  # ValueError: our side has been closed
            log.info("the other end of the link has gone")
        self._on_end()

    def _take(self, line: bytes) -> None:
        """Hand on one line. What is no message was printed by a library that knows nothing of the link."""
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            log.warning("%d bytes on the link are no message", len(line))
            return
        try:
            self._on_message(message)
        except Exception as error:  # noqa: BLE001 - the next message may be all right; this one may hold a key
            log.error("a message on the link failed: %s", type(error).__name__)
