"""What is wanted on air, and each step that changes it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.errors import InputError
from studio.show.model import OVERLAY_NAMES
from studio.show.wanted import (
    DestinationWish,
    Lease,
    Wanted,
    end,
    opened,
    with_destination,
    with_feature,
    with_mute,
    with_overlay,
    with_scene,
)
from tests.show.samples import SHOW, a_show

MINUTE_NS = 60_000_000_000
Step = Callable[[Wanted], Wanted]

steps: st.SearchStrategy[tuple[str, Step]] = st.one_of(
    st.sampled_from(["Bench", "corner"]).map(lambda name: ("scene", lambda now: with_scene(now, name))),
    st.sampled_from(["", "BAG-01", "手工"]).map(lambda sku: ("feature overlays", lambda now: with_feature(now, sku))),
    st.tuples(st.sampled_from(OVERLAY_NAMES), st.booleans()).map(
        lambda wish: ("overlays", lambda now: with_overlay(now, wish[0], on=wish[1]))
    ),
    st.booleans().map(lambda on: ("muted", lambda now: with_mute(now, on=on))),
    st.tuples(st.sampled_from(["youtube", "facebook"]), st.sampled_from(["on", "off", "retry"])).map(
        lambda wish: ("destinations", lambda now: with_destination(now, wish[0], wish[1]))  # type: ignore[arg-type]
    ),
    st.just(("mode", end)),
)


@given(st.lists(steps))
def test_any_steps_change_only_what_they_name_and_can_be_written_down(taken: list[tuple[str, Step]]) -> None:
    now = opened(SHOW)
    for named, step in taken:
        before, frozen = now, msgspec.json.encode(now)
        now = step(now)
        assert msgspec.json.encode(before) == frozen, "the old wish is not touched"
        changed = {name for name in Wanted.__struct_fields__ if getattr(now, name) != getattr(before, name)}
        assert changed <= set(named.split())
        assert msgspec.json.decode(msgspec.json.encode(now), type=Wanted) == now
        assert now.scene in {"Bench", "Corner"}
        assert set(now.destinations) == {"youtube", "Facebook"}
        assert all(
            now.destinations[name].retries >= before.destinations[name].retries for name in before.destinations
        )


def test_a_show_begins_with_what_its_file_says() -> None:
    now = opened(a_show(first_scene="Corner", first_feature="BAG-01", record=False))
    assert (now.mode, now.show_id) == ("off", "")
    assert (now.scene, now.feature, now.record) == ("Corner", "BAG-01", False)
    assert now.destinations == {"youtube": DestinationWish(on=True), "Facebook": DestinationWish(on=False)}


def test_a_show_that_names_no_scene_begins_with_the_first() -> None:
    assert opened(SHOW).scene == "Bench"


def test_cards_and_titles_are_on_until_told_otherwise_and_the_price_is_not() -> None:
    now = opened(SHOW)
    assert [now.overlay_on(name) for name in OVERLAY_NAMES] == [True, False, True]
    assert with_overlay(now, "PRICE", on=True).overlay_on("price")


def test_featuring_a_product_shows_its_card_even_if_cards_were_off() -> None:
    now = with_feature(with_overlay(opened(SHOW), "card", on=False), "BAG-01")
    assert now.feature == "BAG-01"
    assert now.overlay_on("card")


def test_hiding_leaves_the_overlays_as_they_are() -> None:
    now = with_feature(with_overlay(opened(SHOW), "card", on=False), "")
    assert not now.overlay_on("card")


def test_each_retry_counts_and_switches_on() -> None:
    now = with_destination(opened(SHOW), "facebook", "retry")
    assert now.destinations["Facebook"] == DestinationWish(on=True, retries=1)
    now = with_destination(with_destination(now, "Facebook", "off"), "Facebook", "retry")
    assert now.destinations["Facebook"] == DestinationWish(on=True, retries=2)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda now: with_scene(now, "Kitchen"), "scene Kitchen: is not in this show: choose one of: Bench, Corner"),
        (lambda now: with_overlay(now, "clock", on=True), "choose one of: card, price, title"),
        (lambda now: with_destination(now, "twitch", "on"), "choose one of: youtube, Facebook"),
    ],
)
def test_a_name_that_is_not_there_is_refused_with_those_that_are(step: Step, said: str) -> None:
    with pytest.raises(InputError) as caught:
        step(opened(SHOW))
    assert said in str(caught.value)


def test_without_a_show_there_are_no_scenes_and_no_destinations() -> None:
    with pytest.raises(InputError, match="has no show yet: start one"):
        with_scene(Wanted(), "Bench")
    with pytest.raises(InputError, match="this show has no destinations; name them in its file"):
        with_destination(Wanted(), "youtube", "on")


class TestTheLease:
    LEASE = Lease(show_id="a", boot_id="boot", stamp_ns=10**15, seconds=0.0)

    def test_a_fresh_one_of_this_boot_and_show_allows(self) -> None:
        assert self.LEASE.refusal("a", "boot", 10**15) == ""
        assert self.LEASE.refusal("a", "boot", 10**15 + MINUTE_NS) == ""

    @pytest.mark.parametrize(
        ("show_id", "boot_id", "later_ns"),
        [("b", "boot", 0), ("a", "other", 0), ("a", "boot", MINUTE_NS + 1), ("a", "boot", -MINUTE_NS - 1)],
        ids=["another show", "another boot", "stale", "a clock that began anew"],
    )
    def test_one_of_another_show_or_boot_or_that_is_stale_does_not(
        self, show_id: str, boot_id: str, later_ns: int
    ) -> None:
        assert self.LEASE.refusal(show_id, boot_id, 10**15 + later_ns) == "lease"

    def test_a_boot_without_a_name_may_be_any_other(self) -> None:
        assert msgspec.structs.replace(self.LEASE, boot_id="").refusal("a", "", 10**15) == "lease"

    @pytest.mark.parametrize(
        ("slept_ns", "why"), [(MINUTE_NS, ""), (MINUTE_NS + 1, "lease"), (8 * 3600 * 10**9, "lease")]
    )
    def test_sleep_counts_though_the_clock_stands_still(
        self, monkeypatch: pytest.MonkeyPatch, slept_ns: int, why: str
    ) -> None:
        """A laptop that is opened in the evening must not film the room."""
        lease = msgspec.structs.replace(self.LEASE, asleep_ns=5)
        monkeypatch.setattr("studio.show.wanted.asleep_ns", lambda: 5 + slept_ns)
        assert lease.refusal("a", "boot", 10**15) == why

    def test_the_time_runs_from_the_first_tick_on_air(self) -> None:
        waiting = msgspec.structs.replace(self.LEASE, seconds=10.0)
        assert waiting.refusal("a", "boot", 10**15 + 30 * 10**9) == ""
        running = msgspec.structs.replace(waiting, started_ns=10**15)
        assert running.refusal("a", "boot", 10**15 + 10 * 10**9 - 1) == ""
        assert running.refusal("a", "boot", 10**15 + 10 * 10**9) == "time"

    def test_a_show_without_an_end_has_none(self) -> None:
        lease = msgspec.structs.replace(self.LEASE, started_ns=1)
        assert lease.refusal("a", "boot", 10**15) == ""
