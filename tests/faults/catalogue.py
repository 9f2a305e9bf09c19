"""All faults, by the names that `--only` takes, in the order of the table that they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from studio.bench.result import Result
from tests.faults import (
    databases,
    disks,
    links,
    processes,
    refusals,
    servers,
    sleeping,
    sound,
    sources,
    wall_clock,
)
from tests.faults.ground import Trial

FAULTS: Mapping[str, Callable[[Trial], list[Result]]] = MappingProxyType(
    {
        "engine": processes.engine,
        "processes": processes.others,
        "together": processes.together,
        "pairs": processes.pairs,
        "source": sources.killed,
        "hung": sources.hung,
        "stopped": servers.stopped,
        "server": servers.killed,
        "shaped": links.shaped,
        "down": links.down,
        "camera": sources.server,
        "microphone": sound.microphone,
        "disk": disks.full,
        "locked": databases.locked,
        "noise": databases.noise,
        "clock": wall_clock.wall_clock,
        "frozen": sleeping.frozen,
        "refused": refusals.refused,
    }
)
