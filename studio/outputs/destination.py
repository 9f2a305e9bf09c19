"""One destination: its queue, its connection, and what is done when that ends."""

from __future__ import annotations

import asyncio
import concurrent.futures
import logging
import random
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from typing import Literal, NoReturn

from studio.errors import StudioError
from studio.media.clock import Clock
from studio.media.packet import Packet, StreamFormat
from studio.outputs import flv
from studio.outputs.knock import until_reachable
from studio.outputs.meters import AgeHistogram, RateMeter
from studio.outputs.network import NetworkLoop, first_of
from studio.outputs.retry import Retry, RetryTimes
from studio.outputs.rtmp import Deadlines, RtmpPublisher, open_publisher
from studio.outputs.send_queue import SendQueue
from studio.outputs.statuses import Busy, Ended, HungUp, Lost, Refused, Returned, hung_up_at_once, unreachable
from studio.outputs.wire import Place, obstacle
from studio.show.address import ingest_address
from studio.system.secret import Secret

State = Literal["off", "connecting", "live", "stalled", "reconnecting", "refused", "stopped"]

_MAX_QUEUE_BYTES = 32 << 20
_GHOST = "The server says in use, as long as it holds the connection that dropped: asked again each second"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """Every delay and deadline of a destination, in seconds."""

    deadlines: Deadlines = field(default_factory=Deadlines)
    retry: RetryTimes = field(default_factory=RetryTimes)
    key: float = 10.0  # to be told the key; whoever reads a keyring keeps a shorter one
    queue: float = 2.5  # what waits longer is dropped: with encoder and network, viewers are 4 s behind at most
    stall: float = 2.0  # the kernel took nothing for so long
    watch: float = 0.25  # how often that is looked at
    stall_probe: float = 5.0  # between looks whether a stalled server's computer is still there
    gone: float = 0.75  # no answer for so long: the network is away
    goes_on: float = 0.25  # once it is back, so long may the old connection take to send again


@dataclass(frozen=True, slots=True)
class DestinationStatus:
    """What is actual now; the fields are those of the status JSON."""

    state: State
    reason: str
    kbps: int
    frames: int
    dropped: int
    queued_ms: int
    reconnects: int
    taking_kbps: int = 0  # in the newest half second, where `kbps` is of two; 0: it takes nothing at all just now


@dataclass(frozen=True, slots=True)
class ShowTime:
    """A row of the table from a connection's time to show time: time 0 of `connection` is `offset_ns`."""

    connection: int
    offset_ns: int


class _Asked(Exception):
    """A person wants a try now: whatever is under way is given up for it."""


class Destination:
    """Publishes a feed's packets to one server, and keeps doing so until it is stopped or refused.

    Its methods may be called from any thread; the work is done on the network loop. There, at each change of state,
    `on_change` is called, and `wants_key_frame` when a connection is ready and waits for one: both must return at
    once. `key` is awaited there at each connect; a StudioError from it refuses the destination, unless it is a Lost.
    `resuming`: an engine that died was publishing this moments ago, so "in use" is taken for its ghost.
    `held`: connect, but publish nothing and send no key before `go`: a server far away is met while a camera opens.

    Raises:
        InputError: `url` is no RTMP address.
    """

    def __init__(
        self,
        name: str,
        url: str,
        key: Callable[[], Awaitable[Secret]],
        format: StreamFormat,  # noqa: A002 - the word for it everywhere here
        clock: Clock,
        network: NetworkLoop,
        *,
        timing: Timing | None = None,
        resuming: bool = False,
        held: bool = False,
        wants_key_frame: Callable[[], None] = lambda: None,
        on_change: Callable[[DestinationStatus], None] = lambda _: None,
    ) -> None:
        self.name = name
        self._address = ingest_address(url, f"destination {name}, url")
        self._read_key = key
        self._clock = clock
        self._network = network
        self._timing = timing or Timing()
        self._wants_key_frame = wants_key_frame
        self._on_change = on_change
        self._more = asyncio.Event()
        self._kick = asyncio.Event()
        self._goes_on = asyncio.Event()
        self._may_publish = asyncio.Event()
        if not held:
            self._may_publish.set()
        self._stopping = False
        self._queue = SendQueue(
            format,
            clock,
            lambda: network.call(self._more.set),
            max_age_ns=round(self._timing.queue * 1e9),
            max_bytes=_MAX_QUEUE_BYTES,
        )
        live_until_s = clock.now_ns() / 1e9 if resuming else None
        self._retry = Retry(self._timing.retry, random.random, live_until_s)
        self._task: asyncio.Task[None] | None = None
        self._publisher: RtmpPublisher | None = None
        self._place: Place | None = None  # where the server was last
        self._connections = 0
        self._status_lock = threading.Condition()
        self._status = DestinationStatus("off", "", 0, 0, 0, 0, 0)
        self._frames = 0
        self._rate = RateMeter()
        self._show_times: deque[ShowTime] = deque(maxlen=4096)
        self.ages = AgeHistogram()

    def start(self) -> None:
        """Connect and publish."""
        self._network.call(self._begin)

    def go(self) -> None:
        """Publish from now on, if this was held."""
        self._network.call(self._may_publish.set)

    def offer(self, packet: Packet) -> None:
        """Hand over a packet; returns at once, whatever the server does."""
        self._queue.offer(packet)

    def begin_afresh(self) -> None:
        """Leave out what waits, and go on with the next key frame."""
        self._queue.begin_afresh()

    def change_format(self, format: StreamFormat) -> None:  # noqa: A002 - as above
        """From the next packet on the stream is another: connect anew, with fresh headers."""
        self._queue.change(format)

    def renew(self) -> None:
        """Leave the connection in order and make another: after a sleep the server has given this one up."""
        self._queue.change(self._queue.stream)

    def retry(self) -> None:
        """Try now: a person has mended what was refused, or does not want to wait. A connection that holds stays."""
        self._network.call(self._ask)

    def stop(self, deadline_s: float = 3.0) -> bool:
        """Send what waits and end the stream in order; after the deadline, end it anyhow. Waits for that.

        False: the network thread did not answer.
        """
        try:
            self._network.submit(self._stop(deadline_s)).result(deadline_s + 1.0)
        except (concurrent.futures.TimeoutError, concurrent.futures.CancelledError, RuntimeError):
            return False
        return True

    def status(self) -> DestinationStatus:
        now_ns = self._clock.now_ns()
        oldest_ns = self._queue.oldest_ns()
        queued_ms = 0 if oldest_ns is None else max(0, now_ns - oldest_ns) // 1_000_000
        with self._status_lock:
            return replace(
                self._status,
                kbps=self._rate.kbps(now_ns),
                taking_kbps=self._rate.taking_kbps(now_ns),
                frames=self._frames,
                dropped=self._queue.dropped,
                queued_ms=queued_ms,
                reconnects=max(0, self._connections - 1),
            )

    @property
    def has_published(self) -> bool:
        """Whether the server has ever taken its key."""
        return self._connections > 0

    def wait_for(self, states: Collection[State], timeout_s: float) -> bool:
        """Wait until the state is one of `states`. False: it was not, in time."""
        with self._status_lock:
            return self._status_lock.wait_for(lambda: self._status.state in states, timeout_s)

    def show_times(self) -> tuple[ShowTime, ...]:
        """Where each connection's time 0 lies in show time, oldest first."""
        return tuple(self._show_times)

    def __repr__(self) -> str:
        return f"Destination({self.name!r}, {self._status.state})"

    # On the network loop from here on.

    def _begin(self) -> None:
        if self._task is None and not self._stopping:
            self._become("connecting")
            self._task = asyncio.create_task(self._run(), name=f"destination {self.name}")

    def _ask(self) -> None:
        if self._status.state != "live":  # a connection that holds is no case for another try, nor is its later loss
            self._kick.set()

    async def _stop(self, deadline_s: float) -> None:
        self._stopping = True
        self._more.set()
        if self._task is not None:
            if self._publisher is None or self._status.state == "reconnecting":  # nobody is there to end it with
                self._task.cancel()
            await asyncio.wait({self._task}, timeout=deadline_s)
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=0.5)
        self._queue.shut()
        self._become("stopped", self._status.reason)

    async def _run(self) -> None:
        while not self._stopping:
            self._kick.clear()  # who asked before now gets this try
            try:
                await self._try()
            except _Asked:
                self._retry.start_over(self._now_s())
                self._become("connecting")

    async def _try(self) -> None:
        """One connection, and after it what its end wants: a wait, or a person. Raises _Asked."""
        try:
            await self._connection()
        except Ended as why:
            wait_s = self._retry.ended(why, self._now_s())
            if wait_s is None:
                self._become("refused", str(why))
                await self._asked()
            else:
                reason = _GHOST if isinstance(why, Busy) else str(why)
                self._become("reconnecting" if self._connections else "connecting", reason)
                await first_of(self._wait(wait_s), self._asked())
        except _Asked:
            raise
        except Exception:  # noqa: BLE001 - our own fault: said so, and tried again like any other loss
            _log.exception("destination %s failed", self.name)
            self._become("reconnecting", "A fault in this program; it is written to the log")
            await first_of(self._wait(self._timing.retry.steps[-1]), self._asked())

    async def _asked(self) -> NoReturn:
        """Until a person asks for another try. Raises _Asked."""
        await self._kick.wait()
        raise _Asked

    async def _wait(self, seconds: float) -> None:
        """Before the next attempt: there is none while the server cannot be reached, and one at once when it can."""
        due_s = self._now_s() + seconds
        times = self._timing.retry
        while True:
            if self._retry.unreachable:
                await self._reached()
                if self._retry.returned(self._now_s()):
                    return
            left_s = due_s - self._now_s()
            if left_s <= times.probe:
                await asyncio.sleep(max(0.0, left_s))
                return
            await asyncio.sleep(times.probe)
            host, port = self._address.host, self._address.port
            fault = await obstacle(host, port, times.probe_timeout, known=self._place)
            self._retry.probed(reached=fault is None)
            if fault is not None:
                self._become(self._status.state, str(unreachable(host, port, fault)))

    async def _reached(self) -> None:
        """Until the server's computer can be reached."""
        times = self._timing.retry
        await until_reachable(
            self._address.host,
            self._address.port,
            every_s=times.knock,
            each_s=times.probe_timeout,
            known=self._place,
        )

    async def _connection(self) -> None:
        """One connection, from the key to its end. Returns when the next should follow at once.

        Raises:
            Ended: it could not be made, or was lost.
            _Asked: a person did not want to wait for it.
        """
        publisher = await first_of(self._open(), self._asked())
        try:
            self._publisher, self._place = publisher, publisher.place
            await self._send_stream(publisher)
            await publisher.finish()
        except HungUp as why:
            if self._retry.has_worked(self._now_s()):
                raise
            raise hung_up_at_once() from why
        finally:
            self._publisher = None
            self._queue.shut()
            publisher.abort()

    async def _open(self) -> RtmpPublisher:
        """A connection that the server has taken the key on. Raises Ended."""
        key = await self._key()
        publisher = await open_publisher(
            self._address,
            key,
            send_buffer=self._send_buffer(),
            deadlines=self._timing.deadlines,
            known=self._place,
        )
        try:
            await self._may_publish.wait()
            await publisher.publish()
        except BaseException:
            publisher.abort()
            raise
        return publisher

    async def _key(self) -> Secret:
        try:
            async with asyncio.timeout(self._timing.key):
                return await self._read_key()
        except TimeoutError as error:
            raise Lost("The stream key could not be read in time", do="unlock this computer's keyring") from error
        except Ended:
            raise
        except StudioError as error:
            raise Refused(error.what, do=error.do) from error

    def _send_buffer(self) -> int:
        """A quarter of a second of the stream: more would hide how late pictures leave.

        It is enough for a server a quarter of a second away; and what is in the network when its link becomes thin is
        mostly lost, and sent again before all that is newer.
        """
        stream = self._queue.stream
        return max(64 * 1024, (stream.video.kbps + stream.audio.kbps) * 1000 // 8 // 4)

    async def _send_stream(self, publisher: RtmpPublisher) -> None:
        """Send until the show or the format ends. Raises Ended when the connection does."""
        stream, generation = self._queue.open()
        await publisher.send_data(flv.metadata(stream))
        await publisher.send_video(0, flv.video_header(stream.video.extradata))
        await publisher.send_audio(0, flv.audio_header(stream.audio.extradata))
        self._connections += 1
        self._retry.went_live(self._now_s())
        self._kick.clear()  # who asked for a try has it; the next loss takes its steps
        publisher.count_taken(self._count)
        self._become("live")
        self._wants_key_frame()
        try:
            await first_of(self._send_all(publisher, generation), publisher.listen(), self._watch(publisher))
        except Lost as why:
            if self._status.state == "reconnecting" and not isinstance(why, Returned):
                raise Returned(why.what, do=why.do) from why  # it ended because the network was away
            raise

    async def _send_all(self, publisher: RtmpPublisher, generation: int) -> None:
        """Send what is offered. Returns when all is sent after a stop, and when the format has changed."""
        publisher.on_reply = self._more.set
        base_ns: int | None = None
        while self._queue.generation == generation:
            self._more.clear()
            waiting = self._queue.take()
            if waiting is None:
                if self._stopping:
                    return
                await publisher.send_replies()
                await self._more.wait()
                continue
            if waiting.first:
                base_ns = waiting.packet.dts_ns
                self._show_times.append(ShowTime(self._connections, base_ns))
            # Sound that is from before the connection's first picture has no place on it: time never is negative.
            if base_ns is not None and waiting.packet.dts_ns >= base_ns:
                await self._send(publisher, waiting.packet, base_ns)
            self._queue.taken()

    async def _send(self, publisher: RtmpPublisher, packet: Packet, base_ns: int) -> None:
        stamp_ms = _round_ms(packet.dts_ns - base_ns)
        body = flv.packet_body(packet, _round_ms(packet.pts_ns - base_ns) - stamp_ms)
        if packet.kind == "video":
            await publisher.send_video(stamp_ms, body)
        else:
            await publisher.send_audio(stamp_ms, body)
        if packet.kind == "video":
            with self._status_lock:
                self._frames += 1
                self.ages.add(self._clock.now_ns() - packet.born_ns)

    def _count(self, taken: int) -> None:
        self._goes_on.set()
        with self._status_lock:
            self._rate.add(taken, self._clock.now_ns())

    async def _watch(self, publisher: RtmpPublisher) -> NoReturn:
        """Tell a stall. The connection is kept, for a second one beside it would be published twice.

        Raises:
            Returned: the network was away, and this connection does not go on by itself.
            _Asked: a person does not want to wait for it.
        """
        taken, since_ns = publisher.taken, self._clock.now_ns()
        while True:
            await asyncio.sleep(self._timing.watch)
            if publisher.taken != taken or self._queue.oldest_ns() is None:
                taken, since_ns = publisher.taken, self._clock.now_ns()
            elif self._clock.now_ns() - since_ns >= self._timing.stall * 1e9:
                self._become("stalled", "The server takes nothing; the connection is kept")
                self._goes_on.clear()
                dropped = self._queue.dropped
                await first_of(self._goes_on.wait(), self._asked(), self._outage())
                if self._queue.dropped > dropped:  # there is a gap anyway: after it, what is new
                    self._queue.begin_afresh()
                    self._wants_key_frame()
                self._kick.clear()  # it came too late to be needed
                self._become("live")

    async def _outage(self) -> NoReturn:
        """Until the server's computer was away and is back: a stall in which it answers goes on.

        The old connection is not given up before: only then can the server be told of its end, and would otherwise
        hold its ghost for a minute or two. But it is not waited for either: TCP sends again after about as long as it
        has waited already.

        Raises:
            Returned: that was so, and nothing was taken after it.
        """
        timing = self._timing
        while True:
            reached = asyncio.create_task(self._reached())
            try:
                await asyncio.wait({reached}, timeout=timing.gone)
                if not reached.done():
                    gone = unreachable(self._address.host, self._address.port, TimeoutError())
                    self._become("reconnecting", str(gone))
                    await reached
                    await asyncio.sleep(timing.goes_on)
                    raise Returned("The network was away", do="")
            finally:
                reached.cancel()
            await asyncio.sleep(timing.stall_probe)

    def _become(self, state: State, reason: str = "") -> None:
        with self._status_lock:
            self._status = replace(self._status, state=state, reason=reason)
            self._status_lock.notify_all()
        _log.info("destination %s: %s %s", self.name, state, reason)
        self._on_change(self.status())

    def _now_s(self) -> float:
        return self._clock.now_ns() / 1e9


def _round_ms(ns: int) -> int:
    return (ns + 500_000) // 1_000_000
