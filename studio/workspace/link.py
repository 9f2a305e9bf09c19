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
                message = json.loads(line)
                if isinstance(message, dict):
                    self._on_message(message)
        except (OSError, ValueError):
            log.info("the other end of the link has gone")
        self._on_end()
