"""2. A minute at 30 frames a second: no tick skipped, no frame dropped; the same with the preset chosen by itself."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from studio.bench.camera import Camera
from studio.bench.clips import camera_pictures
from studio.bench.ground import Ground
from studio.bench.media import cadence
from studio.bench.pauses import Pauses
from studio.bench.result import Result, judged
from studio.bench.servers import Ingest
from studio.bench.shows import Home, OnAir, Plan, camera_and_tone
from studio.show.wanted import with_overlay

_SLACK = 0.05  # frames a second: a status is up to some milliseconds old at both ends


def measure(ground: Ground) -> list[Result]:
    with ExitStack() as stack:
        camera = stack.enter_context(Camera(camera_pictures(ground), ground.clock))
        ingest = stack.enter_context(Ingest(ground))
        return [
            *_minute(ground, camera, ingest, "steady", "superfast"),
            *_minute(ground, camera, ingest, "steady.auto", "auto"),
        ]


def _minute(ground: Ground, camera: Camera, ingest: Ingest, name: str, preset: str) -> list[Result]:
    seconds = ground.lengths.steady_s
    ground.say(f"{seconds:g} s on air, preset {preset}")
    key = name.replace(".", "-")
    with ExitStack() as stack:
        home = stack.enter_context(Home(ground))
        show = Plan(camera_and_tone(camera.url), preset=preset).write(home.workspace.home)
        on_air = stack.enter_context(OnAir(home, show, "--to", ingest.kept(key)))
        on_air.wait_on_air()
        home.want(partial(with_overlay, name="price", on=True))
        ground.wait(ground.lengths.warm_s)
        host = stack.enter_context(Pauses())
        before, began_ns = home.fresh_status(), ground.clock.now_ns()
        ground.wait(seconds)
        after, ended_ns = home.fresh_status(), ground.clock.now_ns()
        taken = host.stop()
        final = on_air.end()
    feed, place = final.feeds[0], final.destinations[0]
    arrived = cadence(ingest.received(key))
    fps = (after.feeds[0].frames - before.feeds[0].frames) * 1e9 / (ended_ns - began_ns)
    lost = feed.skipped + place.dropped
    return [
        judged(
            name,
            f"ticks skipped and frames dropped in {final.t:.0f} s, preset {preset}",
            float(lost),
            "frames",
            bound=0,
            holds=abs(fps - 30) <= _SLACK,
            values={
                "fps": fps,
                "skipped": feed.skipped,
                "dropped": place.dropped,
                "sent": place.frames,
                "received": arrived.pictures,
                "longest_step_ms": arrived.longest_ms,
                "encode_ms_p95": feed.encode_ms_p95,
                "tick_ms_p95": feed.tick_ms_p95,
                "host_pauses": taken.pauses,
                "host_longest_ms": taken.longest_ms,
            },
            detail=(
                f"{fps:.2f} frames a second, rung {feed.preset}, tick p95 {feed.tick_ms_p95:.1f} ms; "
                f"{place.frames} sent, {arrived.pictures} received, longest step {arrived.longest_ms:.0f} ms; "
                f"{taken.words}"
            ),
        )
    ]
