"""Keeps a feed's encoder within what this computer and the network can bear."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping

import av

from studio.engine.bitrate import SLOW_MS, Bitrate, Link, Low
from studio.engine.ladder import WINDOW_S, Ladder
from studio.engine.pace import Pace
from studio.engine.presets import LADDER
from studio.engine.relay import EncoderRelay
from studio.engine.video_encoder import VideoEncoder
from studio.outputs.destination import Destination
from studio.show.model import Feed

log = logging.getLogger(__name__)

_TOLD_NS = 5_000_000_000  # a destination that drops to key frames is up to date for moments
_AGAIN_NS = 5_000_000_000  # a step that could not be taken is tried again; one that could is, two seconds later


class Adapter:
    """Looks at ticks and queues, and has the relay go on with another preset or rate. For the control thread.

    A preset that a person named is kept. The rate is the feed's, for all of its destinations and its recording: one
    slow destination among several does not move it, and is in `slow` instead.
    """

    def __init__(self, feed: Feed, relay: EncoderRelay) -> None:
        rungs = LADDER[LADDER.index(relay.preset) :] if feed.preset == "auto" else (relay.preset,)
        self._feed, self._relay = feed, relay
        self._window = round(WINDOW_S * feed.rate)
        self._ladder = Ladder(rungs, 1000 / float(feed.rate))
        self._bitrate = Bitrate(feed.video_kbps, feed.audio_kbps)
        self._asked, self._asked_ns = (relay.preset, relay.kbps), 0
        self._lows: defaultdict[str, Low] = defaultdict(Low)
        self._slow: dict[str, int] = {}  # when a destination was last slow while another was not
        self.slow: frozenset[str] = frozenset()
        self.problems: tuple[str, ...] = ()

    @property
    def target_kbps(self) -> int:
        """What the pictures may have now."""
        return self._bitrate.kbps

    def look(self, now_ns: int, pace: Pace, destinations: Mapping[str, Destination]) -> None:
        """Look at how it goes, and change what must be."""
        preset = self._ladder.judge(
            now_ns, skipped=pace.skipped, tick_ms_p95=pace.tick_ms_p95_of(self._window), actual=self._relay.preset
        )
        verdict = self._bitrate.judge(now_ns, self._links(now_ns, destinations), self._relay.kbps)
        wish, actual = (preset, verdict.kbps), (self._relay.preset, self._relay.kbps)
        if wish != self._asked or (wish != actual and now_ns - self._asked_ns >= _AGAIN_NS):
            self._asked, self._asked_ns = wish, now_ns
            self._change(preset, verdict.kbps)
        if verdict.afresh:
            for destination in destinations.values():
                destination.begin_afresh()
        self.problems = self._words(now_ns)

    def _links(self, now_ns: int, destinations: Mapping[str, Destination]) -> list[Link]:
        links: dict[str, Link] = {}
        for name, destination in destinations.items():
            now = destination.status()
            if now.state == "live":
                links[name] = Link(self._lows[name].add(now_ns, now.queued_ms), now.taking_kbps)
            else:
                self._lows.pop(name, None)
        fine = any(link.low_ms < SLOW_MS for link in links.values())
        if fine:  # one that takes nothing is cut off, which no lower rate mends
            self._slow |= {name: now_ns for name, at in links.items() if at.low_ms >= SLOW_MS and at.taking_kbps}
        self.slow = frozenset(
            name for name, at in self._slow.items() if name in links and now_ns - at < _TOLD_NS and len(links) > 1
        )
        return list(links.values())

    def _change(self, preset: str, kbps: int) -> None:
        try:
            encoder = VideoEncoder(self._feed, preset, kbps=kbps)
            self._relay.follow_with(encoder, at_once=kbps < self._relay.kbps)
        except (av.FFmpegError, ValueError) as error:
            log.warning("feed %s stays as it is: %s", self._feed.name, error)
            if preset != self._relay.preset:
                self._ladder.leave_out(preset)
                self._asked = (self._relay.preset, self._relay.kbps)
        else:
            log.info("feed %s: asked for preset %s, %d kb/s", self._feed.name, preset, kbps)

    def _words(self, now_ns: int) -> tuple[str, ...]:
        feed, ladder, bitrate = self._feed, self._ladder, self._bitrate
        words = []
        if bitrate.kbps < bitrate.ceiling_kbps:
            words.append(
                f"Feed {feed.name} has {bitrate.kbps} instead of {bitrate.ceiling_kbps} kb/s, for the network takes "
                "no more; it climbs again by itself. If it stays so, choose a lower video_kbps"
            )
        if ladder.stuck(now_ns):
            do = "choose a smaller size or fewer fps" if feed.preset == "auto" else 'choose preset = "auto"'
            words.append(
                f"Feed {feed.name} loses frames, for this computer is too busy: close other programs, or {do}"
            )
        elif ladder.rung != ladder.top:
            words.append(
                f"Feed {feed.name} is encoded by preset {ladder.rung} instead of {ladder.top}, for this computer is "
                "busy; close other programs, and it goes back by itself"
            )
        return tuple(words)
