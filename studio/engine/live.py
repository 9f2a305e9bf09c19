"""A show on air: its encoders, destinations and recordings, from going live to the end."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import av

from studio.engine import presets
from studio.engine.aac import AacEncoder
from studio.engine.adapt import Adapter
from studio.engine.feed import HOLD_NS, FeedOutput, FeedThread, PacketSink
from studio.engine.interleave import Interleaver
from studio.engine.keys import KeyAsker
from studio.engine.relay import EncoderRelay
from studio.engine.replay import Replay
from studio.engine.sound import Listeners
from studio.engine.video_encoder import VideoEncoder
from studio.errors import StudioError
from studio.media.clock import Clock
from studio.media.packet import StreamFormat
from studio.outputs.destination import Destination
from studio.outputs.network import NetworkLoop
from studio.outputs.recorder import Recorder
from studio.show import model
from studio.show.status import DestinationStatus, RecordingStatus
from studio.show.wanted import DestinationWish, Wanted
from studio.workspace.paths import Workspace

log = logging.getLogger(__name__)

_SWITCH_OFF_S = 3.0  # for the orderly end of one destination in mid-show
_END_NS = 4_500_000_000  # of the whole show, all told: after five seconds it is promised to be closed
_FLUSH_NS = 1_000_000_000  # of that, for all feeds together
_CUT_NS = 1_000_000_000  # kept back for cutting off what has not ended in order,
_LOOP_NS = 500_000_000  # the last half of it for the network's thread
_NO_FILE_NAME = re.compile(r'[<>:"/\\|?*]')
_FIRST_TICK_S = 0.25


class LiveFeed:
    """One feed on air."""

    def __init__(self, thread: FeedThread, encoder: VideoEncoder, aac: AacEncoder) -> None:
        self.thread, self.aac = thread, aac
        self.format = StreamFormat(encoder.format, aac.format())
        self.destinations: dict[str, Destination] = {}
        self.recorder: Recorder | None = None
        self.recorders: list[Recorder] = []  # with those of earlier parts
        self.replay = Replay(self.format)
        self.relay = EncoderRelay(encoder)
        self.adapter = Adapter(thread.feed, self.relay)
        hold_ns = HOLD_NS[thread.feed.profile] + encoder.delay_ns  # the best preset is the one that holds most back
        self.output = FeedOutput(self.relay, (), Interleaver(hold_ns))

    def hand_round(self) -> None:
        """Tell the feed's thread who takes packets now."""
        sinks: list[PacketSink] = [*self.destinations.values(), self.replay]
        if self.recorder is not None:
            sinks.append(self.recorder)
        self.output.sinks = tuple(sinks)

    def record(self, recorder: Recorder) -> None:
        """From the next key frame on, record with this one; the one before writes what it has."""
        before, self.recorder = self.recorder, recorder
        self.recorders.append(recorder)
        recorder.start()
        if before is not None:
            before.end("")
        self.hand_round()
        self.want_key()

    def want_key(self) -> None:
        self.output.key_wanted = True


class LiveShow:
    """Everything that exists only while a show is on air. Owned by the control thread."""

    def __init__(
        self,
        wanted: Wanted,
        threads: Mapping[str, FeedThread],
        workspace: Workspace,
        clock: Clock,
        keys: KeyAsker,
        epoch_ns: int,
        part: datetime,
        *,
        resumed: bool,
        network: NetworkLoop | None = None,
    ) -> None:
        """Open the encoders; `meet` comes next, then `start`.

        `resumed`: this show was on air before, in an engine that died. `network`: one that is not started, to be the
        show's own; without it one is made.

        Raises:
            StudioError: an encoder refuses its settings.
        """
        assert wanted.show is not None
        self.show, self.show_id = wanted.show, wanted.show_id
        self.workspace, self.epoch_ns = workspace, epoch_ns
        self._clock, self._keys, self._part = clock, keys, part
        self._title = ""  # of the chapter
        self._resumed = resumed
        self._begun = False
        self._published: set[str] = set()  # destinations that were switched off again
        self._refused: dict[str, str] = {}  # that stayed refused to the end, and why
        self._wishes: dict[str, DestinationWish] = {}
        aacs: dict[int, AacEncoder] = {}
        self.feeds: dict[str, LiveFeed] = {}
        for feed in self.show.feeds:
            preset = feed.preset
            if preset == "auto":
                preset = presets.choose(
                    feed, len(self.show.feeds), workspace.home / "encoder-speed.json", part.date()
                )
            aac = aacs.setdefault(feed.audio_kbps, AacEncoder(feed.audio_kbps, epoch_ns))
            try:
                encoder = VideoEncoder(feed, preset)
            except av.FFmpegError as error:
                raise StudioError(
                    f"Feed {feed.name} cannot be encoded ({error.strerror})", do="choose another size, rate or preset"
                ) from error
            self.feeds[feed.name] = LiveFeed(threads[feed.name], encoder, aac)
        self._network = network or NetworkLoop()

    @property
    def listeners(self) -> Listeners:
        return tuple((live.thread, live.aac) for live in self.feeds.values())

    @property
    def replays(self) -> dict[str, Replay]:
        """The newest minute of each feed."""
        return {name: live.replay for name, live in self.feeds.items()}

    def meet(self, wanted: Wanted) -> None:
        """Connect to the servers, which takes a while far away. Nothing is published yet."""
        self._network.start()
        self.follow(wanted)

    def start(self, wanted: Wanted) -> None:
        """Begin to encode, to record and to publish."""
        self._begun = True
        self.follow(wanted)
        for live in self.feeds.values():
            if wanted.record:
                self._record(live)
        for live in self.feeds.values():
            live.hand_round()
            live.thread.put_on_air(live.output)
            for destination in live.destinations.values():
                destination.go()

    def wake(self) -> None:
        """After a sleep: leave the connections, which the servers have given up, and begin new recording parts."""
        for live in self.feeds.values():
            for destination in live.destinations.values():
                destination.renew()
            if live.recorder is not None and live.recorder.status().state == "on":
                self._record(live)

    def first_tick_ns(self) -> int:
        """When the first tick on air was due, monotonic: show time 0. Waits for it; 0: it does not come in time."""
        outputs = [live.output for live in self.feeds.values()]
        return min((one.first_ns for one in outputs if one.begun.wait(_FIRST_TICK_S)), default=0)

    def follow(self, wanted: Wanted) -> None:
        """Make the destinations as wanted."""
        for planned in self.show.destinations:
            wish = wanted.destinations.get(planned.name, DestinationWish())
            before = self._wishes.get(planned.name)
            if wish == before:
                continue
            self._wishes[planned.name] = wish
            live = self.feeds[planned.feed]
            running = live.destinations.get(planned.name)
            if wish.on and running is None:
                self._connect(planned, live)
            elif not wish.on and running is not None:
                del live.destinations[planned.name]
                if running.has_published:
                    self._published.add(planned.name)
                live.hand_round()
                threading.Thread(
                    target=running.stop, args=(_SWITCH_OFF_S,), name=f"end:{planned.name}", daemon=True
                ).start()
            elif running is not None and before is not None and wish.retries > before.retries:
                running.retry()
        if self._begun:
            for live in self.feeds.values():
                live.adapter.look(self._clock.now_ns(), live.thread.pace, live.destinations)

    @property
    def nothing_out(self) -> bool:
        """Whether nobody gets this show any more: what was wanted of destinations and recordings has all failed.

        A rehearsal, which wants neither, goes on.
        """
        failed = []
        for live in self.feeds.values():
            failed += [one.status().state == "refused" for one in live.destinations.values()]
            if live.recorder is not None:
                failed.append(live.recorder.status().state in {"failed", "ended"})
        return bool(failed) and all(failed)

    def chapter(self, title: str) -> None:
        """A product is shown from now on: a chapter in each recording."""
        self._title = title
        for live in self.feeds.values():
            if live.recorder is not None:
                live.recorder.chapter(title, live.thread.position_ns)

    def end(self) -> None:
        """Close everything in order, and what does not let itself be closed all the same: within 4.5 seconds."""
        until_ns = self._clock.now_ns() + _END_NS
        self._refused = {one.name: one.reason for one in self.destination_status() if one.state == "refused"}
        for live in self.feeds.values():
            live.thread.put_on_air(None)
        flush_until_ns = self._clock.now_ns() + _FLUSH_NS
        for live in self.feeds.values():
            if live.output.begun.is_set():
                live.output.closed.wait(self._left_s(flush_until_ns))
        stops = [
            threading.Thread(
                target=one.stop, args=(self._left_s(until_ns - _CUT_NS),), name=f"end:{one.name}", daemon=True
            )
            for live in self.feeds.values()
            for one in live.destinations.values()
        ]
        stops += [
            threading.Thread(
                target=recorder.finish, args=(self._left_s(until_ns - _CUT_NS),), name="end:recording", daemon=True
            )
            for live in self.feeds.values()
            for recorder in live.recorders
        ]
        for stop in stops:
            stop.start()
        for stop in stops:
            stop.join(self._left_s(until_ns - _LOOP_NS))
        if not self._network.stop(self._left_s(until_ns)):
            log.warning("the network's thread does not end; it goes with its process")

    def destination_status(self) -> tuple[DestinationStatus, ...]:
        statuses = []
        for planned in self.show.destinations:
            running = self.feeds[planned.feed].destinations.get(planned.name)
            if running is None:
                statuses.append(DestinationStatus(name=planned.name, feed=planned.feed, state="off"))
                continue
            now = running.status()
            statuses.append(
                DestinationStatus(
                    name=planned.name,
                    feed=planned.feed,
                    state="refused" if planned.name in self._refused else now.state,
                    reason=self._refused.get(planned.name) or now.reason or self._too_slow(planned),
                    kbps=now.kbps,
                    frames=now.frames,
                    dropped=now.dropped,
                    queued_ms=now.queued_ms,
                    reconnects=now.reconnects,
                )
            )
        return tuple(statuses)

    def recording_status(self) -> tuple[RecordingStatus, ...]:
        statuses = []
        for name, live in self.feeds.items():
            if live.recorder is not None:
                now = live.recorder.status()
                statuses.append(
                    RecordingStatus(
                        feed=name, state=now.state, path=str(now.path), seconds=now.seconds, reason=now.reason
                    )
                )
        return tuple(statuses)

    @property
    def problems(self) -> tuple[str, ...]:
        """What computer and network do not bear, in words."""
        slow = (f"{one.name}: {words}" for one in self.show.destinations if (words := self._too_slow(one)))
        return (*(words for live in self.feeds.values() for words in live.adapter.problems), *slow)

    def _too_slow(self, planned: model.Destination) -> str:
        """Why a destination gets less than others of its feed, and what to do; nothing, if it does not."""
        live = self.feeds[planned.feed]
        if planned.name not in live.adapter.slow:
            return ""
        lower = [feed for feed in self.show.feeds if feed.video_kbps < live.adapter.target_kbps]
        best = max(lower, key=lambda feed: feed.video_kbps, default=None)
        to = f"feed {best.name} ({best.video_kbps} kb/s)" if best is not None else "a feed with a lower video_kbps"
        return f"It takes less than feed {planned.feed} sends, so it gets key frames, hardly more: move it to {to}"

    def _left_s(self, until_ns: int) -> float:
        return max(0, until_ns - self._clock.now_ns()) / 1e9

    def _connect(self, planned: model.Destination, live: LiveFeed) -> None:
        destination = Destination(
            planned.name,
            planned.url,
            self._keys.provider(planned, self.show_id),
            live.format,
            self._clock,
            self._network,
            # The server may still hold the connection that was switched off.
            resuming=self._resumed or planned.name in self._published,
            held=not self._begun,
            wants_key_frame=live.want_key,
        )
        live.destinations[planned.name] = destination
        live.hand_round()
        destination.start()

    def _record(self, live: LiveFeed) -> None:
        name = live.thread.feed.name
        recorder = Recorder(self._recording_path(name), live.format, self._clock, feed=name)
        recorder.chapter(self._title, live.thread.position_ns)
        live.record(recorder)

    @property
    def recordings_folder(self) -> Path:
        """Where all feeds are recorded."""
        return Path(self.show.record_to).parent if self.show.record_to else self.workspace.recordings

    def _recording_path(self, feed: str) -> Path:
        """Where a feed is recorded; the recorder numbers a name that is taken."""
        several = len(self.show.feeds) > 1
        name = _NO_FILE_NAME.sub("_", feed)
        if self.show.record_to:
            chosen = Path(self.show.record_to)
            first = self.show.feeds[0].name == feed
            return chosen if first else chosen.with_name(f"{chosen.stem} {name}{chosen.suffix}")
        # By the clock on the seller's wall: an evening show must not bear tomorrow's date.
        stem = self._part.astimezone().strftime("%Y-%m-%d %H-%M-%S") + (f" {name}" if several else "")
        return self.workspace.recordings / f"{stem}.mp4"
