"""How much cheaper something is, in whole per cent."""

from __future__ import annotations


def percent_off(was: int, now: int) -> int | None:
    """What `now` is below `was`, both in the same minor units, cut and never rounded up; None below one per cent."""
    if was <= 0 or now < 0 or now >= was:
        return None
    return (was - now) * 100 // was or None
