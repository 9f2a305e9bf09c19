"""What a benchmark found."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct


class Result(Struct, frozen=True, kw_only=True):
    """One number with its bound.

    Attributes:
        name: which one, such as "cpu.one"; stable, for programs.
        what: the same for people.
        values: all that was measured, by name.
        value: the one that is judged; None: it could not be measured here, and `detail` says why.
        bound: what it may be at most (at least, where `at_least`); None: told for comparison only.
        ok: whether it holds; None: nothing to hold, or not measured.
        detail: in words what else belongs to it.
    """

    name: str
    what: str
    value: float | None
    unit: str = ""
    values: dict[str, float] = {}
    bound: float | None = None
    at_least: bool = False
    ok: bool | None = None
    detail: str = ""


def judged(
    name: str,
    what: str,
    value: float | None,
    unit: str,
    *,
    bound: float | None = None,
    at_least: bool = False,
    holds: bool = True,
    values: dict[str, float] | None = None,
    detail: str = "",
) -> Result:
    """A result whose `ok` follows from its value and bound; `holds`: whatever else has to be true."""
    ok = None
    if value is not None and bound is not None:
        ok = holds and (value >= bound if at_least else value <= bound)
    return Result(
        name=name,
        what=what,
        value=None if value is None else round(value, 4),
        unit=unit,
        values={key: round(one, 4) for key, one in (values or {}).items()},
        bound=bound,
        at_least=at_least,
        ok=ok,
        detail=detail,
    )


def unmeasured(name: str, what: str, why: str) -> Result:
    return Result(name=name, what=what, value=None, detail=why)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that `share` (0 to 1) of them do not exceed (nearest rank)."""
    ranked = sorted(values)
    if not ranked:
        return 0.0
    rank = -int(-share * len(ranked) // 1)
    return ranked[min(len(ranked), max(1, rank)) - 1]


def median(values: Sequence[float]) -> float:
    ranked = sorted(values)
    if not ranked:
        return 0.0
    middle = len(ranked) // 2
    return ranked[middle] if len(ranked) % 2 else (ranked[middle - 1] + ranked[middle]) / 2
