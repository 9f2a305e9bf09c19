"""4b. From the `live` command to the server: cold, with nothing running, and with the engine warm."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from studio.bench.camera import Camera
from studio.bench.clips import camera_pictures
from studio.bench.ground import Ground
from studio.bench.result import Result, judged, median
from studio.bench.servers import Ingest
from studio.bench.shows import LOGS, Home, OnAir, Plan, camera_and_tone
from studio.bench.tap import Tap
from studio.errors import StudioError
from studio.show.start import ensure_keeper
from studio.system.locks import WorkspaceLock, is_held

_COLD_S, _WARM_S = 2.0, 1.0
_PATIENCE_S = 20.0


def measure(ground: Ground) -> list[Result]:
    with ExitStack() as stack:
        camera = stack.enter_context(Camera(camera_pictures(ground), ground.clock))
        ingest = stack.enter_context(Ingest(ground))
        home = stack.enter_context(Home(ground))
        show = Plan(camera_and_tone(camera.url)).write(home.workspace.home)
        ground.say("a first show, so that the workspace is not a new one")
        _start(ground, home, show, ingest)
        cold = []
        for number in range(ground.lengths.starts):
            ground.say(f"going live cold, {number + 1} of {ground.lengths.starts}")
            _wait_cold(ground, home)
            cold.append(_start(ground, home, show, ingest))
        warm = _warm_starts(ground, home, show, ingest)
    return [
        _judge("start.cold", "from the command to the server, cold", cold, _COLD_S),
        _judge("start.warm", "from the command to the server, engine warm", warm, _WARM_S),
    ]


def _warm_starts(ground: Ground, home: Home, show: Path, ingest: Ingest) -> list[tuple[float, float, float]]:
    """With the lock held that an open window holds: keeper, engine and sources run, and nothing is on air."""
    window = WorkspaceLock(home.workspace.lock("window"))
    if not window.acquire(2):
        raise StudioError("The window's lock cannot be taken", do=LOGS)
    try:
        ensure_keeper(home.workspace)
        if not ground.wait_for(lambda: _is_warm(home), _PATIENCE_S):
            raise StudioError("The engine does not get warm", do=LOGS)
        times = []
        for number in range(ground.lengths.starts):
            ground.say(f"going live warm, {number + 1} of {ground.lengths.starts}")
            ground.wait(2)
            times.append(_start(ground, home, show, ingest))
        return times
    finally:
        window.release()


def _is_warm(home: Home) -> bool:
    return is_held(home.workspace.lock("engine")) and any(one.state == "ok" for one in home.status().sources)


def _wait_cold(ground: Ground, home: Home) -> None:
    def nothing_runs() -> bool:
        return not home.processes() and not is_held(home.workspace.lock("keeper"))

    if not ground.wait_for(nothing_runs, _PATIENCE_S):
        raise StudioError("The studio goes on running after its show", do=LOGS)


def _start(ground: Ground, home: Home, show: Path, ingest: Ingest) -> tuple[float, float, float]:
    """Seconds from the start of the command to the connection, its first byte, and the first whole picture."""
    with ExitStack() as stack:
        tap = stack.enter_context(Tap(ingest.port, ground.clock))
        on_air = stack.enter_context(OnAir(home, show, "--to", f"rtmp://127.0.0.1:{tap.port}/live/start"))
        began_ns = on_air.started_ns
        if not ground.wait_for(lambda: tap.first_picture_ns > 0, _PATIENCE_S):
            on_air.check()
            raise StudioError("No picture reaches the server", do=LOGS)
        on_air.wait_on_air()
        on_air.end()
    times = tap.connected_ns, tap.first_byte_ns, tap.first_picture_ns
    connected, first_byte, picture = ((one - began_ns) / 1e9 for one in times)
    return connected, first_byte, picture


def _judge(name: str, what: str, times: list[tuple[float, float, float]], bound: float) -> Result:
    connected, first_byte, picture = ([one[at] for one in times] for at in range(3))
    return judged(
        name,
        f"{what}, first byte",
        median(first_byte),
        "s",
        bound=bound,
        values={
            "connected_s": median(connected),
            "first_byte_s": median(first_byte),
            "first_byte_max_s": max(first_byte),
            "first_picture_s": median(picture),
            "first_picture_max_s": max(picture),
            "starts": len(times),
        },
        detail=(
            f"median of {len(times)}, worst {max(first_byte):.2f} s; connected {median(connected):.2f} s, "
            f"first picture whole {median(picture):.2f} s (worst {max(picture):.2f} s)"
        ),
    )
