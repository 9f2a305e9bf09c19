"""A fault's results: what came back in how many seconds, and what was lost.

Each row tells beside its value what is amiss apart from time: `make test` asks for that, and for no seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from studio.bench.result import Result, judged

_SECONDS = "s"
_AMISS = "amiss"


def back(
    name: str,
    what: str,
    seconds: Sequence[float | None],
    bound: float,
    waited: float,
    detail: str = "",
    failures: Sequence[str] = (),
) -> Result:
    """What must be there again, at each of several places: the slowest counts. One that does not come misses.

    `waited`: seconds that stand for never. `failures`: what else was not as it must be, in words.
    """
    never = sum(one is None for one in seconds)
    each = ", ".join("never" if one is None else f"{one:.2f}" for one in seconds)
    return timed(
        name,
        what,
        max((waited if one is None else one for one in seconds), default=0.0),
        bound,
        _words(f"each: {each} s" if len(seconds) > 1 or never else "", detail),
        failures,
        never=never,
        values={f"place_{number}_s": one for number, one in enumerate(seconds) if one is not None},
    )


def timed(
    name: str,
    what: str,
    seconds: float,
    bound: float,
    detail: str = "",
    failures: Sequence[str] = (),
    *,
    unit: str = _SECONDS,
    never: int = 0,
    values: Mapping[str, float] | None = None,
) -> Result:
    """What a busy computer may well take longer for, but must do. `never`: how many places it never was so at."""
    return judged(
        name,
        what,
        seconds,
        unit,
        bound=bound,
        holds=not failures and not never,
        values={**(values or {}), _AMISS: float(len(failures) + never)},
        detail=_words(*failures, detail),
    )


def lost(
    name: str,
    what: str,
    counts: Sequence[int],
    unit: str = "frames",
    detail: str = "",
    failures: Sequence[str] = (),
    *,
    skipped: int = 0,
) -> Result:
    """What must not be missing anywhere. `skipped`: how much of it at each place was never made."""
    each = ", ".join(str(one) for one in counts)
    return judged(
        name,
        what,
        float(sum(counts)),
        unit,
        bound=0,
        holds=not failures,
        values={_AMISS: float(sum(max(0, one - skipped) for one in counts) + len(failures))},
        detail=_words(*failures, f"each: {each}" if len(counts) > 1 else "", detail),
    )


def holds(name: str, what: str, failures: Sequence[str], detail: str = "") -> Result:
    """What must be so in every respect; failures in words."""
    return judged(name, what, float(len(failures)), "failures", bound=0, detail=_words(*failures, detail))


def is_amiss(result: Result) -> bool:
    """Whether anything but time is not as it must be, or was not measured."""
    return result.values.get(_AMISS, 0.0) > 0 if _AMISS in result.values else result.ok is not True


def _words(*parts: str) -> str:
    return "; ".join(one for one in parts if one)
