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

import msgspec
import psutil

from studio.bench.camera import Camera
from studio.show.plan import SourceReport
from studio.show.status import Status
from studio.show.wanted_store import WantedStore
from studio.system.locks import is_held
from studio.system.processes import command
from studio.workspace.paths import Workspace, open_workspace
from studio.workspace.slots import SlotReader
from tests.faults.account import Account, reckon
from tests.faults.arrivals import Picture, first_fresh, first_since, kbps
from tests.faults.camera import camera_jpegs
from tests.faults.ground import Trial
from tests.faults.recorded import pictures_of
from tests.faults.tail import FlvTail
from tests.services.desktop import SecretService
from tests.services.nginx_rtmp import NginxRtmp
from tests.services.waiting import wait_for
from tests.shows.studio import Live, Studio

PRESET = "superfast"
SHOW_FACTS = f"720p30, H.264 2.5 Mb/s, preset {PRESET} pinned, profile quality"
NAMES = ("one", "two")
_NOTED_NS = 10_000_000_000
_ON_AIR_S, _ENDED_S, _JOINED_S = 90, 90, 90  # of a busy computer

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
size = {size}
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
{key}
"""


@dataclass(frozen=True, slots=True)
class More:
    """A further destination of the show."""

    name: str
    url: str
    key: str


@dataclass(frozen=True, slots=True)
class Mark:
    """How things stood at a moment. `connections`: how many publishes each server has had."""

    at_ns: int
    pid: int
    skipped: int
    connections: tuple[int, ...]


@dataclass(slots=True)
class Stage:
    """A show on air. Destinations `one` and `two` publish under keys of those names.

    `started_ns`: when the show's first tick was due.
    """

    trial: Trial
    studio: Studio
    live: Live
    servers: Sequence[NginxRtmp]
    tails: Sequence[FlvTail]
    buyers: list[str]
    started_ns: int

    @property
    def pictures(self) -> list[list[Picture]]:
        """What has arrived, by server."""
        return [list(tail.pictures) for tail in self.tails]

    def wait(self, seconds: float) -> None:
        self.trial.wait(seconds)

    def mark(self) -> Mark:
        """How things stand now."""
        now = self.studio.wait(lambda now: bool(now.feeds), "a status with a feed")
        return Mark(self.trial.now_ns(), now.pid, now.feeds[0].skipped, tuple(self.connections))

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

    def orders(self) -> list[dict[str, object]]:
        """The order log's lines."""
        return [json.loads(line) for line in self.studio.run("orders", "list", "--json").splitlines()]

    def lost_orders(self) -> int:
        """How many of those acknowledged are not in the log. What was only noted may take a moment."""

        def gone() -> set[str]:
            return set(self.buyers) - {str(line["buyer"]) for line in self.orders()}

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

    def back_after(self, at_ns: int, server: int, known: Sequence[int]) -> float | None:
        """Seconds from then to the first picture there on a connection that was not `known`; None: none comes."""
        tail = self.tails[server]
        return self.seconds_until(lambda: first_since(list(tail.pictures), at_ns, known[server]), at_ns)

    def wait_fresh(self, at_ns: int, server: int) -> None:
        """Until a picture there seems not to be old, or the time for that is over; `Account` knows."""
        self.seconds_until(lambda: first_fresh(list(self.tails[server].pictures), at_ns), at_ns)

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

    def end(self) -> Status:
        """End the show as a seller does; its last status. Raises AssertionError when something does not end."""
        self.studio.run("off")
        wait_for(lambda: self.live.process.poll() is not None, _ENDED_S, "the command that went live to end")
        self.live.wait()
        self.studio.wait_ended(_ENDED_S)
        return self.studio.status

    def recordings(self) -> list[Path]:
        """What was recorded, oldest first."""
        found = self.studio.workspace.recordings.glob("*.mp4")
        return sorted(found, key=lambda path: path.stat().st_mtime_ns)

    def recording(self) -> Path:
        """The show's recording as one file. After the end.

        Raises AssertionError when there is none, or its parts have not become one.
        """
        found = self.studio.status.recordings
        if not found:
            assert self.recordings(), "nothing was recorded"
            return self.recordings()[-1]
        (one,) = found
        others = [Path(part) for part in one.parts if part != one.path]
        assert one.joining or not others, f"the recording has {len(others) + 1} parts, and nobody joins them"
        wait_for(lambda: not any(part.exists() for part in others), _JOINED_S, "the recording's parts to be joined")
        return Path(one.path)

    def account(self) -> Account:
        """Where each picture went. After the end; raises as `recording` does, or StudioError."""
        return reckon(self.started_ns, pictures_of(self.recording()), self.pictures)


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
    in_keyring: bool = False,
) -> Iterator[Stage]:
    """A show on air at both servers for some seconds already. At the end nothing of it is left.

    `more`: destinations beside the two servers; `host`: where those listen; `prefix`: words before the command that
    goes live; `in_keyring`: that is where the keys are, and not only with that command.
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
            camera = stack.enter_context(Camera(camera_jpegs(trial.size), ground.clock))
            source = f'kind = "url"\npath = "{camera.url}"'
        workspace = open_workspace(home or ground.place("home"))
        stack.callback(shutil.rmtree, workspace.runtime, ignore_errors=True)
        places = [*(More(name, one.app_url, name) for name, one in zip(NAMES, servers, strict=True)), *more]
        given = {"DBUS_SESSION_BUS_ADDRESS": f"unix:path={ground.folder / 'no-bus'}"}
        if in_keyring:
            keyring = SecretService(ground.place("keyring"))
            stack.callback(keyring.stop)
            given |= keyring.env
        else:
            given |= {_variable(number): one.key for number, one in enumerate(places)}
        studio = Studio(workspace, {**given, **(env or {})}, prefix)
        stack.callback(studio.close)
        if in_keyring:
            for one in places:
                studio.run("key", "set", one.name, stdin=one.key + "\n")
        show = workspace.home / "show.toml"
        show.write_text(_show(trial, source, voice, places, in_keyring=in_keyring), encoding="utf-8")
        live = studio.live(show)
        studio.wait(_all_well, "both live, recorded, with a picture", _ON_AIR_S)
        stage = Stage(trial, studio, live, servers, tails, [], _started_ns(workspace))
        trial.wait(trial.times.warm)
        yield stage


def _show(trial: Trial, source: str, voice: str, places: Sequence[More], *, in_keyring: bool) -> str:
    destinations = (
        _DESTINATION.format(
            name=one.name,
            url=one.url,
            key='key = "keyring"' if in_keyring else f'key_env = "{_variable(number)}"',
        )
        for number, one in enumerate(places)
    )
    return _SHOW.format(
        source=source,
        voice=voice,
        size=list(trial.size),
        kbps=trial.kbps,
        preset=PRESET,
        destinations="".join(destinations),
    )


def _variable(number: int) -> str:
    return f"FAULTS_KEY_{number}"


def _started_ns(workspace: Workspace) -> int:
    """Show time 0. Noted by the engine on a thread of its own, so a moment may pass."""
    store = WantedStore(workspace.wanted_db)
    try:
        return wait_for(lambda: lease.started_ns if (lease := store.lease()) else 0, 10, "the show's beginning")
    finally:
        store.close()


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


def studio_environment() -> None:
    """Neither the person's studio nor its database has any part in this."""
    for name in ("BENCHCAST_HOME", "BENCHCAST_DATABASE_URL"):
        os.environ.pop(name, None)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
