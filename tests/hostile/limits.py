"""What inputs leave behind, and the input that a process died of."""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import mmap
import struct
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from studio.media.clock import Clock
from tests.hostile.target import Probe
from tests.services.waiting import wait_for

MEMORY_MB = 2048  # of address space, for one door
_WARM = 4000  # inputs before anything counts, or a quarter of them
_ARMED_NS = 1_000_000_000
_ROOM = 1 << 20
_LENGTH = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Held:
    """What this process holds, and its door's folder."""

    rss_mb: float
    peak_mb: float
    handles: int
    threads: int
    folder_mb: float


def held(folder: Path) -> Held:
    gc.collect()
    process = psutil.Process()
    return Held(
        rss_mb=process.memory_info().rss / 1e6,
        peak_mb=_peak_mb(process),
        handles=process.num_fds() if psutil.POSIX else len(process.open_files()),
        threads=process.num_threads(),
        folder_mb=sum(one.stat().st_size for one in folder.rglob("*") if one.is_file()) / 1e6,
    )


def _peak_mb(process: psutil.Process) -> float:
    status = Path("/proc/self/status")
    if status.exists():  # getrusage() counts what the parent held before the exec
        return next(int(line.split()[1]) for line in status.read_text().splitlines() if "VmHWM" in line) * 1024 / 1e6
    try:
        import resource
    except ImportError:  # Windows
        return float(process.memory_info().rss) / 1e6
    unit = 1 if psutil.MACOS else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


def bound_memory(megabytes: int = MEMORY_MB) -> None:
    """An input that asks for more than this gets a MemoryError, which is a finding, instead of the whole computer."""
    with contextlib.suppress(ImportError, ValueError):  # Windows has none; macOS takes no such limit
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))


class Noted:
    """The newest input, in a file that outlives the process: a crash or a hang shows what it died of."""

    def __init__(self, path: Path) -> None:
        path.write_bytes(bytes(_LENGTH.size + _ROOM))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 0)

    def note(self, data: bytes) -> None:
        data = data[:_ROOM]
        self._map[_LENGTH.size : _LENGTH.size + len(data)] = data
        _LENGTH.pack_into(self._map, 0, len(data))

    def close(self) -> None:
        self._map.close()


def newest(path: Path) -> bytes:
    """What `Noted` kept there; nothing when it never began."""
    if not path.exists():
        return b""
    data = path.read_bytes()
    return data[_LENGTH.size : _LENGTH.size + _LENGTH.unpack_from(data)[0]]


class Watch:
    """Counts and times every input that a probe takes, those that are tried again included.

    `patience_s`: one input that takes longer ends the process, with the place where it hung on stderr; 0: it may.
    """

    def __init__(
        self,
        probe: Probe,
        folder: Path,
        inputs: int,
        clock: Clock,
        *,
        noted: Noted | None = None,
        patience_s: float = 0,
    ) -> None:
        self._probe, self._folder, self._clock, self._noted = probe, folder, clock, noted
        self._patience_s, self._armed_ns = patience_s, 0
        self._warm = max(1, min(_WARM, inputs // 4))
        self.inputs, self.slowest_ns, self.slowest_cpu_ns = 0, 0, 0
        self.last = b""
        self._settled: Held | None = None

    def __call__(self, data: bytes) -> None:
        self.last = data
        self.inputs += 1
        if self._noted is not None:
            self._noted.note(data)
        began_ns, began_cpu_ns = self._clock.now_ns(), time.process_time_ns()
        if self._patience_s and began_ns - self._armed_ns > _ARMED_NS:  # to arm it anew takes longer than most inputs
            faulthandler.dump_traceback_later(self._patience_s, exit=True)
            self._armed_ns = began_ns
        self._probe(data)
        self.slowest_ns = max(self.slowest_ns, self._clock.now_ns() - began_ns)
        self.slowest_cpu_ns = max(self.slowest_cpu_ns, time.process_time_ns() - began_cpu_ns)
        if self.inputs == self._warm:
            self._settled = held(self._folder)

    def left(self) -> Held:
        """What is held now, less what was held when it had settled."""
        before = self._settled
        if before is None:
            return Held(0, 0, 0, 0, 0)
        # A thread that was waited for may need a moment to be gone.
        with contextlib.suppress(AssertionError):
            wait_for(lambda: psutil.Process().num_threads() <= before.threads, timeout=2)
        now = held(self._folder)
        return Held(
            rss_mb=now.rss_mb - before.rss_mb,
            peak_mb=now.peak_mb - before.peak_mb,
            handles=now.handles - before.handles,
            threads=now.threads - before.threads,
            folder_mb=now.folder_mb - before.folder_mb,
        )
