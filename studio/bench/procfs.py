"""What Linux tells about running processes: CPU time and memory. `available` says whether this computer does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_USER_HZ = 100  # clock ticks a second as Linux shows them, whatever it counts in itself (time(7))
NOT_HERE = "measured on Linux only: it needs /proc"


def available() -> bool:
    return (_PROC / "self" / "smaps_rollup").exists()


def parse_cpu_ticks(stat: str) -> int:
    """User and system time from the text of /proc/<pid>/stat, in clock ticks (proc(5), fields 14 and 15).

    The second field is the program's name in brackets, and may hold spaces and brackets itself.
    """
    fields = stat[stat.rindex(")") + 2 :].split()
    return int(fields[11]) + int(fields[12])


def parse_memory_mb(rollup: str) -> tuple[float, float]:
    """Resident and proportional set size from the text of /proc/<pid>/smaps_rollup, in megabytes of 10⁶ bytes."""
    kib = {key: int(rest.split()[0]) for key, _, rest in (line.partition(":") for line in rollup.splitlines()[1:])}
    return kib["Rss"] * 1024 / 1e6, kib["Pss"] * 1024 / 1e6


def role_of(arguments: str) -> str:
    """What one of our processes does, from its command line with zero bytes between the arguments."""
    args = arguments.rstrip("\0").split("\0")
    ours = args[args.index("studio") + 1 :] if "studio" in args else args[-1:]
    return ours[0].lstrip("_") if ours else ""


def cpu_s(pid: int) -> float:
    """CPU seconds that a process has used, all its threads together. Raises OSError when it is gone."""
    ticks = parse_cpu_ticks((_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace"))
    return ticks / _USER_HZ


def memory_mb(pid: int) -> tuple[float, float]:
    """RSS and PSS of a process, in megabytes. Raises OSError when it is gone."""
    return parse_memory_mb((_PROC / str(pid) / "smaps_rollup").read_text(encoding="ascii"))


def processes_of(home: Path) -> dict[int, str]:
    """Every process that was started for the workspace at `home`, and what it does.

    Found by the environment that each inherits, so that none is forgotten, whoever started it.
    """
    wanted = f"BENCHCAST_HOME={home}".encode()
    found = {}
    for folder in _PROC.iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if wanted in (folder / "environ").read_bytes().split(b"\0"):
                found[int(folder.name)] = role_of((folder / "cmdline").read_text(encoding="utf-8", errors="replace"))
        except OSError:
            continue  # gone, or somebody else's
    return found


@dataclass(frozen=True, slots=True)
class CpuReading:
    """CPU seconds by process, with each one's job."""

    seconds: Mapping[int, float]
    roles: Mapping[int, str]

    def since(self, before: CpuReading) -> dict[str, float]:
        """CPU seconds by job, of those that run now."""
        spent: dict[str, float] = {}
        for pid, seconds in self.seconds.items():
            role = self.roles[pid]
            spent[role] = spent.get(role, 0.0) + seconds - before.seconds.get(pid, 0.0)
        return spent


def read_cpu(pids: Mapping[int, str]) -> CpuReading:
    seconds = {}
    for pid in pids:
        try:
            seconds[pid] = cpu_s(pid)
        except OSError:
            continue
    return CpuReading(seconds, {pid: pids[pid] for pid in seconds})
