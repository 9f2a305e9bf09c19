from __future__ import annotations

import threading
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from studio.media.packet import AudioFormat, Packet, StreamFormat, VideoFormat
from studio.outputs.send_queue import SendQueue, Waiting

MS = 1_000_000
FORMAT = StreamFormat(VideoFormat(2, 2, Fraction(30), 100, b""), AudioFormat(48_000, 2, 96, b""))


class HandClock:
    """Time stands until a test moves it."""

    def __init__(self) -> None:
        self.ns = 10**15

    def now_ns(self) -> int:
        return self.ns

    def wait_until(self, due_ns: int, stop: threading.Event) -> bool:
        raise AssertionError("a queue waits for nothing")


def _picture(ms: int, *, key: bool = False, size: int = 10) -> Packet:
    return Packet("video", bytes(size), ms * MS, ms * MS, 33 * MS, key, 0)


def _sound(ms: int) -> Packet:
    return Packet("audio", bytes(4), ms * MS, ms * MS, 21 * MS, True, 0)


class Bench:
    """A queue of one second or 1000 bytes, with its clock and its wake-ups."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.wakes = 0
        self.queue = SendQueue(FORMAT, self.clock, self._wake, max_age_ns=1000 * MS, max_bytes=1000)

    def _wake(self) -> None:
        self.wakes += 1

    def offer(self, *packets: Packet, after_ms: int = 0) -> None:
        for packet in packets:
            self.clock.ns += after_ms * MS
            self.queue.offer(packet)

    def all(self) -> list[str]:
        """What is in the queue: v or k (a key frame) or a, and the time in ms."""
        found = []
        while (waiting := self.queue.take()) is not None:
            found.append(_words(waiting))
            self.queue.taken()
        return found


def _words(waiting: Waiting) -> str:
    packet = waiting.packet
    return f"{'a' if packet.kind == 'audio' else 'k' if packet.is_key else 'v'}{packet.dts_ns // MS}"


def test_nothing_gets_in_while_there_is_no_connection() -> None:
    bench = Bench()
    bench.offer(_picture(0, key=True), _sound(0))
    assert bench.all() == []
    assert bench.queue.dropped == 0


def test_a_connection_begins_with_a_key_frame_and_the_sound_from_then_on() -> None:
    bench = Bench()
    bench.queue.open()
    bench.offer(_sound(0), _picture(0), _sound(50), _sound(70), _picture(60, key=True), _sound(90), _picture(93))
    first = bench.queue.take()
    assert first is not None
    assert (_words(first), first.first) == ("k60", True)
    assert bench.all() == ["a70", "a90", "v93"]
    assert bench.queue.dropped == 0


def test_over_its_age_it_drops_to_the_next_key_frame_that_waits() -> None:
    bench = Bench()
    bench.queue.open()
    bench.offer(_picture(0, key=True), _sound(1), _picture(33), _picture(66, key=True), _picture(99))
    bench.offer(_sound(100), after_ms=900)
    bench.offer(_sound(200), after_ms=101)
    assert bench.all() == ["a100", "a200"]  # all else was offered more than a second ago
    assert bench.queue.dropped == 4


def test_a_key_frame_that_waits_is_where_it_goes_on() -> None:
    bench = Bench()
    bench.queue.open()
    bench.offer(_picture(0, key=True), _picture(33))
    bench.offer(_picture(66, key=True), _picture(99), after_ms=300)
    bench.offer(_sound(100), after_ms=500)
    assert bench.all() == ["k66", "v99", "a100"]
    assert bench.queue.dropped == 2
    bench.offer(_picture(133))
    assert bench.all() == ["v133"]


def test_without_one_pictures_wait_for_the_next_and_sound_goes_on() -> None:
    bench = Bench()
    bench.queue.open()
    bench.offer(_picture(0, key=True), _picture(33), _sound(34))
    bench.offer(_sound(50), after_ms=1000)
    bench.offer(_sound(60), after_ms=1)
    bench.offer(_picture(66), _sound(70), _picture(99, key=True), _picture(133))
    assert bench.all() == ["a50", "a60", "a70", "k99", "v133"]
    assert bench.queue.dropped == 3


def test_beginning_afresh_leaves_out_what_waits_and_goes_on_with_a_key_frame() -> None:
    bench = Bench()
    bench.queue.open()
    bench.offer(_picture(0, key=True))
    bench.all()
    bench.offer(_picture(33), _sound(34), _picture(66, key=True), _picture(99))
    bench.queue.begin_afresh()
    assert bench.queue.oldest_ns() is not None, "the sound"
    bench.offer(_picture(133), _sound(134), _picture(166, key=True), _picture(199))
    assert bench.all() == ["a34", "a134", "k166", "v199"]
    assert bench.queue.dropped == 4


def test_without_a_connection_nothing_begins_afresh() -> None:
    bench = Bench()
    bench.queue.begin_afresh()
    bench.queue.open()
    bench.queue.begin_afresh()
    bench.offer(_picture(0, key=True), _picture(33))
    first = bench.queue.take()
    assert first is not None
    assert first.first
    assert bench.queue.dropped == 0


def test_the_time_of_a_connection_begins_with_the_first_picture_that_is_not_left_out() -> None:
    for waits in (True, False):  # the key frame where it goes on
        bench = Bench()
        bench.queue.open()
        bench.offer(_picture(0, key=True), _picture(33))
        later = [_picture(66, key=True), _picture(99)]
        if waits:
            bench.offer(*later, after_ms=300)
            bench.offer(_sound(100), after_ms=500)
        else:
            bench.queue.begin_afresh()
            bench.offer(*later)
        found = [bench.queue.take(), bench.queue.take()]
        assert [(_words(one), one.first) for one in found if one is not None] == [("k66", True), ("v99", False)]


def test_over_its_bytes_it_drops_too() -> None:
    bench = Bench()
    bench.queue.open()
    bench.offer(_picture(0, key=True, size=600), _picture(33, size=300), _sound(40), _picture(66, key=True, size=200))
    assert bench.all() == ["a40", "k66"]
    assert bench.queue.dropped == 2


def test_a_stall_in_which_there_is_only_sound_is_bounded_too() -> None:
    bench = Bench()
    bench.queue.open()
    bench.offer(_picture(0, key=True))
    bench.all()
    bench.offer(*(_sound(n * 20) for n in range(100)), after_ms=20)
    assert len(bench.all()) == 51


def test_the_oldest_is_the_one_that_the_kernel_has_not_taken() -> None:
    bench = Bench()
    bench.queue.open()
    assert bench.queue.oldest_ns() is None
    bench.offer(_picture(0, key=True))
    at_ns = bench.clock.ns
    bench.offer(_picture(33), after_ms=40)
    assert bench.queue.oldest_ns() == at_ns
    bench.queue.take()
    assert bench.queue.oldest_ns() == at_ns  # taken out of the queue, not yet by the kernel
    bench.queue.taken()
    assert bench.queue.oldest_ns() == at_ns + 40 * MS


def test_a_taker_who_found_nothing_is_woken_once() -> None:
    bench = Bench()
    bench.queue.open()
    assert bench.queue.take() is None
    bench.offer(_picture(0))  # no key frame: nothing to take
    assert bench.wakes == 0
    bench.offer(_picture(33, key=True), _picture(66))
    assert bench.wakes == 1


def test_a_change_of_format_leaves_the_old_out_and_wakes_the_taker() -> None:
    bench = Bench()
    bench.queue.open()
    bench.offer(_picture(0, key=True))
    bench.all()
    other = StreamFormat(FORMAT.video, AudioFormat(48_000, 1, 64, b""))
    bench.queue.change(other)
    assert bench.wakes == 1
    bench.offer(_picture(33, key=True))
    assert bench.all() == []
    assert bench.queue.open() == (other, 1)
    bench.offer(_picture(66, key=True))
    assert bench.all() == ["k66"]
    assert bench.queue.dropped == 1


_events = st.lists(
    st.tuples(st.sampled_from(["k", "v", "a", "take", "open", "shut"]), st.integers(0, 400)), max_size=60
)


@given(_events)
def test_no_picture_follows_a_gap_without_a_key_frame_and_none_is_counted_twice(
    events: list[tuple[str, int]],
) -> None:
    bench = Bench()
    bench.queue.open()
    offered = taken = 0
    last: int | None = None

    def take() -> Waiting | None:
        nonlocal taken, last
        waiting = bench.queue.take()
        if waiting is not None and waiting.packet.kind == "video":
            number = waiting.packet.dts_ns // MS // 100
            assert waiting.packet.is_key or number - 1 == last
            taken, last = taken + 1, number
        bench.queue.taken()
        return waiting

    for what, after_ms in events:
        bench.clock.ns += after_ms * MS
        match what:
            case "take":
                take()
            case "open":
                bench.queue.open()
            case "shut":
                bench.queue.shut()
            case "a":
                bench.queue.offer(_sound(offered * 100))
            case _:
                bench.queue.offer(_picture(offered * 100, key=what == "k"))
                offered += 1
    while take():
        pass
    assert taken + bench.queue.dropped <= offered
