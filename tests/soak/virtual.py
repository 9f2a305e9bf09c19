"""`python -m tests.soak --virtual`: four hours on air in minutes, with all that can drift or grow there.

The show's encoders, feed and mix threads, adapter, recorder, replay and destinations are the real ones, on a clock
that jumps (`tests.soak.jumping`). Camera and microphone, the servers and the control thread are the driver's.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import av
import psutil
from msgspec.structs import replace

from studio.bench import procfs
from studio.engine.compose import place
from studio.engine.feed import FeedThread
from studio.engine.inlet import InletSettings
from studio.engine.inlets import SourceInlet
from studio.engine.keys import KeyAsker
from studio.engine.live import LiveShow
from studio.engine.sound import MixThread, SoundPlan, SoundSource, picture_delay_ms
from studio.media.clock import SystemClock
from studio.outputs.network import NetworkLoop
from studio.show.model import Destination, Feed, Layer, Scene, Show, Source
from studio.show.plan import plan_sources
from studio.show.wanted import opened
from studio.workspace.paths import Workspace, open_workspace
from tests.soak.devices import RingCamera, RingMicrophone
from tests.soak.jumping import JumpClock, JumpLoop
from tests.soak.offsets import Luma, Window
from tests.soak.receiver import Receiver

SHOW_FACTS = "160×90 at 30, ultrafast, profile quality, two receivers and a recording, microphone 200 ppm fast"
_FEED = Feed(
    name="wide", size=(160, 90), fps=30, video_kbps=150, audio_kbps=64, preset="ultrafast", profile="quality"
)
_PART = datetime(2026, 8, 1, 20, 0, tzinfo=UTC)
_NAMES = ("one", "two")
_CONTROL_NS = 50_000_000
_BEAT_TURNS = 4  # a source tells that it lives every so many turns of control
_CHAPTER_TURNS = 12_000  # ten minutes
_THREADS = ("mix", "feed:wide")  # that wait for the clock, in the order in which they go on
_PASSING = ("resolve", "trust", "tls", "drain")  # threads that do one thing and end
_REAL_S = 120.0
_SHORT_LOOK_NS = 1_000_000


@dataclass(frozen=True, slots=True)
class Moment:
    """One look at the process, which is also the driver's and the receivers'. `queued_ms` of the slowest place."""

    t: float
    rss_mb: float
    handles: int
    threads: int
    ticks: int
    frames: int
    queued_ms: int
    dropped: int
    drift_ms: float
    real_s: float


@dataclass(slots=True)
class Found:
    """All of a virtual soak.

    Attributes:
        ticks: of the feed, to the end; `frames`: pictures at each receiver; `recorded`: in the file.
        windows: of the first receiver, looked at as it went.
        connections: that each receiver has had.
    """

    moments: list[Moment] = field(default_factory=list)
    windows: list[Window] = field(default_factory=list)
    ticks: int = 0
    frames: list[int] = field(default_factory=list)
    connections: list[int] = field(default_factory=list)
    recorded: int = 0
    recording: Path | None = None


def middle(luma: Luma) -> float:
    """The brightness of all of a small picture without overlays."""
    return float(luma[::8, ::8].mean())


class VirtualShow:
    """A show on a clock that jumps. `step` is one jump; the thread that calls it drives everything."""

    def __init__(self, workspace: Workspace, folder: Path, *, record: bool = True) -> None:
        self.clock = clock = JumpClock()
        self._real = SystemClock()
        self.receivers = [Receiver() for _ in _NAMES]
        sockets = [socket.create_server(("127.0.0.1", 0)) for _ in _NAMES]
        self.show = show = _show([sock.getsockname()[1] for sock in sockets])
        self._wanted = replace(opened(show), mode="live", show_id="virtual", record=record)
        begin_ns = clock.now_ns()
        plans = {plan.source.name: plan for plan in plan_sources(show)}
        self._camera = RingCamera(workspace, plans["bench"], folder, begin_ns)
        self._microphone = RingMicrophone(workspace, plans["voice"], folder, begin_ns)
        self._beat()
        self._inlets = {name: SourceInlet(plan, workspace, clock) for name, plan in plans.items()}
        for inlet in self._inlets.values():
            inlet.refresh()
        self.feed = FeedThread(_FEED, clock, begin_ns)
        self.feed.scene = place(show.scenes[0], _FEED, self._inlets)
        self.mix = MixThread(clock, begin_ns)
        self._loop = JumpLoop(clock)
        self._network = NetworkLoop(lambda: self._loop)
        keys = KeyAsker(lambda _: False)
        self.live = LiveShow(
            self._wanted,
            {_FEED.name: self.feed},
            workspace,
            clock,
            keys,
            begin_ns,
            _PART,
            resumed=False,
            network=self._network,
        )
        self._air = self.live.feeds[_FEED.name]
        self._sockets = sockets
        self._servers: list[asyncio.Server] = []
        self._control_ns, self._turn = begin_ns + _CONTROL_NS, 0

    @property
    def seconds(self) -> float:
        """Of the show."""
        return self.feed.position_ns / 1e9

    def start(self) -> None:
        """Connect while the clock stands still, and go on air."""
        self.feed.start()
        self.mix.start()
        self.live.meet(self._wanted)
        self._servers = [
            self._network.submit(self._serve(one, sock)).result(_REAL_S)
            for one, sock in zip(self.receivers, self._sockets, strict=True)
        ]
        self._until(lambda: all(one.connections for one in self.receivers), "both connections")
        sound = self._inlets["voice"].rings
        assert sound is not None
        assert sound.sound is not None
        settings = InletSettings(delay_ms=picture_delay_ms(self.show))
        source = SoundSource(sound.generation, sound.sound, settings)
        self.mix.follow(SoundPlan({"voice": source}, self.live.listeners, muted=False))
        self.live.start(self._wanted)
        self.clock.rest(self._is_at_rest)

    def step(self) -> None:
        """Go to the next moment at which anything is due, and have all of it done in its order."""
        clock = self.clock
        dues = [clock.due_ns(name) for name in _THREADS]
        dues += [self._microphone.due_ns, self._camera.due_ns, self._control_ns, self._loop.until_ns]
        clock.jump(min(due for due in dues if due is not None))
        now_ns = clock.now_ns()
        while self._microphone.due_ns <= now_ns:
            self._microphone.work()
        while self._camera.due_ns <= now_ns:
            self._camera.work()
        for name in _THREADS:
            if clock.release(name):
                clock.rest(self._is_at_rest)
        if self._control_ns <= now_ns:
            self._control()
            clock.rest(self._is_at_rest)
        if self._loop.until_ns is not None and self._loop.until_ns <= now_ns:
            self._loop.poke()
            clock.rest(self._is_at_rest)

    def end(self) -> None:
        """End the show in order. Its own seconds stand still meanwhile, so this computer may take its time."""
        output = self._air.output
        self.feed.put_on_air(None)
        while not output.closed.is_set():
            self.step()
        for recorder in self._air.recorders:
            assert recorder.finish(_REAL_S), "the recording is not closed"
        for destination in self._air.destinations.values():
            assert destination.stop(_REAL_S), "a destination does not end"
        for server in self._servers:
            self._network.call(server.close)
        self.live.end()
        self.feed.stop()
        self.mix.stop()
        self._camera.reporter.close()
        self._microphone.reporter.close()

    def moment(self, began_ns: int) -> Moment:
        """A look at the process; `began_ns`: the real clock at the beginning."""
        process = psutil.Process()
        statuses = self.live.destination_status()
        behind_s = self._air.recorder.status().behind_s if self._air.recorder is not None else 0.0
        return Moment(
            t=self.seconds,
            rss_mb=procfs.memory_mb(os.getpid())[0],
            handles=process.num_fds(),
            threads=process.num_threads(),
            ticks=self.feed.pace.frames,
            frames=min(one.frames for one in self.receivers),
            queued_ms=max(round(behind_s * 1000), *(one.queued_ms for one in statuses)),
            dropped=sum(one.dropped for one in statuses),
            drift_ms=self.mix.status.drift_ms,
            real_s=(self._real.now_ns() - began_ns) / 1e9,
        )

    async def _serve(self, receiver: Receiver, sock: socket.socket) -> asyncio.Server:
        return await self._loop.create_server(lambda: receiver, sock=sock)

    def _control(self) -> None:
        """A turn of the control thread."""
        self._control_ns += _CONTROL_NS
        self._turn += 1
        if self._turn % _BEAT_TURNS == 0:
            self._beat()
            for inlet in self._inlets.values():
                inlet.refresh()
        if self._turn % _CHAPTER_TURNS == 0:
            self.live.chapter(f"Product {self._turn // _CHAPTER_TURNS}")
        self.live.follow(self._wanted)
        self._until(self._is_written_down, "the recorder and passing threads")

    def _beat(self) -> None:
        for one in (self._camera, self._microphone):
            one.reporter.beat(self.clock.now_ns())

    def _is_written_down(self) -> bool:
        recorder = self._air.recorder
        passing = any(thread.name in _PASSING for thread in threading.enumerate())
        return not passing and (recorder is None or recorder._queue.oldest_ns() is None)

    def _is_at_rest(self) -> bool:
        """Both threads wait for a moment to come, the loop for a timer, and every byte sent has been read."""
        for name in _THREADS:
            due_ns = self.clock.due_ns(name)
            if due_ns is None:
                return False
        if not self._loop.is_at_rest:
            return False
        for destination, receiver in zip(self._air.destinations.values(), self.receivers, strict=True):
            publisher = destination._publisher
            if publisher is None or publisher.taken != receiver.read:
                return False
        return True

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        """In real time. Raises AssertionError after half a minute."""
        deadline_ns = self._real.now_ns() + int(_REAL_S * 1e9)
        never = threading.Event()
        while not holds():
            assert self._real.now_ns() < deadline_ns, f"waited for {what}"
            self._real.wait_until(self._real.now_ns() + _SHORT_LOOK_NS, never)


def soak(
    show: VirtualShow, found: Found, seconds: float, look_s: float, stop: threading.Event | None = None
) -> Iterator[None]:
    """Run a show for so long, or until `stop` is set; fills `found`.

    Each `look_s` seconds a moment is noted, a window of the stream begun, and the caller gets a turn. What can be
    known at the end only is there when the iteration ends.
    """
    began_ns = SystemClock().now_ns()
    show.start()
    first, next_s = show.receivers[0], look_s
    while show.seconds < seconds and not (stop is not None and stop.is_set()):
        show.step()
        if first.has_kept:
            found.windows.append(first.window(next_s - look_s, middle))
        if show.seconds >= next_s:
            next_s += look_s
            found.moments.append(show.moment(began_ns))
            first.keep()
            yield
    show.end()
    found.ticks = show.feed.pace.frames
    found.frames = [one.frames for one in show.receivers]
    found.connections = [one.connections for one in show.receivers]
    found.recording = Path(show.live.recording_status()[0].path)
    with av.open(str(found.recording)) as file:
        found.recorded = sum(packet.size > 0 for packet in file.demux(video=0))


@contextmanager
def in_folder(folder: Path | None = None, *, record: bool = True) -> Iterator[VirtualShow]:
    """A show with a workspace of its own, which is gone afterwards."""
    place_of = Path(tempfile.mkdtemp(prefix="benchcast-virtual-")) if folder is None else folder
    workspace = open_workspace(place_of / "home")
    try:
        yield VirtualShow(workspace, place_of, record=record)
    finally:
        shutil.rmtree(workspace.runtime, ignore_errors=True)
        if folder is None:
            shutil.rmtree(place_of, ignore_errors=True)


def _show(ports: list[int]) -> Show:
    return Show(
        title="Virtual",
        language="en",
        currency="USD",
        sources=(Source(name="bench", kind="camera"), Source(name="voice", kind="microphone")),
        scenes=(Scene(name="Bench", layers=(Layer(source="bench"),)),),
        feeds=(_FEED,),
        destinations=tuple(
            Destination(name=name, feed=_FEED.name, url=f"rtmp://127.0.0.1:{port}/live", key_from="none")
            for name, port in zip(_NAMES, ports, strict=True)
        ),
    )
