"""What is looked at every ten seconds of a long show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import psutil

from studio.bench import procfs
from studio.show.status import Status

ROLES = ("engine", "keeper", "camera", "voice", "command")


@dataclass(frozen=True, slots=True)
class Sample:
    """One moment. RSS in MB and pid by role, 0: not seen; handles and threads of all roles together.

    `frames` and `skipped` as the engine of that pid counts them; `live`: destinations that are; `dropped` and
    `reconnects` of all destinations; `parts`: files of the recording; `queued_ms` of the slowest destination.
    """

    t: float
    engine_mb: float
    keeper_mb: float
    camera_mb: float
    voice_mb: float
    command_mb: float
    engine_pid: int
    keeper_pid: int
    camera_pid: int
    voice_pid: int
    command_pid: int
    handles: int
    threads: int
    frames: int
    skipped: int
    live: int
    dropped: int
    reconnects: int
    parts: int
    queued_ms: int
    drift_ms: float
    tick_ms_p95: float


COLUMNS = [one.name for one in fields(Sample)]


def take(pids: Mapping[str, int], status: Status, parts: int) -> Sample:
    """Read the processes of these roles, and the status of the show, which has at least one feed."""
    mb: dict[str, float] = {}
    handles = threads = 0
    for role, pid in pids.items():
        try:
            process = psutil.Process(pid)
            counts = process.num_fds(), process.num_threads()
            mb[role] = procfs.memory_mb(pid)[0]
        except (OSError, KeyError, psutil.Error):  # it has ended, or is just ending
            continue
        handles += counts[0]
        threads += counts[1]
    feed = status.feeds[0]
    return Sample(
        t=status.t,
        engine_mb=mb.get("engine", 0.0),
        keeper_mb=mb.get("keeper", 0.0),
        camera_mb=mb.get("camera", 0.0),
        voice_mb=mb.get("voice", 0.0),
        command_mb=mb.get("command", 0.0),
        engine_pid=status.pid,
        keeper_pid=pids.get("keeper", 0),
        camera_pid=pids.get("camera", 0),
        voice_pid=pids.get("voice", 0),
        command_pid=pids.get("command", 0),
        handles=handles,
        threads=threads,
        frames=feed.frames,
        skipped=feed.skipped,
        live=sum(one.state == "live" for one in status.destinations),
        dropped=sum(one.dropped for one in status.destinations),
        reconnects=sum(one.reconnects for one in status.destinations),
        parts=parts,
        queued_ms=max((one.queued_ms for one in status.destinations), default=0),
        drift_ms=status.audio.drift_ms,
        tick_ms_p95=feed.tick_ms_p95,
    )
