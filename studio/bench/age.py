"""4a. How old a picture is when the kernel takes its bytes, profile live."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from studio.bench.camera import Camera
from studio.bench.clips import camera_pictures
from studio.bench.ground import Ground
from studio.bench.result import Result, judged
from studio.bench.servers import Ingest
from studio.bench.shows import Home, OnAir, Plan, camera_and_tone
from studio.show.wanted import with_overlay

_BOUND_MS = 150


def measure(ground: Ground) -> list[Result]:
    ground.say(f"the age of pictures, profile live, {ground.lengths.age_s:g} s")
    with ExitStack() as stack:
        camera = stack.enter_context(Camera(camera_pictures(ground), ground.clock))
        ingest = stack.enter_context(Ingest(ground))
        home = stack.enter_context(Home(ground))
        show = Plan(camera_and_tone(camera.url), profile="live").write(home.workspace.home)
        on_air = stack.enter_context(OnAir(home, show, "--to", ingest.live("age")))
        on_air.wait_on_air()
        home.want(partial(with_overlay, name="price", on=True))
        ground.wait(ground.lengths.age_s)
        feed = home.fresh_status().feeds[0]
        on_air.end()
    return [
        judged(
            "age",
            "age of a picture when the kernel takes its bytes, p95",
            feed.age_ms_p95,
            "ms",
            bound=_BOUND_MS,
            holds=feed.age_ms_p95 > 0,
            values={"p95_ms": feed.age_ms_p95, "encode_ms_p95": feed.encode_ms_p95, "tick_ms_p95": feed.tick_ms_p95},
            detail=(
                f"from its arrival here, profile {feed.profile}, {feed.preset}; tick p95 {feed.tick_ms_p95:.1f} ms, "
                f"of that encoding {feed.encode_ms_p95:.1f} ms; {feed.skipped} ticks skipped"
            ),
        )
    ]
