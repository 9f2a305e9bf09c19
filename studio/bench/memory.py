"""7. The engine's memory with one 1080p feed after ten minutes."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial

from studio.bench import procfs
from studio.bench.camera import Camera
from studio.bench.clips import camera_pictures
from studio.bench.ground import Ground
from studio.bench.result import Result, judged, unmeasured
from studio.bench.servers import Ingest
from studio.bench.shows import LOGS, Home, OnAir, Plan, camera_and_tone
from studio.errors import StudioError
from studio.show.wanted import with_overlay

_BOUND_MB = 400
_EVERY_S = 15.0
_WHAT = "engine's memory, one 1080p feed"


def measure(ground: Ground) -> list[Result]:
    if not procfs.available():
        return [unmeasured("memory", _WHAT, procfs.NOT_HERE)]
    total_s = ground.lengths.memory_s
    with ExitStack() as stack:
        camera = stack.enter_context(Camera(camera_pictures(ground), ground.clock))
        ingest = stack.enter_context(Ingest(ground))
        home = stack.enter_context(Home(ground))
        show = Plan(camera_and_tone(camera.url)).write(home.workspace.home)
        on_air = stack.enter_context(OnAir(home, show, "--to", ingest.live("memory")))
        pid = on_air.wait_on_air().pid
        home.want(partial(with_overlay, name="price", on=True))
        began_ns = ground.clock.now_ns()
        readings: list[tuple[float, float, float]] = []
        while (past_s := (ground.clock.now_ns() - began_ns) / 1e9) < total_s:
            ground.wait(min(_EVERY_S, total_s - past_s))
            on_air.check()
            past_s = (ground.clock.now_ns() - began_ns) / 1e9
            try:
                rss, pss = procfs.memory_mb(pid)
            except OSError as error:
                raise StudioError("The engine was replaced in mid-show", do=LOGS) from error
            readings.append((past_s, rss, pss))
            ground.say(f"memory after {past_s:.0f} of {total_s:.0f} s: {rss:.0f} MB")
        on_air.end()
    first, (past_s, rss, pss) = readings[0], readings[-1]
    most = max(one for _, one, _ in readings)
    return [
        judged(
            "memory",
            f"{_WHAT}, after {past_s:.0f} s",
            rss,
            "MB",
            bound=_BOUND_MB,
            values={"rss_mb": rss, "pss_mb": pss, "rss_max_mb": most, "rss_first_mb": first[1], "seconds": past_s},
            detail=f"RSS; PSS {pss:.0f} MB; most {most:.0f} MB, after {first[0]:.0f} s {first[1]:.0f} MB",
        )
    ]
