"""A fault's results: what came back in how many seconds, and what was lost."""

from __future__ import annotations

from collections.abc import Sequence

from studio.bench.result import Result, judged

SECONDS = "s"


def back(
    name: str, what: str, seconds: Sequence[float | None], bound: float, waited: float, detail: str = ""
) -> Result:
    """What must be there again, at each of several places: the slowest counts. One that does not come misses."""
    all_back = all(one is not None for one in seconds)
    worst = max((waited if one is None else one for one in seconds), default=0.0)
    each = ", ".join("never" if one is None else f"{one:.2f}" for one in seconds)
    return judged(
        name,
        what,
        worst,
        SECONDS,
        bound=bound,
        holds=all_back,
        values={f"place_{number}_s": one for number, one in enumerate(seconds) if one is not None},
        detail="; ".join(
            one for one in (f"each: {each} s" if len(seconds) > 1 or not all_back else "", detail) if one
        ),
    )


def lost(name: str, what: str, counts: Sequence[int], unit: str = "frames", detail: str = "") -> Result:
    """What must not be missing anywhere."""
    each = ", ".join(str(one) for one in counts)
    return judged(
        name,
        what,
        float(sum(counts)),
        unit,
        bound=0,
        detail="; ".join(one for one in (f"each: {each}" if len(counts) > 1 else "", detail) if one),
    )


def holds(name: str, what: str, failures: Sequence[str], detail: str = "") -> Result:
    """What must be so in every respect; failures in words."""
    return judged(
        name, what, float(len(failures)), "failures", bound=0, detail="; ".join((*failures, detail)).strip("; ")
    )
