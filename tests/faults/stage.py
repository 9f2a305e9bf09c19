"""A real show on air for one fault: a camera, two servers, a recording, and what arrives at each of them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import msgspec
import psutil

from studio.bench.camera import Camera
from studio.errors import StudioError
from studio.outputs.receiver import check
from studio.show.plan import SourceReport
from studio.show.status import Status
from studio.show.wanted_store import WantedStore
from studio.system.locks import is_held
from studio.system.processes import command
from studio.workspace.paths import open_workspace
from studio.workspace.slots import SlotReader
from tests.faults.arrivals import FPS, Picture, first_fresh, first_since, kbps, lost_each, ticks
from tests.faults.camera import camera_jpegs
from tests.faults.ground import Trial
from tests.faults.tail import FlvTail
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.waiting import wait_for
from tests.shows.studio import Live, Studio

PRESET = "superfast"
KBPS = 2500
SHOW_FACTS = f"720p30, H.264 {KBPS / 1000:g} Mb/s, preset {PRESET} pinned, profile quality"
NAMES = ("one", "two")
_NOTED_NS = 10_000_000_000

_SHOW = """
version = 1
title = "Carved leather"
currency = "USD"

[[sources]]
name = "bench"
{source}

[[sources]]
name = "voice"
{voice}

[[scenes]]
name = "Bench"
layers = [ {{ source = "bench" }} ]

[[products]]
sku = "BAG-01"
name = "Carved shoulder bag"
price = "179.00"
stock = 1000

[[feeds]]
name = "wide"
size = [1280, 720]
fps = 30
video_kbps = {kbps}
audio_kbps = 128
profile = "quality"
preset = "{preset}"

{destinations}

[on_air]
scene = "Bench"
record = true
"""
_DESTINATION = """
[[destinations]]
name = "{name}"
feed = "wide"
url = "{url}"
key_env = "FAULTS_KEY_{number}"
"""


@dataclass(frozen=True, slots=True)
class More:
    """A further destination of the show."""

    name: str
    url: str
    key: str


@dataclass(slots=True)
class Stage:
    """A show on air. Destinations `one` and `two` publish under keys of those names."""

    trial: Trial
    studio: Studio
    live: Live
    servers: Sequence[NginxRtmp]
    tails: Sequence[FlvTail]
    buyers: list[str]

    @property
    def pictures(self) -> list[list[Picture]]:
        """What has arrived, by server."""
        return [list(tail.pictures) for tail in self.tails]

    def wait(self, seconds: float) -> None:
        self.trial.wait(seconds)

    def kill(self, role: str) -> int:
        """Kill the one process of that role; when."""
        process = self.studio.process(role)
        at_ns = self.trial.now_ns()
        process.kill()
        return at_ns

    def worker(self, source: str) -> psutil.Process:
        """The process of a source."""
        reader = SlotReader(self.studio.workspace.source_status(source))
        try:
            payload = wait_for(lambda: reader.read(0), 5, f"the report of {source}")
        finally:
            reader.close()
        return psutil.Process(msgspec.json.decode(payload, type=SourceReport).pid)

    def order(self) -> None:
        """Take an order as a seller does. Raises AssertionError when it is not taken."""
        self._order(f"buyer-{len(self.buyers)}")
        self.buyers.append(f"buyer-{len(self.buyers)}")

    def try_order(self) -> str:
        """Take an order if that is possible now; the answer's first line."""
        try:
            answer = self._order(f"buyer-{len(self.buyers)}")
        except (AssertionError, subprocess.TimeoutExpired) as error:
            return str(error).strip().splitlines()[0][:160]
        self.buyers.append(f"buyer-{len(self.buyers)}")
        return answer.strip().splitlines()[0]

    def lost_orders(self) -> int:
        """How many of those acknowledged are not in the log. What was only noted may take a moment."""

        def gone() -> set[str]:
            lines = self.studio.run("orders", "list", "--json").splitlines()
            return set(self.buyers) - {json.loads(line)["buyer"] for line in lines}

        deadline_ns = self.trial.now_ns() + _NOTED_NS
        while (left := gone()) and self.trial.now_ns() < deadline_ns:
            self.wait(1)
        return len(left)

    def _order(self, buyer: str) -> str:
        return self.studio.run("orders", "add", "--sku", "BAG-01", "--qty", "1", "--buyer", buyer)

    @property
    def connections(self) -> list[int]:
        """How many publishes each server has had."""
        return [tail.connections for tail in self.tails]

    def back_after(self, at_ns: int, server: int, known: list[int]) -> float | None:
        """Seconds from then to the first picture there on a connection that was not `known`; None: none comes."""
        tail = self.tails[server]
        return self.seconds_until(lambda: first_since(list(tail.pictures), at_ns, known[server]), at_ns)

    def fresh_after(self, at_ns: int, server: int) -> float | None:
        """Seconds from then to the next picture there that is not old; None: it does not come."""
        return self.seconds_until(lambda: first_fresh(list(self.tails[server].pictures), at_ns), at_ns)

    def seconds_until(self, picture: Callable[[], Picture | None], at_ns: int) -> float | None:
        """Seconds from then to the arrival of the picture that the function finds; None: it finds none in time."""
        try:
            found = wait_for(picture, self.trial.times.back)
        except AssertionError:
            return None
        return (found.arrived_ns - at_ns) / 1e9

    def seconds_until_rate(self, server: int, at_ns: int, rate: float, over_ns: int = 3_000_000_000) -> float | None:
        """Seconds from then until pictures arrive at so many kb/s; None: they do not, in time."""
        tail = self.tails[server]

        def reached() -> bool:
            now_ns = self.trial.now_ns()
            return now_ns - over_ns >= at_ns and kbps(tail.pictures, now_ns - over_ns, now_ns) >= rate

        try:
            wait_for(reached, self.trial.times.released)
        except AssertionError:
            return None
        return (self.trial.now_ns() - at_ns) / 1e9

    def losses(self, since_ns: int, until_ns: int) -> list[int]:
        """Frames that server one, server two and the recording lack in that time and another has. After the end."""
        start_ns = self.started_ns()
        recorded = ticks(picture_times(self.recordings()[-1])) if self.recordings() else set()
        received = [ticks(one.pts_ms / 1000 for one in tail.pictures if not one.connection) for tail in self.tails]
        since, until = (int((at - start_ns) / 1e9 * FPS) for at in (since_ns, until_ns))
        *servers, recording = lost_each([max(received, key=len), *received, recorded], since, until)[1:]
        return [*servers, recording]

    def skipped(self, before: Status) -> int:
        """Ticks skipped since that status, if the same engine is at work."""
        now = self.studio.status
        same = now.pid == before.pid and bool(now.feeds) and bool(before.feeds)
        return now.feeds[0].skipped - before.feeds[0].skipped if same else 0

    def end(self) -> Status:
        """End the show as a seller does; its last status."""
        self.studio.run("off")
        if self.live.process.poll() is None:
            self.live.wait()
        self.studio.wait_ended()
        return self.studio.status

    def recordings(self) -> list[Path]:
        """What was recorded, oldest first."""
        found = self.studio.workspace.recordings.glob("*.mp4")
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)

    def started_ns(self) -> int:
        """When the show's first tick was due: time 0 of its recording."""
        store = WantedStore(self.studio.workspace.wanted_db)
        try:
            lease = store.lease()
        finally:
            store.close()
        assert lease is not None
        return lease.started_ns


@contextmanager
def on_air(
    trial: Trial,
    *,
    source: str = "",
    voice: str = 'kind = "tone"',
    host: str = "127.0.0.1",
    more: Sequence[More] = (),
    env: Mapping[str, str] | None = None,
    prefix: Sequence[str] = (),
    home: Path | None = None,
    wait: bool = True,
) -> Iterator[Stage]:
    """A show on air at both servers for some seconds already. At the end nothing of it is left.

    `more`: destinations beside the two servers; `host`: where those listen; `prefix`: words before the command that
    goes live; `wait`: until all is well.
    """
    ground = trial.ground
    with ExitStack() as stack:
        servers = [NginxRtmp(ground.place("server"), record=True, host=host) for _ in NAMES]
        for server in servers:
            stack.callback(server.stop)
        tails = [
            stack.enter_context(FlvTail(server.recordings_folder, name, ground.clock))
            for server, name in zip(servers, NAMES, strict=True)
        ]
        if not source:
            camera = stack.enter_context(Camera(camera_jpegs(), ground.clock))
            source = f'kind = "url"\npath = "{camera.url}"'
        workspace = open_workspace(home or ground.place("home"))
        stack.callback(shutil.rmtree, workspace.runtime, ignore_errors=True)
        places = [*(More(name, one.app_url, name) for name, one in zip(NAMES, servers, strict=True)), *more]
        given = {
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={ground.folder / 'no-bus'}",
            **{f"FAULTS_KEY_{number}": one.key for number, one in enumerate(places)},
            **(env or {}),
        }
        studio = Studio(workspace, given, prefix)
        stack.callback(studio.close)
        show = workspace.home / "show.toml"
        show.write_text(
            _SHOW.format(
                source=source,
                voice=voice,
                kbps=KBPS,
                preset=PRESET,
                destinations="".join(
                    _DESTINATION.format(name=one.name, url=one.url, number=number)
                    for number, one in enumerate(places)
                ),
            ),
            encoding="utf-8",
        )
        live = studio.live(show)
        stage = Stage(trial, studio, live, servers, tails, [])
        if wait:
            studio.wait(_all_well, "both live, recorded, with a picture")
            trial.wait(trial.times.warm)
        yield stage


def _all_well(now: Status) -> bool:
    return (
        now.mode == "live"
        and [one.state for one in now.destinations[:2]] == ["live", "live"]
        and all(one.state == "ok" for one in now.sources)
        and all(one.frames > 0 for one in now.destinations[:2])
    )


@contextmanager
def window(stage: Stage) -> Iterator[psutil.Process]:
    """The studio's window, open beside the show."""
    process = subprocess.Popen(
        command("_window"), env={**stage.studio.env, "QT_QPA_PLATFORM": "offscreen"}, stdin=subprocess.DEVNULL
    )
    try:
        lock = stage.studio.workspace.lock("window")
        wait_for(lambda: is_held(lock), 30, "the window")
        yield psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def picture_times(path: Path) -> list[float]:
    """When each of a file's pictures is shown, in seconds, in order. Raises StudioError."""
    try:
        with av.open(str(path)) as container:
            times = [
                float(one.pts * one.time_base)
                for one in container.demux(video=0)
                if one.pts is not None and one.time_base is not None
            ]
    except (OSError, av.FFmpegError) as error:
        raise StudioError(f"{path.name} cannot be read ({error})", do="see its log") from error
    return sorted(times)


def not_playable(stage: Stage) -> list[str]:
    """What is wrong with the recordings, decoded whole, in words. A gap in time is nothing wrong."""
    failures = [] if stage.recordings() else ["no recording is left"]
    for path in stage.recordings():
        try:
            found = check(path)
        except (OSError, av.FFmpegError) as error:
            failures.append(f"{path.name} cannot be decoded ({error})")
            continue
        if found.errors or not found.rising or not found.frames or not found.sound_seconds:
            failures.append(f"{path.name} is damaged: {found}")
    return failures


def studio_environment() -> None:
    """Neither the person's studio nor its database has any part in this."""
    for name in ("BENCHCAST_HOME", "BENCHCAST_DATABASE_URL"):
        os.environ.pop(name, None)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
