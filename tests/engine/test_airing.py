"""A show on air: kept as wanted, under its lease, and what it showed written down."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from studio.engine.airing import Airing
from studio.engine.feed import FeedThread
from studio.engine.journal import ShowJournal
from studio.engine.keys import KeyAsker
from studio.engine.live import LiveShow
from studio.media.clock import utc_now
from studio.shop.catalogue import Catalogue, ProductView
from studio.show.status import Ended
from studio.show.wanted import Lease, Wanted, opened
from studio.workspace.paths import Workspace
from tests.engine.engine_bench import CLOCK, SHOW, Room


def test_a_show_that_nobody_gets_any_more_is_over(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[int] = []
    begin, finish = Airing.begin, Airing.end

    def begun(air: Airing, wanted: Wanted, lease: Lease | None, now_ns: int) -> None:
        times.append(now_ns)
        begin(air, wanted, lease, now_ns)

    def ended(air: Airing, why: Ended, *, leaves: bool) -> None:
        times.append(CLOCK.now_ns())
        finish(air, why, leaves=leaves)

    monkeypatch.setattr(Airing, "begin", begun)
    monkeypatch.setattr(Airing, "end", ended)
    (tmp_path / "file").touch()
    room.give_pictures()
    room.begin("a", replace(SHOW, record_to=str(tmp_path / "file" / "kept.mp4")))
    room.start()
    room.wait_end()
    assert (room.status.final, room.status.ended) == (True, "nothing_out")
    assert times[1] - times[0] > 500_000_000, "a while is left to mend it"
    assert room.store.read()[1].mode == "off", "nobody may start it again"


@pytest.mark.long
def test_a_lease_that_cannot_be_renewed_ends_no_show(room: Room) -> None:
    """The disk may be full, or another program at the file: who has the show on air keeps it."""
    room.give_pictures()
    room.begin("a", stamp_ns=CLOCK.now_ns() - 59_000_000_000)
    with closing(sqlite3.connect(room.workspace.wanted_db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        room.start()
        room.wait(lambda now: now.mode == "live" and now.t > 1.5, "a show that goes on")
        lease = room.store.lease()
        assert lease is not None
        assert CLOCK.now_ns() - lease.stamp_ns > 60_000_000_000
        other.execute("ROLLBACK")


class Noted(ShowJournal):
    """Writes nothing; notes what it is asked to write."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.asked: list[tuple[str, object]] = []

    def renew(self, show_id: str, now_ns: int) -> None:
        self.asked.append(("renew", now_ns))

    def write_off(self, show_id: str) -> None:
        self.asked.append(("write off", show_id))

    def begin(self, wanted: Wanted, started_ns: int) -> None:
        self.asked.append(("begin", started_ns))

    def resume(self, now_ns: int) -> None:
        self.asked.append(("resume", now_ns))

    def feature(self, wanted: Wanted, sku: str, at_s: float) -> None:
        self.asked.append(("feature", sku))

    def end(self, wanted: Wanted, at_s: float) -> None:
        self.asked.append(("end", wanted.show_id))


WANTED = replace(opened(SHOW), mode="live", show_id="a", record=False)
S = 1_000_000_000


@contextmanager
def on_air(workspace: Workspace, lease: Lease | None = None, why: Ended = "off") -> Iterator[tuple[Airing, Noted]]:
    """A rehearsal on air, from second 1000 of the clock on."""
    threads = {feed.name: FeedThread(feed, CLOCK, CLOCK.now_ns()) for feed in SHOW.feeds}
    for thread in threads.values():
        thread.start()
    live = LiveShow(WANTED, threads, workspace, CLOCK, KeyAsker(lambda _: False), 0, utc_now(), resumed=False)
    live.meet(WANTED)
    journal = Noted(workspace)
    air = Airing(live, journal, CLOCK, patience_ns=S)
    air.begin(WANTED, lease, 1000 * S)
    try:
        yield air, journal
    finally:
        air.end(why)
        for thread in threads.values():
            thread.stop()


def _product(sku: str) -> ProductView:
    return ProductView(sku=sku, name=sku, currency="USD", prices={"USD": 100})


CATALOGUE = Catalogue((_product("BAG"), _product("BELT")))


def test_its_lease_is_renewed_each_five_seconds(workspace: Workspace) -> None:
    with on_air(workspace) as (air, journal):
        for second in range(1000, 1013):
            assert air.follow(WANTED, CATALOGUE, second * S) == ""
            assert air.seen_ns == second * S
    assert [when for what, when in journal.asked if what == "renew"] == [1000 * S, 1006 * S, 1012 * S]


def test_each_product_shown_is_noted_once(workspace: Workspace) -> None:
    with on_air(workspace) as (air, journal):
        for feature in ("BAG", "BAG", "BELT", "unknown", "BAG"):
            air.follow(replace(WANTED, feature=feature), CATALOGUE, 1000 * S)
        air.follow(replace(WANTED, feature="BAG", overlays={"card": False}), CATALOGUE, 1000 * S)
    assert [sku for what, sku in journal.asked if what == "feature"] == ["BAG", "BELT", "", "BAG", ""]


def test_its_clock_begins_with_the_first_tick_on_air_and_stands_after_the_end(workspace: Workspace) -> None:
    with on_air(workspace) as (air, journal):
        (began,) = (when for what, when in journal.asked if what == "begin")
        assert isinstance(began, int)
        assert air.seconds(began + 2 * S) == 2.0
        assert air.seconds(began - S) == 0.0
    assert air.seconds(began + 3600 * S) < 60
    assert journal.asked[-1] == ("end", "a")


def test_one_that_was_on_air_before_keeps_its_clock_and_is_noted_as_such(workspace: Workspace) -> None:
    lease = Lease(show_id="a", boot_id="boot", stamp_ns=0, started_ns=77)
    with on_air(workspace, lease) as (_, journal):
        assert journal.asked == [("begin", 77), ("resume", 1000 * S)]


@pytest.mark.parametrize("why", ["time", "lease", "nothing_out"])
def test_an_end_that_nobody_wrote_is_written_off(workspace: Workspace, why: Ended) -> None:
    with on_air(workspace, why=why) as (_, journal):
        pass
    assert ("write off", "a") in journal.asked


def test_but_one_that_was_written_is_not_written_again(workspace: Workspace) -> None:
    with on_air(workspace) as (_, journal):
        pass
    assert ("write off", "a") not in journal.asked
