"""One-shot acts that somebody asks of the engine, such as a clip: each is done once, and its answer kept for them.

A request goes asked → taken → done or failed. An engine takes it before it begins, so one that dies in between leaves
it taken: the next engine then says so, and nobody does it a second time.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

RequestState = Literal["asked", "taken", "done", "failed"]
NEWEST_CLIP_S = 60.0  # as much as is kept in memory


class Clip(Struct, frozen=True, kw_only=True, tag="clip"):
    """Save the newest seconds of a feed."""

    seconds: float
    feed: str


class Answer(Struct, frozen=True, kw_only=True):
    """What came of a request. `said` is the result (a path), or what failed; `note` what is to be known beside it."""

    said: str = ""
    do: str = ""
    note: str = ""


class Request(Struct, frozen=True, kw_only=True):
    """A row of the table. `act` None: this version does not know it."""

    id: str
    show_id: str
    act: Clip | None
    state: RequestState
    answer: Answer
