"""Shows on air for a benchmark: written down, started by the command as a person would, ended whatever happens."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from studio.bench import procfs
from studio.bench.ground import Ground
from studio.errors import StudioError
from studio.show.status import Status
from studio.show.status_map import StatusMapReader
from studio.show.wanted import Wanted
from studio.show.wanted_store import WantedStore
from studio.system import kill
from studio.system.processes import command
from studio.workspace.paths import Workspace, open_workspace
from studio.workspace.resources import resource

PRODUCT = "BAG-01"
OTHER = "BELT-01"
TITLE = "Carved leather, evening show"
LOGS = "its logs are kept: see the last line"
_ON_AIR_S, _END_S = 30.0, 20.0

_SHOW = """version = 1
title = "{title}"
language = "en"
currency = "USD"
{sources}
[[scenes]]
name = "Bench"
layers = [ {layers} ]

[[products]]
sku = "{product}"
name = "Carved shoulder bag"
price = "179.00"
was = "220.00"
stock = 12
photo = "bag.jpg"

[[products]]
sku = "{other}"
name = "Hand-stitched belt"
price = "48.00"
stock = 30

[[feeds]]
name = "wide"
size = [1920, 1080]
fps = 30
video_kbps = {kbps}
audio_kbps = 128
profile = "{profile}"
preset = "{preset}"

[on_air]
record = false
{feature}
"""
_SOURCE = """
[[sources]]
name = "{name}"
kind = "{kind}"
{rest}
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """A show: what is seen and heard, and how it is encoded. Sources: (name, kind, its other lines)."""

    sources: Sequence[tuple[str, str, str]]
    layers: str = '{ source = "camera" }'
    preset: str = "superfast"
    profile: str = "quality"
    kbps: int = 4500
    feature: str = PRODUCT

    def write(self, folder: Path) -> Path:
        """The show file, in a folder, with the photo that it names."""
        shutil.copy(photo(), folder / "bag.jpg")
        path = folder / "show.toml"
        sources = "".join(_SOURCE.format(name=name, kind=kind, rest=rest) for name, kind, rest in self.sources)
        path.write_text(
            _SHOW.format(
                title=TITLE,
                sources=sources,
                layers=self.layers,
                product=PRODUCT,
                other=OTHER,
                kbps=self.kbps,
                profile=self.profile,
                preset=self.preset,
                feature=f'feature = "{self.feature}"' if self.feature else "",
            ),
            encoding="utf-8",
        )
        return path


def photo() -> Path:
    """The product's photo, of the sample show."""
    return resource("sample", "bag.jpg")


def camera_and_tone(url: str) -> list[tuple[str, str, str]]:
    return [("camera", "url", f'path = "{url}"'), ("voice", "tone", "")]


class Home:
    """A workspace for one benchmark. At the end nothing of it runs, and nothing of it is left in memory."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self.workspace: Workspace = open_workspace(ground.place("home"))
        self.env = {**os.environ, "BENCHCAST_HOME": str(self.workspace.home)}
        self.store = WantedStore(self.workspace.wanted_db)
        self.reader = StatusMapReader(self.workspace.status)

    def status(self) -> Status:
        """The newest; an empty one when there is none."""
        return self.reader.status() or Status()

    def fresh_status(self) -> Status:
        """The next one that the engine writes: it is milliseconds old."""
        before = self.reader.beat()
        self.ground.wait_for(lambda: self.reader.beat() != before, 2)
        status = self.reader.status()
        while status is None:  # being written just now
            self.ground.wait(0.001)
            status = self.reader.status()
        return status

    def want(self, step: Callable[[Wanted], Wanted]) -> int:
        """Write a wish as the commands do. The clock's time right after its commit."""
        self.store.change(step)
        return self.ground.clock.now_ns()

    def processes(self) -> dict[int, str]:
        """Everything that runs for this workspace, by process id."""
        return procfs.processes_of(self.workspace.home) if procfs.available() else {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Keeper and engine end by themselves once nothing is wanted.
        if not self.ground.wait_for(lambda: not self.processes(), 10):
            for pid in self.processes():
                kill(pid)
        self.reader.close()
        self.store.close()
        shutil.rmtree(self.workspace.runtime, ignore_errors=True)


class OnAir:
    """`benchcast live` with a show, from its start to its end. Leaving the block ends the show in order."""

    def __init__(self, home: Home, show: Path, *options: str) -> None:
        self._home = home
        self._final: Status | None = None
        self._errors = home.workspace.logs / "live.err"
        with self._errors.open("wb") as errors:
            self.started_ns = home.ground.clock.now_ns()
            self._process = subprocess.Popen(
                [*command("live", str(show), "--json"), *options],
                env=home.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        self._lines = threading.Thread(target=self._read, name="live:lines", daemon=True)
        self._lines.start()

    def wait_on_air(self) -> Status:
        """Until every destination takes pictures. Raises StudioError when that does not come."""

        def all_live() -> bool:
            self._check()
            now = self._home.status()
            return now.mode == "live" and bool(now.feeds) and all(one.frames > 0 for one in now.destinations)

        if not self._home.ground.wait_for(all_live, _ON_AIR_S):
            raise self._failure("does not get on air")
        return self._home.status()

    def check(self) -> None:
        """Raises StudioError when it has ended by itself."""
        self._check()

    def end(self) -> Status:
        """End the show in order; its last status. Raises StudioError when it does not end."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            raise self._failure("does not end") from None
        self._lines.join(2)
        if self._final is None:
            raise self._failure("gave no final status")
        return self._final

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.poll() is None:
            with suppress(StudioError):
                self.end()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._lines.join(2)

    def _check(self) -> None:
        if self._process.poll() is not None:
            raise self._failure("has ended by itself")

    def _failure(self, words: str) -> StudioError:
        said = self._errors.read_text(encoding="utf-8", errors="replace").strip()
        return StudioError(f"A show {words}" + (f" ({said})" if said else ""), do=LOGS)

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                with suppress(msgspec.MsgspecError):
                    status = msgspec.json.decode(line, type=Status)
                    self._final = status if status.final else self._final
