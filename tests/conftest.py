"""What all tests share: real parts to test against, and the check that nothing is left of them."""

from __future__ import annotations

import contextlib
import gc
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeVar

import hypothesis
import psutil
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from studio.system import runtime_folder
from studio.workspace.paths import Workspace, open_workspace
from tests.services.desktop import PulseAudio, SecretService, Xvfb
from tests.services.ffmpeg import FfmpegListener, MjpegCamera
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.tls import TlsFront
from tests.services.waiting import wait_for

# No test is judged by its speed. "quick" is for the inner loop: `make test` runs the same tests with all examples.
hypothesis.settings.register_profile("whole", deadline=None)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=25)
hypothesis.settings.load_profile("whole")

_SERVICE_FIXTURES = {
    "nginx_rtmp",
    "start_nginx_rtmp",
    "start_ffmpeg_listener",
    "start_tls_front",
    "start_mjpeg_camera",
    "pulse_audio",
    "secret_service",
    "xvfb",
}


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays to the end: to search it for garbage again and again takes a tenth of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that uses a real part is a service test, and says so by itself."""
    for item in items:
        if _SERVICE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.service)


@pytest.fixture(autouse=True)
def _nothing_left(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails the test that leaves a thread, a process or a window behind."""
    threads, children = set(threading.enumerate()), set(_children())
    starts_studios = any(request.node.iter_markers("show")) or any(request.node.iter_markers("service"))
    workspaces = request.getfixturevalue("tmp_path") if starts_studios else None
    yield

    def left_processes() -> list[psutil.Process]:
        orphans = _of_workspaces(workspaces) if workspaces else []
        return [one for one in [*_children(), *orphans] if one not in children]

    def left_threads() -> list[str]:
        return [one.name for one in threading.enumerate() if one not in threads]

    try:
        wait_for(lambda: not left_threads() and not left_processes(), timeout=5)
    except AssertionError:
        processes = left_processes()
        words = [_words(one) for one in processes]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        pytest.fail(f"left behind: threads {left_threads()}, processes {words}")
    if widgets := sys.modules.get("PySide6.QtWidgets"):
        shown = [window for window in widgets.QApplication.topLevelWidgets() if window.isVisible()]
        assert not shown, f"left behind: windows {shown}"


def _children() -> list[psutil.Process]:
    if sys.platform != "win32":
        try:
            # Microseconds, where psutil reads about every process there is; and most tests start none.
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return []
    return [one for one in psutil.Process().children(recursive=True) if _alive(one)]


def _of_workspaces(folder: Path) -> list[psutil.Process]:
    """Processes of a studio whose workspace lies in the folder, whoever started them."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("BENCHCAST_HOME", "").startswith(str(folder)) and _alive(process):
                found.append(process)
    return [process for process in found if process.pid != os.getpid()]


def _alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())[:120]
    except psutil.NoSuchProcess:
        return "(gone)"


@pytest.fixture(autouse=True)
def _nothing_of_the_person(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """No test reaches this computer's own workspace, keyring or database, or leaves files outside its folder."""
    # A folder takes longer to make and to look through than most tests take that need none.
    has_folder = "tmp_path" in request.fixturenames
    folder: Path = request.getfixturevalue("tmp_path") if has_folder else tmp_path_factory.getbasetemp() / "none"
    monkeypatch.setenv("BENCHCAST_HOME", str(folder / "home"))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={folder / 'no-bus'}")
    monkeypatch.delenv("BENCHCAST_DATABASE_URL", raising=False)
    yield
    if not has_folder:
        made = list(folder.rglob("*"))
        shutil.rmtree(folder, ignore_errors=True)
        assert not made, "this test makes files: let it take `tmp_path`, for a folder of its own"
    for identity in folder.rglob("workspace.id"):
        shutil.rmtree(runtime_folder() / identity.read_text(encoding="utf-8")[:12], ignore_errors=True)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A new workspace: the one that BENCHCAST_HOME names, here and in child processes."""
    return open_workspace(tmp_path / "home")


Service = TypeVar("Service", NginxRtmp, FfmpegListener, TlsFront, MjpegCamera)


def _starter(stack: ExitStack, folder: Path, kind: type[Service]) -> Callable[..., Service]:
    """A function that starts one more of a kind, all of which end with the test."""

    def start(*args: Any, **options: Any) -> Service:
        number = len(list(folder.glob(f"{kind.__name__}-*")))
        service = kind(folder / f"{kind.__name__}-{number}", *args, **options)
        stack.callback(service.stop)
        return service

    return start


@pytest.fixture
def start_nginx_rtmp(tmp_path: Path) -> Iterator[Callable[..., NginxRtmp]]:
    with ExitStack() as stack:
        yield _starter(stack, tmp_path, NginxRtmp)


@pytest.fixture
def nginx_rtmp(start_nginx_rtmp: Callable[..., NginxRtmp]) -> NginxRtmp:
    """One server, that records."""
    return start_nginx_rtmp(record=True)


@pytest.fixture
def start_ffmpeg_listener(tmp_path: Path) -> Iterator[Callable[..., FfmpegListener]]:
    with ExitStack() as stack:
        yield _starter(stack, tmp_path, FfmpegListener)


@pytest.fixture
def start_tls_front(tmp_path: Path) -> Iterator[Callable[..., TlsFront]]:
    with ExitStack() as stack:
        yield _starter(stack, tmp_path, TlsFront)


@pytest.fixture
def start_mjpeg_camera(tmp_path: Path) -> Iterator[Callable[..., MjpegCamera]]:
    with ExitStack() as stack:
        yield _starter(stack, tmp_path, MjpegCamera)


@pytest.fixture
def pulse_audio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PulseAudio]:
    """A sound server; this process and its children use it."""
    service = PulseAudio(tmp_path / "pulse")
    for name, value in service.env.items():
        monkeypatch.setenv(name, value)
    yield service
    service.stop()


@pytest.fixture
def secret_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecretService]:
    """An unlocked keyring; this process and its children use it."""
    service = SecretService(tmp_path / "keyring")
    for name, value in service.env.items():
        monkeypatch.setenv(name, value)
    yield service
    service.stop()


@pytest.fixture
def xvfb(tmp_path: Path) -> Iterator[Xvfb]:
    """A screen, for processes that are given its `env`: this one stays offscreen."""
    service = Xvfb(tmp_path / "screen")
    yield service
    service.stop()
