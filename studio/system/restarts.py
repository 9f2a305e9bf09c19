"""How soon a process of ours that died is started again. Pure."""

from __future__ import annotations

_AGAIN_NS = (0, 250_000_000, 500_000_000, 1_000_000_000)


class Restarts:
    """How long to wait before a process is started again: at once, then a little longer, never over a second."""

    def __init__(self) -> None:
        self._fails = 0
        self._next_ns = 0

    def may_start(self, now_ns: int) -> bool:
        return now_ns >= self._next_ns

    def started(self, now_ns: int) -> None:
        self._next_ns = now_ns + _AGAIN_NS[min(self._fails, len(_AGAIN_NS) - 1)]
        self._fails += 1

    def fine(self) -> None:
        self._fails = 0
