"""One order for sound and pictures."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from studio.engine.interleave import Interleaver
from studio.media.packet import Packet
from tests.engine.feed_bench import picture, sound

MS = 1_000_000
HOLD = 500 * MS


def _times(packets: list[Packet]) -> list[tuple[str, int]]:
    return [(packet.kind[0], packet.dts_ns // MS) for packet in packets]


def test_a_packet_waits_for_the_other_kind_and_goes_in_order() -> None:
    interleaver = Interleaver(HOLD)
    assert interleaver.add(picture(0)) == []
    assert interleaver.add(picture(33 * MS)) == []
    assert _times(interleaver.add(sound(20 * MS))) == [("v", 0), ("a", 20)]
    assert _times(interleaver.add(sound(41 * MS))) == [("v", 33)]
    assert _times(interleaver.flush()) == [("a", 41)]


def test_at_the_same_time_the_picture_goes_first() -> None:
    interleaver = Interleaver(HOLD)
    interleaver.add(sound(0))
    assert _times(interleaver.add(picture(0))) == [("v", 0)]
    assert _times(interleaver.flush()) == [("a", 0)]


def test_a_kind_that_is_silent_holds_the_other_up_no_longer_than_that() -> None:
    interleaver = Interleaver(HOLD)
    out = [packet for at in range(0, 2000, 20) for packet in interleaver.add(sound(at * MS))]
    assert _times(out) == [("a", at) for at in range(0, 1480, 20)]


def test_nothing_is_left_after_a_flush() -> None:
    interleaver = Interleaver(HOLD)
    interleaver.add(picture(5))
    assert len(interleaver.flush()) == 1
    assert interleaver.flush() == []


steps = st.lists(st.integers(1, 100), max_size=60)


@st.composite
def feeds(draw: st.DrawFn) -> tuple[list[Packet], int]:
    """Both kinds, each in its own order; pictures come `late` after the sound of their time."""
    late = draw(st.integers(0, 300)) * MS
    arrivals: list[tuple[int, Packet]] = []
    for make, delay in ((sound, 0), (picture, late)):
        at = 0
        for step in draw(steps):
            at += step * MS
            arrivals.append((at + delay, make(at)))
    return [packet for _, packet in sorted(arrivals, key=lambda one: one[0])], late


@settings(max_examples=50, deadline=None)
@given(feeds(), st.integers(0, 600))
def test_every_packet_comes_out_once_and_each_kind_in_its_own_order(
    given_: tuple[list[Packet], int], hold: int
) -> None:
    packets, _ = given_
    interleaver = Interleaver(hold * MS)
    out = [one for packet in packets for one in interleaver.add(packet)] + interleaver.flush()
    for kind in ("audio", "video"):
        assert [one for one in out if one.kind == kind] == [one for one in packets if one.kind == kind]


@settings(max_examples=50, deadline=None)
@given(feeds())
def test_while_no_kind_is_later_than_the_hold_all_come_out_in_order(given_: tuple[list[Packet], int]) -> None:
    packets, late = given_
    interleaver = Interleaver(late + 100 * MS)  # what one kind lacks at most: its delay and its longest step
    out = [one for packet in packets for one in interleaver.add(packet)] + interleaver.flush()
    times = [one.dts_ns for one in out]
    assert times == sorted(times)


@settings(max_examples=50, deadline=None)
@given(feeds(), st.integers(0, 400))
def test_no_packet_is_held_longer_than_the_hold(given_: tuple[list[Packet], int], hold: int) -> None:
    packets, _ = given_
    interleaver, waiting = Interleaver(hold * MS), dict[int, Packet]()
    for packet in packets:
        waiting[id(packet)] = packet
        for one in interleaver.add(packet):
            del waiting[id(one)]
        kinds = [one.kind for one in waiting.values()]
        assert len(set(kinds)) <= 1, "never both: the earlier one may go"
        times = [one.dts_ns for one in waiting.values()]
        assert not times or max(times) - min(times) <= hold * MS
