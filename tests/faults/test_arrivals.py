from __future__ import annotations

from tests.faults.arrivals import Picture, ages, first_fresh, first_since, kbps, longest_gap_s, lost_each, ticks
from tests.faults.camera import Seen
from tests.faults.sources import moving_again_s, stale_s
from tests.faults.tail import FlvReader

_TICK = 1 / 30


def _steady(count: int, *, connection: int = 0, begin_s: float = 0.0, late_s: float = 0.5) -> list[Picture]:
    """Pictures at 30 a second that arrive `late_s` after their time."""
    return [
        Picture(connection, round((begin_s + at * _TICK + late_s) * 1e9), round(at * _TICK * 1000), at == 0, 1000)
        for at in range(count)
    ]


def test_what_one_lacks_and_another_has_is_lost_there() -> None:
    whole = set(range(600))
    skipped = whole - {100, 101, 350}
    holes = {tick - 4 for tick in skipped - {200, 201, 202}}  # began four ticks later
    assert lost_each([skipped, skipped, holes], 50, 500) == [0, 0, 3]
    assert lost_each([skipped, skipped, holes], 300, 500) == [0, 0, 0]
    assert lost_each([holes, skipped], 50, 500) == [3, 0]


def test_pictures_stand_for_ticks_in_any_order() -> None:
    assert ticks([0, 0.0333, 0.1, 0.067]) == {0, 1, 2, 3}


def test_the_first_of_a_new_connection_is_found() -> None:
    both = [*_steady(30), *_steady(30, connection=1, begin_s=3)]
    again = first_since(both, both[20].arrived_ns, connection=1)
    assert again == both[30]
    assert first_since(both, both[20].arrived_ns) == both[21]
    assert first_since(both, both[-1].arrived_ns) is None
    assert 2 < longest_gap_s(both, 0, both[-1].arrived_ns) < 3


def test_what_waited_is_old_and_what_comes_after_is_fresh() -> None:
    stalled = [
        *_steady(30),
        # for two seconds nothing is taken; then all at once
        *(Picture(0, 3_500_000_000, round(at * _TICK * 1000), False, 1000) for at in range(30, 90)),
    ]
    assert max(age for _, age in ages(stalled)) > 1.9
    found = first_fresh(stalled, 3_400_000_000)
    assert found is not None
    assert found.pts_ms >= 2000


def test_the_rate_is_of_the_pictures_that_arrived_then() -> None:
    assert 235 < kbps(_steady(60), 500_000_000, 1_500_000_000) < 245


def _tag(kind: int, dts: int, body: bytes) -> bytes:
    head = bytes([kind]) + len(body).to_bytes(3, "big") + (dts & 0xFFFFFF).to_bytes(3, "big") + bytes([dts >> 24])
    return head + bytes(3) + body + bytes(4)


def test_a_growing_file_gives_each_picture_once_it_is_whole() -> None:
    reader = FlvReader(2)
    sound = _tag(8, 0, b"\xaf\x01" + bytes(9))
    header = _tag(9, 0, b"\x17\x00\0\0\0" + bytes(9))
    key = _tag(9, 40, b"\x17\x01\0\0\x21" + bytes(20))
    late = _tag(9, 0x1000010, b"\x27\x01\0\0\0" + bytes(20))
    data = b"FLV\x01\x05\0\0\0\x09\0\0\0\0" + sound + header + key + late
    found = [one for at in range(0, len(data), 7) for one in reader.feed(data[at : at + 7], at)]
    assert [(one.connection, one.pts_ms, one.key) for one in found] == [(2, 73, True), (2, 0x1000010, False)]


def _seen(*parts: tuple[str, int]) -> list[Seen]:
    looks = [look for look, count in parts for _ in range(count)]
    return [Seen(at * _TICK, look) for at, look in enumerate(looks)]  # type: ignore[arg-type]


def test_a_camera_that_went_shows_the_slate_and_moves_again() -> None:
    seen = _seen(("moving", 30), ("still", 27), ("other", 20), ("moving", 30))
    assert 0.85 < stale_s(seen, 1.0) < 0.95
    again = moving_again_s(seen, 1.0, 1.0)
    assert again is not None
    assert 1.5 < again < 1.6


def test_a_camera_that_never_came_back_is_told() -> None:
    assert moving_again_s(_seen(("moving", 30), ("still", 30), ("other", 60)), 1.0, 1.0) is None


def test_single_pictures_shown_twice_are_no_outage() -> None:
    seen = _seen(*(("moving", 9), ("still", 1)) * 10)
    assert moving_again_s(seen, 1.0, 1.0) == 0.0
    assert stale_s(seen, 1.0) < 0.1
