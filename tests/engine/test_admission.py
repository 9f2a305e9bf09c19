"""Whether a show may be on air, and whether it begins now."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from studio.engine.admission import (
    FIRST_CARD_NS,
    FIRST_PICTURE_NS,
    OPENING_NS,
    Admission,
    SourceView,
    Verdict,
    is_offered,
    refusal,
)
from studio.show.status import Ended
from studio.show.wanted import Lease, Wanted, opened
from tests.show.samples import SHOW

S = 1_000_000_000
LIVE = replace(opened(SHOW), mode="live", show_id="a")
LEASE = Lease(show_id="a", boot_id="boot", stamp_ns=100 * S)
OK = SourceView("ok", failed_to_open=False)
FROZEN = SourceView("frozen", failed_to_open=False)
OPENING = SourceView("opening", failed_to_open=False)
LOST = SourceView("lost", failed_to_open=False)
FAILED = SourceView("lost", failed_to_open=True)


def _refused(wanted: Wanted = LIVE, lease: Lease | None = LEASE, **given: Any) -> Ended:
    usual: dict[str, Any] = {"boot_id": "boot", "seen_ns": 0, "now_ns": 101 * S}
    over = given.pop("over", {})
    return refusal(wanted, lease, over, **{**usual, **given})


class TestOffer:
    def _offered(self, wanted: Wanted = LIVE, lease: Lease | None = LEASE, **given: Any) -> bool:
        usual: dict[str, Any] = {"boot_id": "another", "now_ns": 101 * S}
        return is_offered(wanted, lease, given.pop("over", {}), **{**usual, **given})

    def test_a_show_of_another_boot_is_offered(self) -> None:
        assert self._offered()

    def test_so_is_one_whose_lease_has_run_out(self) -> None:
        assert self._offered(boot_id="boot", now_ns=161 * S)

    def test_nothing_else_is(self) -> None:
        assert not self._offered(boot_id="boot")
        assert not self._offered(replace(LIVE, mode="off"))
        assert not self._offered(lease=None)
        assert not self._offered(lease=replace(LEASE, show_id="b"))
        assert not self._offered(over={"a": "lease"})


class TestRefusal:
    def test_a_show_that_is_wanted_under_its_lease_may_be_on_air(self) -> None:
        assert _refused() == ""

    @pytest.mark.parametrize("wanted", [replace(LIVE, mode="off"), replace(LIVE, show=None), Wanted()])
    def test_what_is_not_wanted_may_not(self, wanted: Wanted) -> None:
        assert _refused(wanted) == "off"

    def test_a_show_that_has_ended_stays_over_whatever_is_wanted(self) -> None:
        assert _refused(over={"a": "no_source"}) == "no_source"
        assert _refused(over={"b": "no_source"}) == ""

    @pytest.mark.parametrize("lease", [None, replace(LEASE, show_id="b"), replace(LEASE, boot_id="another")])
    def test_without_a_lease_of_its_own_it_may_not(self, lease: Lease | None) -> None:
        assert _refused(lease=lease) == "lease"

    def test_a_stamp_that_is_too_old_is_no_lease(self) -> None:
        assert _refused(now_ns=161 * S) == "lease"

    def test_but_having_had_it_on_air_a_moment_ago_is_as_good(self) -> None:
        assert _refused(now_ns=161 * S, seen_ns=160 * S) == ""
        assert _refused(replace(LIVE, show_id="b"), now_ns=161 * S, seen_ns=160 * S) == "lease"

    def test_its_time_may_be_over(self) -> None:
        lease = replace(LEASE, seconds=5, started_ns=100 * S)
        assert _refused(lease=lease, now_ns=104 * S) == ""
        assert _refused(lease=lease, now_ns=105 * S) == "time"


class Waiting:
    """A show that waits; `judge` after so many seconds."""

    def __init__(self) -> None:
        self._admission = Admission()

    def judge(self, *sources: SourceView, s: float = 0.0, drawn: bool = True) -> Verdict:
        return self._admission.judge(sources, drawn=drawn, now_ns=round((1000 + s) * S))

    def reset(self) -> None:
        self._admission.reset()


class TestAdmission:
    def test_it_begins_with_its_first_picture(self) -> None:
        show = Waiting()
        assert show.judge(OPENING) == "wait"
        assert show.judge(OK, s=0.1) == "begin"

    def test_one_source_that_works_is_enough(self) -> None:
        assert Waiting().judge(FAILED, OPENING, OK) == "begin"

    def test_it_is_over_when_every_source_failed_to_open(self) -> None:
        show = Waiting()
        assert show.judge(FAILED, OPENING) == "wait"
        assert show.judge(FAILED, LOST, s=0.1) == "wait"
        assert show.judge(FAILED, FAILED, s=0.2) == "no_source"

    @pytest.mark.parametrize(
        ("sources", "patience_ns"),
        [
            ((OPENING,), OPENING_NS),
            ((OPENING, OPENING), OPENING_NS),
            ((OPENING, LOST), FIRST_PICTURE_NS),
            ((FROZEN,), FIRST_PICTURE_NS),
            ((FAILED, FROZEN), FIRST_PICTURE_NS),
        ],
    )
    def test_a_picture_is_not_waited_for_for_ever(self, sources: tuple[SourceView, ...], patience_ns: int) -> None:
        show = Waiting()
        show.judge(*sources)
        assert show.judge(*sources, s=patience_ns / S) == "wait"
        assert show.judge(*sources, s=patience_ns / S + 0.1) == "begin"

    def test_a_scene_without_sources_begins_with_the_slate(self) -> None:
        show = Waiting()
        assert show.judge() == "wait"
        assert show.judge(s=FIRST_PICTURE_NS / S + 0.1) == "begin"

    def test_after_its_picture_it_waits_for_its_card(self) -> None:
        show = Waiting()
        show.judge(OPENING, drawn=False)
        assert show.judge(OK, s=3, drawn=False) == "wait"
        assert show.judge(OK, s=3 + FIRST_CARD_NS / S, drawn=False) == "wait"
        assert show.judge(OK, s=3.1 + FIRST_CARD_NS / S, drawn=False) == "begin"

    def test_a_card_that_is_there_is_not_waited_for(self) -> None:
        show = Waiting()
        assert show.judge(OK, drawn=False) == "wait"
        assert show.judge(OK, s=0.1, drawn=True) == "begin"

    def test_the_next_show_waits_anew(self) -> None:
        show = Waiting()
        show.judge(OPENING)
        show.reset()
        assert show.judge(OPENING, s=100) == "wait"
        show.judge(OK, s=101, drawn=False)
        show.reset()
        assert show.judge(OK, s=200, drawn=False) == "wait"
