from __future__ import annotations

import pytest

from studio.bench.procfs import CpuReading, parse_cpu_ticks, parse_memory_mb, role_of

_STAT = "4242 (python (x) 3) S 1 4242 4242 0 -1 4194560 9000 0 3 0 1234 56 0 0 20 0 21 0 300 900000 45000"


def test_cpu_time_is_found_behind_a_name_with_brackets() -> None:
    assert parse_cpu_ticks(_STAT) == 1234 + 56


def test_memory_is_read_from_the_rollup() -> None:
    rollup = "7f00-7fff ---p 00000000 00:00 0 [rollup]\nRss:              250000 kB\nPss:              200000 kB\n"
    assert parse_memory_mb(rollup) == pytest.approx((256.0, 204.8))


@pytest.mark.parametrize(
    ("arguments", "role"),
    [
        ("python\0-P\0-m\0studio\0_engine\0", "engine"),
        ("python\0-P\0-m\0studio\0live\0show.toml\0--json\0", "live"),
        ("benchcast\0_source\0", "source"),
        ("", ""),
    ],
)
def test_a_process_says_what_it_does_by_its_arguments(arguments: str, role: str) -> None:
    assert role_of(arguments) == role


def test_cpu_is_told_by_job_and_only_of_the_time_between() -> None:
    before = CpuReading({1: 10.0, 2: 4.0, 9: 1.0}, {1: "engine", 2: "source", 9: "live"})
    after = CpuReading({1: 12.5, 2: 5.0, 3: 0.5}, {1: "engine", 2: "source", 3: "source"})
    assert after.since(before) == {"engine": 2.5, "source": 1.5}
