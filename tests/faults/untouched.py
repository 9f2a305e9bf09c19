"""What a fault must not touch: the pictures elsewhere, the feed's ticks, the connections, the engine."""

from __future__ import annotations

from collections.abc import Sequence

from studio.bench.result import Result
from tests.faults.account import Account
from tests.faults.results import lost, timed
from tests.faults.stage import NAMES, Mark


def untouched(
    name: str,
    what: str,
    account: Account,
    before: Mark,
    after: Mark,
    *,
    servers: Sequence[int] = (0, 1),
    recording: bool = False,
) -> list[Result]:
    """Two rows: frames missing between the two marks at those servers (and in the recording), and ticks skipped."""
    missing = account.missing(before.at_ns, after.at_ns)
    counts = [*(missing.servers[one] for one in servers), *([missing.recording] if recording else [])]
    failures = [
        f"server {NAMES[one]} was connected to anew"
        for one in servers
        if after.connections[one] != before.connections[one]
    ]
    same = after.pid == before.pid
    if not same:
        failures.append("another engine is at work")
    told = after.skipped if same else 0
    skipped = missing.everywhere
    return [
        lost(
            name,
            what,
            counts,
            detail=f"{skipped} of them skipped" if skipped else "",
            failures=failures,
            skipped=min(told, skipped),
        ),
        timed(
            f"{name}.skipped",
            "… ticks skipped",
            skipped,
            0,
            f"missing everywhere; since its beginning the engine has counted {told}" if skipped else "",
            unit="ticks",
        ),
    ]
