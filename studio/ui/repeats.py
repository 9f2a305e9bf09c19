"""Tells a key that is held from one that is pressed again and again."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

_SETTLE_MS = 60  # no finger presses the same key twice within that time


class KeyRepeats(QObject):
    """Follows keys by name; `let_go` when one has really been released.

    Needed because not every X server lets Qt mark a repeat: a held key then comes as release and press, release and
    press, each pair at one instant, none of them marked (seen with Qt 6.11 under Xvfb).
    """

    let_go = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._down: dict[str, QTimer] = {}

    def pressed(self, name: str) -> bool:
        """True: a new press. False: the key is being held."""
        settling = self._down.get(name)
        if settling is not None:
            settling.stop()
            return False
        timer = QTimer(self, singleShot=True, interval=_SETTLE_MS)
        timer.timeout.connect(partial(self._release, name))
        self._down[name] = timer
        return True

    def released(self, name: str) -> None:
        if name in self._down:
            self._down[name].start()

    def forget(self) -> None:
        """The keyboard is somebody else's now: everything counts as released."""
        for name in list(self._down):
            self._release(name)

    def _release(self, name: str) -> None:
        timer = self._down.pop(name)
        timer.stop()
        timer.deleteLater()
        self.let_go.emit(name)
