"""1. CPU a frame: all of Benchcast's processes beside the ffmpeg command line, round by round in turn."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from studio.bench import procfs
from studio.bench.camera import Camera
from studio.bench.clips import camera_pictures
from studio.bench.ground import Ground
from studio.bench.media import differing_settings
from studio.bench.peer import Peer, peer_command
from studio.bench.result import Result, judged, median, unmeasured
from studio.bench.servers import Ingest
from studio.bench.shows import Home, OnAir, Plan, camera_and_tone
from studio.bench.stills import Still, draw_stills
from studio.show.wanted import with_overlay

_FPS_SLACK = 0.02  # a round that ran at another rate than 30 was not the same work


@dataclass(frozen=True, slots=True)
class Case:
    """One comparison. `bound`: what the ratio may be at most; None: told only."""

    name: str
    what: str
    preset: str
    destinations: int
    record: bool
    rounds: int
    bound: float | None


@dataclass(frozen=True, slots=True)
class Round:
    """CPU milliseconds a frame, and what belongs to it."""

    ms: float
    fps: float
    by_role: dict[str, float]
    recording: Path | None


def measure(ground: Ground) -> list[Result]:
    lengths = ground.lengths
    cases = (
        Case("cpu.one", "one destination", "superfast", 1, False, lengths.rounds_one, 1.15),
        Case("cpu.three", "three and the recording", "superfast", 3, True, lengths.rounds_three, 1.20),
        Case("cpu.veryfast", "one destination, veryfast", "veryfast", 1, False, lengths.rounds_slow, None),
    )
    if not procfs.available():
        return [unmeasured(one.name, _title(one), procfs.NOT_HERE) for one in cases]
    with ExitStack() as stack:
        camera = stack.enter_context(Camera(camera_pictures(ground), ground.clock))
        ingest = stack.enter_context(Ingest(ground))
        stills = draw_stills(ground.place("stills"))
        return [_compare(case, ground, camera, ingest, stills) for case in cases]


def _title(case: Case) -> str:
    return f"CPU a frame ÷ ffmpeg's, {case.what}"


def _compare(case: Case, ground: Ground, camera: Camera, ingest: Ingest, stills: list[Still]) -> Result:
    ours: list[Round] = []
    peers: list[Round] = []
    for number in range(case.rounds):
        ground.say(f"{case.what}: Benchcast, round {number + 1} of {case.rounds}")
        ours.append(_our_round(case, ground, camera, ingest))
        ground.say(f"{case.what}: ffmpeg, round {number + 1} of {case.rounds}")
        peers.append(_peer_round(case, ground, camera, ingest, stills))
    our_ms, peer_ms = [one.ms for one in ours], [one.ms for one in peers]
    fps = [one.fps for one in (*ours, *peers)]
    roles = sorted(ours[-1].by_role.items(), key=lambda item: -item[1])
    shares = ", ".join(f"{role} {ms:.1f}" for role, ms in roles)
    slow = "" if min(fps) > 30 * (1 - _FPS_SLACK) else f"; only {min(fps):.1f} frames a second: not the same work"
    return judged(
        case.name,
        _title(case),
        median(our_ms) / median(peer_ms),
        "",
        bound=case.bound,
        holds=not slow,
        values={
            "ours_ms": median(our_ms),
            "ours_min_ms": min(our_ms),
            "ours_max_ms": max(our_ms),
            "peer_ms": median(peer_ms),
            "peer_min_ms": min(peer_ms),
            "peer_max_ms": max(peer_ms),
            "rounds": case.rounds,
            "fps_min": min(fps),
        },
        detail=f"{_spread(our_ms)} ms ({shares}) ÷ {_spread(peer_ms)} ms{slow}{_settings(ours[-1], peers[-1])}",
    )


def _spread(values: list[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.1f}"
    return f"{median(values):.1f} [{min(values):.1f}–{max(values):.1f}]"


def _settings(ours: Round, peer: Round) -> str:
    if ours.recording is None or peer.recording is None:
        return ""
    differ = differing_settings(ours.recording, peer.recording)
    return f"; x264 set otherwise: {', '.join(differ)}" if differ else "; x264 set alike"


def _our_round(case: Case, ground: Ground, camera: Camera, ingest: Ingest) -> Round:
    with ExitStack() as stack:
        home = stack.enter_context(Home(ground))
        show = Plan(camera_and_tone(camera.url), preset=case.preset).write(home.workspace.home)
        options = [part for number in range(case.destinations) for part in ("--to", ingest.live(f"ours{number}"))]
        recording = home.workspace.recordings / "show.mp4" if case.record else None
        if recording is not None:
            options += ["--record", str(recording)]
        on_air = stack.enter_context(OnAir(home, show, *options))
        on_air.wait_on_air()
        home.want(partial(with_overlay, name="price", on=True))
        ground.wait(ground.lengths.warm_s)
        pids = home.processes()
        before, first = home.fresh_status(), procfs.read_cpu(pids)
        began_ns = ground.clock.now_ns()
        ground.wait(ground.lengths.round_s)
        after, last = home.fresh_status(), procfs.read_cpu(pids)
        seconds = (ground.clock.now_ns() - began_ns) / 1e9
        on_air.check()
        on_air.end()
        frames = after.feeds[0].frames - before.feeds[0].frames
        by_role = {role: spent * 1000 / frames for role, spent in last.since(first).items()}
        return Round(sum(by_role.values()), frames / seconds, by_role, recording)


def _peer_round(case: Case, ground: Ground, camera: Camera, ingest: Ingest, stills: list[Still]) -> Round:
    recording = ground.place("peer-recording") / "show.mp4" if case.record else None
    urls = [ingest.live(f"peer{number}") for number in range(case.destinations)]
    with Peer(ground, peer_command(camera.url, stills, case.preset, urls, recording)) as peer:
        peer.sample()
        ground.wait(ground.lengths.warm_s + 1)  # as long as the studio's show has been on air by now
        before = peer.sample()
        ground.wait(ground.lengths.round_s)
        after = peer.sample()
    frames = after.frames - before.frames
    ms = (after.cpu_s - before.cpu_s) * 1000 / frames
    return Round(ms, frames * 1e9 / (after.at_ns - before.at_ns), {}, recording)
