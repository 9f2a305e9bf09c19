"""Text to draw with, and what many overlay tests look at."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from studio.media.picture import Size
from studio.overlays.fonts import font_book
from studio.overlays.photo import PhotoShelf
from studio.overlays.text import start_text
from studio.show.theme import Theme, load_theme

WIDE, SMALL, TALL = Size(1920, 1080), Size(1280, 720), Size(1080, 1920)
SHAPES = {"1080p": WIDE, "720p": SMALL, "upright": TALL}

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


# As in the studio, all is drawn on one thread without an event loop. On the main thread, pytest-qt lets Qt throw
# fonts out of its cache now and then; after that a variable font may fail to load, and another takes its place.
_DRAWING = ThreadPoolExecutor(1, "overlays")


@pytest.fixture(scope="session", autouse=True)
def _text(request: pytest.FixtureRequest) -> Iterator[None]:
    # The windows' tests need a QApplication, and a process has only one application: it is theirs.
    request.getfixturevalue("qapp")
    start_text()
    _DRAWING.submit(font_book).result()
    yield
    _DRAWING.shutdown()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool:
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    _DRAWING.submit(pyfuncitem.obj, **arguments).result()
    return True


@pytest.fixture(scope="session", params=["ink", "kraft", "porcelain"])
def theme(request: pytest.FixtureRequest) -> Theme:
    return load_theme(request.param)


@pytest.fixture(scope="session")
def ink() -> Theme:
    return load_theme("ink")


@pytest.fixture(scope="session")
def photo_file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A photo of four coloured fields, 600×400."""
    picture = np.zeros((400, 600, 3), np.uint8)
    picture[:200, :300] = (40, 70, 150)
    picture[:200, 300:] = (60, 110, 190)
    picture[200:, :300] = (30, 50, 110)
    picture[200:, 300:] = (90, 140, 200)
    path = tmp_path_factory.mktemp("photos") / "bag.png"
    cv2.imwrite(str(path), picture)
    return str(path)


@pytest.fixture(scope="session")
def photos() -> PhotoShelf:
    return PhotoShelf()


def rows_and_columns(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """The first and last row, then the first and last column, of what is true."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])


def near(pixels: NDArray[np.uint8], colour: str, within: int = 24) -> NDArray[np.bool_]:
    """Where RGBA pixels are opaque and about `#rrggbb`."""
    wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    distance = np.abs(pixels[:, :, :3].astype(int) - wanted).max(axis=2)
    return np.asarray((distance <= within) & (pixels[:, :, 3] > 250))


def here(name: str) -> Path:
    return Path(__file__).parent / name
