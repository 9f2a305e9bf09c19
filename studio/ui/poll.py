"""Looks into the workspace's files on timers and tells the window what it found."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from studio.errors import StudioError
from studio.media.clock import Clock
from studio.show.status_map import StatusMapReader
from studio.show.wanted import Wanted
from studio.system.locks import WorkspaceLock, is_held
from studio.ui.desk import Desk
from studio.ui.view import QUIET_S, Pulse
from studio.workspace.paths import Workspace

STATUS_MS = 100
PICTURE_MS = 40
_PAUSE = 10  # turns until a wish that could not be read is tried again
_ALONE = 3  # turns without a keeper: its successor, which an engine or a command starts, takes a moment
_STARTING = 30  # turns until a keeper that was asked for should be there


class Poll(QObject):
    """Emits a `pulse` ten times a second and each new `picture` of the feed looked at (width, height, rows).

    `unkept` says that nobody keeps the studio running, again every three seconds while that is so.

    Holds the window's lock meanwhile, which is what makes the engine draw previews; where another window holds it,
    that one's previews are seen, and the lock is tried again.
    """

    pulse = Signal(object)
    picture = Signal(int, int, bytes)
    unkept = Signal()

    def __init__(self, workspace: Workspace, desk: Desk, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._desk, self._clock = workspace, desk, clock
        self._reader = StatusMapReader(workspace.status)
        self._lock = WorkspaceLock(workspace.lock("window"))
        self._locked = False
        self.feed = 0  # the index of the feed looked at
        self._seen = (-1, -1)  # feed and sequence of the newest picture shown
        self._beat: tuple[int, int] | None = None
        self._beat_ns = 0
        self._wanted, self._trouble, self._pause = Wanted(), "", 0
        self._interrupted = False
        self._alone = 0  # turns
        self._status_timer = QTimer(self, interval=STATUS_MS)
        self._status_timer.timeout.connect(self.look)
        self._picture_timer = QTimer(self, interval=PICTURE_MS)
        self._picture_timer.timeout.connect(self.look_at_picture)

    def start(self) -> None:
        self._locked = self._lock.acquire(timeout=0.25)
        self._status_timer.start()
        self._picture_timer.start()
        self.look()

    def stop(self) -> None:
        self._status_timer.stop()
        self._picture_timer.stop()
        if self._locked:
            self._lock.release()
            self._locked = False
        self._reader.close()
        self._desk.close()

    @property
    def holds_lock(self) -> bool:
        return self._locked

    def look(self) -> None:
        """One look at status and wish."""
        if not self._locked:
            self._locked = self._lock.acquire(timeout=0)
        status, quiet_s = self._reader.status(), self._quiet_s()
        engine = quiet_s < QUIET_S / 2 or is_held(self._workspace.lock("engine"))
        self._read_wanted(off_air=status is not None and (status.mode == "off" or status.final))
        self.pulse.emit(Pulse(status, quiet_s, engine, self._wanted, self._trouble, self._interrupted))
        self._look_for_keeper()

    def look_at_picture(self) -> None:
        feed, sequence = self._seen
        found = self._reader.preview(self.feed, sequence if feed == self.feed else -1)
        if found is not None:
            sequence, width, height, rows = found
            self._seen = self.feed, sequence
            self.picture.emit(width, height, rows)

    def _look_for_keeper(self) -> None:
        self._alone = 0 if is_held(self._workspace.lock("keeper")) else self._alone + 1
        if self._alone == _ALONE:
            self._alone -= _STARTING
            self.unkept.emit()

    def _quiet_s(self) -> float:
        beat, now_ns = self._reader.beat(), self._clock.now_ns()
        if beat != self._beat:
            # A map found at the start may be a dead engine's: only its owner's lock tells.
            fresh = self._beat is not None or is_held(self._workspace.lock("engine"))
            self._beat, self._beat_ns = beat, now_ns if fresh else now_ns - int(QUIET_S * 2e9)
        return (now_ns - self._beat_ns) / 1e9

    def _read_wanted(self, *, off_air: bool) -> None:
        if self._pause > 0:
            self._pause -= 1
            return
        try:
            self._wanted, self._trouble = self._desk.read(), ""
            self._interrupted = (
                off_air and self._wanted.mode == "live" and self._desk.interrupted(self._clock)
            )  # not while on air: a lease that a full disk keeps from being renewed looks the same
        except StudioError as error:
            self._trouble, self._pause = str(error), _PAUSE
