"""The window as a process of its own, on a screen that nobody sees."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage

from studio.shop.database import Shop
from studio.system.locks import is_held
from studio.workspace.paths import Workspace
from tests.services.desktop import Xvfb
from tests.services.program import Program, find
from tests.services.waiting import wait_for
from tests.ui.fake_engine import FakeEngine

pytestmark = pytest.mark.long

FORBIDDEN = ("cv2", "av", "studio.engine", "studio.capture", "studio.overlays", "studio.outputs")

# Tells again and again which modules the running window has, as a debugger would.
WINDOW = """
import sys, threading
from pathlib import Path
from studio.ui.app import main
from studio.workspace.paths import open_workspace

def tell():
    fresh = Path(sys.argv[1] + ".new")
    fresh.write_text("\\n".join(sorted(sys.modules)))
    fresh.replace(sys.argv[1])
    timer = threading.Timer(0.1, tell)
    timer.daemon = True
    timer.start()

tell()
sys.exit(main(open_workspace()))
"""


@pytest.fixture
def running(
    workspace: Workspace, engine: FakeEngine, shop: Shop, keeper: None, xvfb: Xvfb, tmp_path: Path
) -> Iterator[Program]:
    engine.wish()
    engine.tell()
    engine.paint(200, 30, 60)
    folder = tmp_path / "window"
    folder.mkdir()
    program = Program([sys.executable, "-c", WINDOW, str(tmp_path / "modules")], folder, env=xvfb.env)
    wait_for(lambda: is_held(workspace.lock("window")) or not program.running, what="the window's lock")
    assert program.running, program.log
    yield program
    program.stop()


def screenshot(xvfb: Xvfb, tmp_path: Path) -> QImage:
    path = tmp_path / "screen.png"
    env = {**os.environ, **xvfb.env}
    subprocess.run([find("import"), "-window", "root", str(path)], env=env, check=True, timeout=20)
    return QImage(str(path))


def test_the_window_shows_the_picture_takes_keys_and_never_loads_the_frame_path(
    running: Program, xvfb: Xvfb, engine: FakeEngine, tmp_path: Path
) -> None:
    def red_is_seen() -> bool:
        engine.tell()
        image = screenshot(xvfb, tmp_path)
        return any(image.pixelColor(x, 350) == QColor(200, 30, 60) for x in range(400, 1000, 50))

    wait_for(red_is_seen, what="the picture on the screen")
    env = {**os.environ, **xvfb.env}

    def key_is_taken() -> bool:
        engine.tell()
        subprocess.run(
            [find("xdotool"), "search", "--name", "Benchcast", "windowfocus", "key", "--clearmodifiers", "2"],
            env=env,
            check=False,
            timeout=20,
            stdout=subprocess.DEVNULL,
        )
        return engine.wanted().feature == "P-2"

    wait_for(key_is_taken, what="the key's wish")
    loaded = (tmp_path / "modules").read_text(encoding="utf-8").split()
    assert "studio.ui.window" in loaded
    assert [name for name in loaded if _is_or_is_in(name)] == []
    assert running.log == "", "Qt or Python complained"


def _is_or_is_in(name: str) -> bool:
    return any(name == one or name.startswith(f"{one}.") for one in FORBIDDEN)


def test_a_killed_window_frees_its_lock_and_changes_nothing(
    running: Program, engine: FakeEngine, workspace: Workspace
) -> None:
    before = engine.store.read()
    running.kill()
    wait_for(lambda: not is_held(workspace.lock("window")), what="the lock to be free")
    assert engine.store.read() == before


def test_asked_to_end_it_closes_by_itself_and_the_show_goes_on(running: Program, engine: FakeEngine) -> None:
    running.process.terminate()
    assert running.wait_ended() == 0
    assert engine.wanted().mode == "live"
    assert running.log == ""


def test_without_a_screen_it_says_so_instead_of_aborting(workspace: Workspace, tmp_path: Path) -> None:
    screens = {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}
    env = {name: value for name, value in os.environ.items() if name not in screens}
    done = subprocess.run(
        [sys.executable, "-m", "studio"], env=env, check=False, timeout=30, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("There is no screen for the window: go live without one")
    assert len(done.stderr.splitlines()) == 1
