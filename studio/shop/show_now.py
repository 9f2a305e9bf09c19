"""A moment of the show on air, as the log keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ShowNow:
    """The show on air and how far it is: `video_s` seconds from its start, where the recording starts too."""

    id: str
    title: str
    language: str
    currency: str
    started_at: datetime
    video_s: float
