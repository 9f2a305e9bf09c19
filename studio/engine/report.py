"""Puts together the status from those who know. Pure but for reading their counters."""

from __future__ import annotations

from collections.abc import Mapping

from studio.engine.feed import FeedThread
from studio.engine.inlets import SourceInlet
from studio.engine.live import LiveFeed, LiveShow
from studio.show.model import OVERLAY_NAMES
from studio.show.status import AudioStatus, Ended, FeedStatus, RecordingStatus, Status
from studio.show.wanted import Wanted


def status_of(
    wanted: Wanted,
    *,
    revision: int,
    pid: int,
    t: float,
    live: LiveShow | None,
    threads: Mapping[str, FeedThread],
    inlets: Mapping[str, SourceInlet],
    audio: AudioStatus,
    ended: Ended,
    final: bool,
    recordings: tuple[RecordingStatus, ...],
    problems: tuple[str, ...],
) -> Status:
    return Status(
        t=round(t, 3),
        pid=pid,
        revision=revision,
        mode="live" if live is not None and not final else "off",
        show_id=wanted.show_id,
        scene=wanted.scene,
        feature=wanted.feature,
        overlays=tuple(name for name in OVERLAY_NAMES if wanted.overlay_on(name)),
        muted=wanted.muted,
        final=final,
        ended=ended,
        feeds=tuple(_feed(thread, live) for thread in threads.values()),
        sources=tuple(inlet.status() for inlet in inlets.values()),
        destinations=live.destination_status() if live is not None else (),
        recordings=recordings,
        audio=audio,
        problems=(
            *problems,
            *(live.problems if live is not None and not final else ()),
            *(one.reason for one in recordings if one.reason),
        ),
    )


def _feed(thread: FeedThread, live: LiveShow | None) -> FeedStatus:
    pace, feed = thread.pace, thread.feed
    on_air = live.feeds.get(feed.name) if live is not None else None
    return FeedStatus(
        name=feed.name,
        fps=round(pace.fps, 1),
        frames=pace.frames if on_air is not None else 0,
        skipped=pace.skipped if on_air is not None else 0,
        encode_ms_p95=round(pace.encode_ms_p95, 1),
        kbps=pace.kbps,
        preset=on_air.relay.preset if on_air is not None else feed.preset,
        target_kbps=on_air.adapter.target_kbps if on_air is not None else feed.video_kbps,
        profile=feed.profile,
        size=feed.size,
        tick_ms_p95=round(pace.tick_ms_p95, 1),
        age_ms_p95=_oldest_ms(on_air) if on_air is not None else 0.0,
        replay_s=round(on_air.replay.seconds, 1) if on_air is not None else 0.0,
    )


def _oldest_ms(feed: LiveFeed) -> float:
    """The 95th percentile of the pictures' ages when the kernel took them, at the slowest destination."""
    return max((one.ages.percentile(0.95) for one in feed.destinations.values() if one.ages.count), default=0.0)
