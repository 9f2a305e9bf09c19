"""Cameras fail on air: the worker is killed, it hangs, the camera's own server goes and comes."""

from __future__ import annotations

import signal

from studio.bench.result import Result, judged
from tests.faults.camera import Seen, camera_clip, looks
from tests.faults.ground import Trial
from tests.faults.results import back
from tests.faults.stage import Stage, on_air
from tests.services.ffmpeg import MjpegCamera

_OUTAGE_S = 0.3  # what is shorter than this is a camera's and a feed's rates meeting


def killed(trial: Trial) -> list[Result]:
    """A camera's worker is killed."""
    return _worker(trial, "source", "source worker kill -9", signal.SIGKILL)


def hung(trial: Trial) -> list[Result]:
    """A camera's worker hangs for ever, as inside a driver's call."""
    return _worker(trial, "hung", "source worker hung", signal.SIGSTOP)


def server(trial: Trial) -> list[Result]:
    """The server of a network camera is killed, and started again later."""
    folder = trial.ground.place("camera")
    camera = MjpegCamera(folder, clip=camera_clip(folder))
    try:
        with on_air(trial, source=f'kind = "url"\npath = "{camera.url}"') as stage:
            at_ns = trial.now_ns()
            camera.kill()
            stage.wait(trial.times.away)
            camera.start()
            again_ns = trial.now_ns()
            stage.wait(trial.times.after + 3)
            stage.end()
            return _seen(stage, "camera", "HTTP camera server killed, later back", at_ns, again_ns)
    finally:
        camera.stop()


def _worker(trial: Trial, name: str, what: str, number: signal.Signals) -> list[Result]:
    with on_air(trial) as stage:
        before = stage.studio.status
        worker = stage.worker("bench")
        at_ns = trial.now_ns()
        worker.send_signal(number)
        stage.wait(trial.times.after + 3)
        skipped = stage.skipped(before)
        stage.end()
        return [
            *_seen(stage, name, what, at_ns, at_ns),
            judged(f"{name}.skipped", "… ticks skipped", float(skipped), "ticks", bound=0),
        ]


def _seen(stage: Stage, name: str, what: str, at_ns: int, again_ns: int) -> list[Result]:
    """From the recording, whose pictures have the time at which they were composed."""
    start_ns = stage.started_ns()
    seen = looks(stage.recordings()[-1])
    stale = stale_s(seen, (at_ns - start_ns) / 1e9)
    again = moving_again_s(seen, (at_ns - start_ns) / 1e9, (again_ns - start_ns) / 1e9)
    slate = any(one.look == "other" for one in seen)
    return [
        judged(
            f"{name}.slate",
            f"{what}: longest with the last picture",
            stale,
            "s",
            bound=1.05,  # a second, and the tick at which it is over
            detail="then the slate" if slate else "it was back before the slate",
        ),
        back(name, "… until its picture again", [again], 3, stage.trial.times.back),
    ]


def stale_s(seen: list[Seen], at_s: float) -> float:
    """The longest time in which the last picture was repeated, from a moment on. Pure."""
    longest, since = 0.0, at_s
    for one in seen:
        if one.at_s < at_s:
            continue
        if one.look == "still":
            longest = max(longest, one.at_s - since)
        else:
            since = one.at_s
    return longest


def moving_again_s(seen: list[Seen], at_s: float, again_s: float) -> float | None:
    """Seconds after `again_s` until the picture moved again, the fault having happened at `at_s`. Pure.

    0: it never stood for longer than two rates take to meet. None: it never moved again.
    """
    since, outage = at_s, False
    for one in seen:
        if one.at_s < at_s:
            continue
        if one.look != "moving":
            outage = outage or one.at_s - since > _OUTAGE_S
        elif outage and one.at_s >= again_s:
            return one.at_s - again_s
        elif not outage:
            since = one.at_s
    return None if outage else 0.0
