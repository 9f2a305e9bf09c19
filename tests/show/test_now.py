"""How far the show on air is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from studio.show.now import current_show, show_now
from studio.show.wanted import Lease, Wanted, end, opened
from studio.show.wanted_store import WantedStore
from studio.system import boot_id
from studio.workspace.paths import Workspace
from tests.media.manual_clock import START_NS, ManualClock
from tests.show.samples import SHOW

LIVE = replace(opened(SHOW), mode="live", show_id="a")
LEASE = Lease(show_id="a", boot_id=boot_id(), stamp_ns=START_NS, started_ns=START_NS)


def test_a_show_is_told_with_when_it_began() -> None:
    at = datetime(2026, 8, 1, 20, 0, 10, tzinfo=UTC)
    now = show_now(LIVE, 10.00049, at)
    assert now is not None
    assert (now.id, now.title, now.language, now.currency) == ("a", "Carved leather", "en", "USD")
    assert now.video_s == 10.0
    assert at - now.started_at == timedelta(seconds=10.00049)


def test_without_a_show_there_is_none() -> None:
    assert show_now(Wanted(), 1.0, datetime(2026, 8, 1, tzinfo=UTC)) is None


class TestCurrentShow:
    def test_a_workspace_never_used_has_none_and_stays_so(self, workspace: Workspace) -> None:
        assert current_show(workspace, ManualClock()) is None
        assert not workspace.wanted_db.exists()

    def test_the_show_on_air_is_as_far_as_its_clock(self, workspace: Workspace) -> None:
        clock = ManualClock()
        _write(workspace, LIVE, LEASE)
        clock.pass_s(42.5)
        now = current_show(workspace, clock)
        assert now is not None
        assert now.video_s == 42.5

    @pytest.mark.parametrize(
        ("wanted", "lease"),
        [
            pytest.param(end(LIVE), LEASE, id="ended"),
            pytest.param(LIVE, replace(LEASE, started_ns=0), id="before its first tick"),
            pytest.param(LIVE, replace(LEASE, boot_id="another"), id="of another boot"),
            pytest.param(LIVE, replace(LEASE, stamp_ns=START_NS - 61_000_000_000), id="that nobody keeps"),
            pytest.param(LIVE, replace(LEASE, seconds=1.0, started_ns=START_NS - 2_000_000_000), id="over"),
        ],
    )
    def test_a_show_that_is_not_on_air_is_none(self, workspace: Workspace, wanted: Wanted, lease: Lease) -> None:
        _write(workspace, wanted, lease)
        assert current_show(workspace, ManualClock()) is None


def _write(workspace: Workspace, wanted: Wanted, lease: Lease) -> None:
    store = WantedStore(workspace.wanted_db)
    store.begin(wanted, lease)
    store.close()
