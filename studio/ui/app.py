"""The window's process: one application, one window, until it is closed."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, QSize, QTimer, Signal
from PySide6.QtWidgets import QApplication

from studio.errors import StudioError
from studio.media.clock import SystemClock
from studio.system import ask_camera_permission, camera_permission, has_screen
from studio.ui.fonts import font, load_fonts
from studio.ui.theme import Theme, palette
from studio.ui.window import Window
from studio.workspace.logs import start_log
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)


def main(workspace: Workspace, show_path: Path | None = None) -> int:
    """Open the window on a workspace, with that show loaded where one is given; the exit status.

    Raises:
        StudioError: there is no screen.
    """
    _require_screen()
    start_log(workspace, "window")
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Benchcast")
    app.setApplicationDisplayName("Benchcast")
    app.setDesktopFileName("benchcast")
    app.setStyle("Fusion")  # the one style that takes our colours everywhere
    load_fonts()
    app.setFont(font())
    theme = Theme(app)
    theme.changed.connect(lambda: app.setPalette(palette(theme.tokens)))
    app.setPalette(palette(theme.tokens))
    window = Window(workspace, SystemClock(), theme)
    sys.excepthook = _Reporter(window)
    window.resize(first_size(window.screen().availableSize()))
    window.show()
    # What takes time comes after the first paint.
    QTimer.singleShot(0, window.start)
    question = _CameraQuestion(app)
    question.denied.connect(window.stage.notice.complain)
    QTimer.singleShot(0, question.ask)
    if show_path is not None:
        QTimer.singleShot(0, lambda: window.open_show(show_path))
    _end_on_signals(app, window)
    return int(app.exec())


def first_size(available: QSize) -> QSize:
    """As large as the work needs, and never beyond the screen: nothing may hide under its edge."""
    return QSize(1440, 900).boundedTo(available)


def _require_screen() -> None:
    """Qt itself would abort the process."""
    if not has_screen() and not os.environ.get("QT_QPA_PLATFORM"):
        raise StudioError("There is no screen for the window", do="go live without one: benchcast live SHOW.toml")


class _CameraQuestion(QObject):
    """Asks for the camera where the system wants that. The answer may come on any thread: a signal brings it back."""

    denied = Signal(str)

    def ask(self) -> None:
        """On the main thread, as macOS wants it. A source that waits for the camera tries again by itself."""
        if camera_permission() == "not asked":
            ask_camera_permission(self._answered)
        elif camera_permission() == "denied":
            self._answered(False)

    def _answered(self, allowed: bool) -> None:
        log.info("the camera is %s", "allowed" if allowed else "denied")
        if not allowed:
            self.denied.emit(
                "This computer keeps the camera from Benchcast: allow it in the system's privacy settings"
            )


class _Reporter:
    """A mistake of ours is logged and said in the window, which goes on: the show must stay in reach."""

    def __init__(self, window: Window) -> None:
        self._window = window

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        log.error("unexpected", exc_info=(kind, error, trace))
        self._window.stage.notice.complain(
            f"Something went wrong that should not ({kind.__name__}). Please report it"
        )


def _end_on_signals(app: QApplication, window: Window) -> None:
    """Ctrl-C and SIGTERM close the window: the show goes on."""
    asked = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked.set())
    # Python runs signal handlers only between its own instructions: a timer gives it some.
    look = QTimer(app, interval=200)
    look.timeout.connect(lambda: window.close() if asked.is_set() else None)
    look.start()
