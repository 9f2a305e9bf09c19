"""How far the show on air is, for whatever is logged with its time code."""

from __future__ import annotations

from datetime import datetime, timedelta

from studio.media.clock import Clock, utc_now
from studio.shop.show_now import ShowNow
from studio.show.wanted import Wanted
from studio.show.wanted_store import WantedStore
from studio.system import boot_id
from studio.workspace.paths import Workspace


def show_now(wanted: Wanted, video_s: float, at: datetime) -> ShowNow | None:
    """The wanted show at `video_s` seconds from its first tick, which is now; None when there is none."""
    show = wanted.show
    if show is None:
        return None
    return ShowNow(
        id=wanted.show_id,
        title=show.title,
        language=show.language,
        currency=show.currency,
        started_at=at - timedelta(seconds=video_s),
        video_s=round(video_s, 3),
    )


def current_show(workspace: Workspace, clock: Clock) -> ShowNow | None:
    """The show that is on air in the workspace; None when none is, or it has not had its first tick.

    Raises:
        StudioError: the workspace cannot be read.
    """
    if not workspace.wanted_db.exists():
        return None
    store = WantedStore(workspace.wanted_db)
    try:
        _, wanted = store.read()
        lease = store.lease()
    finally:
        store.close()
    now_ns = clock.now_ns()
    if wanted.mode != "live" or lease is None or not lease.started_ns:
        return None
    if lease.refusal(wanted.show_id, boot_id(), now_ns):
        return None
    return show_now(wanted, (now_ns - lease.started_ns) / 1e9, utc_now())
