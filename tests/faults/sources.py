"""Cameras fail on air: the worker is killed, it hangs, the camera's own server hangs, or goes and comes."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Protocol

from studio.bench.result import Result
from tests.capture.rtsp_camera import RtspCamera
from tests.faults.arrivals import FPS
from tests.faults.camera import Seen, camera_clip, looks
from tests.faults.ground import Trial
from tests.faults.results import back, timed
from tests.faults.stage import Mark, Stage, on_air
from tests.faults.untouched import untouched
from tests.services.ffmpeg import MjpegCamera
from tests.services.program import free_port

_OUTAGE_S = 0.3  # what is shorter than this is a camera's and a feed's rates meeting
_SLATE_S = 1 + 1 / FPS  # a second, and the tick at which it is over
_STRAYS = 2  # pictures at the seam of camera and slate, which the encoder makes of both


class Server(Protocol):
    """A camera in the network that can be made to fail."""

    url: str

    def kill(self) -> None: ...

    def start(self) -> None: ...

    def stop(self) -> None: ...


def killed(trial: Trial) -> list[Result]:
    """A camera's worker is killed."""
    return _worker(trial, "source", "source worker kill -9", signal.SIGKILL)


def hung(trial: Trial) -> list[Result]:
    """A camera's worker hangs for ever, as inside a driver's call; and one whose camera says nothing, for a while."""
    results = _worker(trial, "hung", "source worker hung", signal.SIGSTOP)
    folder = trial.ground.place("camera")
    camera = MjpegCamera(folder, clip=camera_clip(folder, trial.size))
    try:
        with on_air(trial, source=_url(camera)) as stage:
            before = stage.mark()
            camera.pause()
            stage.wait(trial.times.away)
            again_ns = trial.now_ns()
            camera.resume()
            return results + _seen(stage, "hung.camera", "camera's server SIGSTOPped", before, again_ns)
    finally:
        camera.stop()


def server(trial: Trial) -> list[Result]:
    """The server of a network camera is killed, and started again later: over HTTP, and over RTSP."""
    folder = trial.ground.place("camera")
    http = MjpegCamera(folder, clip=camera_clip(folder, trial.size))
    results = _gone_and_back(trial, "camera", "HTTP camera server killed, later back", http)
    return results + _gone_and_back(
        trial, "camera.rtsp", "RTSP camera server killed, later back", _Rtsp(trial.ground.place("rtsp"))
    )


class _Rtsp:
    """An RTSP camera that can be started again at its port."""

    def __init__(self, folder: Path) -> None:
        # Small and without noise: this camera hands on a hundred packets a second, no more.
        self._folder, self._clip = folder, camera_clip(folder, (640, 360), noise=0.5)
        self._port = free_port()
        self._camera: RtspCamera | None = None
        self.start()
        self.url = f"rtsp://127.0.0.1:{self._port}/cam"

    def start(self) -> None:
        folder = self._folder / f"run-{len(list(self._folder.iterdir()))}"
        folder.mkdir()
        self._camera = RtspCamera(folder, self._clip, port=self._port)

    def kill(self) -> None:
        """Its sockets close without a word, as a killed process's do."""
        if self._camera is not None:
            self._camera.stop()
            self._camera = None

    def stop(self) -> None:
        self.kill()


def _url(camera: MjpegCamera | Server) -> str:
    return f'kind = "url"\npath = "{camera.url}"'


def _gone_and_back(trial: Trial, name: str, what: str, camera: Server) -> list[Result]:
    try:
        with on_air(trial, source=_url(camera)) as stage:
            before = stage.mark()
            camera.kill()
            stage.wait(trial.times.away)
            camera.start()
            again_ns = trial.now_ns()
            return _seen(stage, name, what, before, again_ns)
    finally:
        camera.stop()


def _worker(trial: Trial, name: str, what: str, number: signal.Signals) -> list[Result]:
    with on_air(trial) as stage:
        worker, before = stage.worker("bench"), stage.mark()
        worker.send_signal(number)
        return _seen(stage, name, what, before, before.at_ns)


def _seen(stage: Stage, name: str, what: str, before: Mark, again_ns: int) -> list[Result]:
    """Wait, end, and look into the recording, whose pictures have the time at which they were composed.

    `before`: how things stood when the camera failed; `again_ns`: when it could be had again.
    """
    stage.wait(stage.trial.times.after + 3)
    after = stage.mark()
    stage.end()
    account = stage.account()
    seen = looks(stage.recording())
    at_s, again_s = ((at_ns - account.started_ns) / 1e9 for at_ns in (before.at_ns, again_ns))
    slates = sum(one.look == "slate" for one in seen)
    failures = _wrong(seen, slate=again_s - at_s > _SLATE_S)
    again = moving_again_s(seen, at_s, again_s)
    return [
        timed(
            f"{name}.slate",
            f"{what}: longest with the last picture",
            stale_s(seen, at_s),
            _SLATE_S,
            "then the slate" if slates else "it was back before the slate",
            failures,
        ),
        back(name, "… until its picture again", [again], 3, stage.trial.times.back),
        *untouched(name + ".frames", "… frames lost at the servers", account, before, after),
    ]


def _wrong(seen: list[Seen], *, slate: bool) -> list[str]:
    """What was shown that should not have been, in words. `slate`: whether there must be one."""
    failures = []
    if slate and not any(one.look == "slate" for one in seen):
        failures.append("no slate was shown")
    if (strange := sum(one.look == "other" for one in seen)) > _STRAYS:
        failures.append(f"{strange} pictures are neither the camera's nor the slate")
    return failures


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
        outage = outage or one.at_s - since > _OUTAGE_S
        if one.look != "moving":
            continue
        if outage and one.at_s >= again_s:
            return one.at_s - again_s
        if not outage:
            since = one.at_s
    return None if outage else 0.0
