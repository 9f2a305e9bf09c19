from __future__ import annotations

from tests.faults.arrivals import (
    Picture,
    Sound,
    ages,
    first_fresh,
    first_since,
    kbps,
    longest_gap_s,
    longest_step_ms,
)
from tests.faults.tail import FlvReader

_TICK = 1 / 30


def _steady(count: int, *, connection: int = 0, begin_s: float = 0.0, late_s: float = 0.5) -> list[Picture]:
    """Pictures at 30 a second that arrive `late_s` after their time."""
    return [
        Picture(connection, round((begin_s + at * _TICK + late_s) * 1e9), round(at * _TICK * 1000), at == 0, 1000)
        for at in range(count)
    ]


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


def test_a_gap_in_the_sound_is_seen_but_none_between_two_connections() -> None:
    sounds = [Sound(0, 0, at) for at in (0, 21, 43, 64)] + [Sound(1, 0, at) for at in (0, 21, 85)]
    assert longest_step_ms(sounds[:6]) == 22
    assert longest_step_ms(sounds) == 64
    assert longest_step_ms([]) == 0


def _tag(kind: int, dts: int, body: bytes) -> bytes:
    head = bytes([kind]) + len(body).to_bytes(3, "big") + (dts & 0xFFFFFF).to_bytes(3, "big") + bytes([dts >> 24])
    return head + bytes(3) + body + bytes(4)


def test_a_growing_file_gives_each_picture_and_sound_once_it_is_whole() -> None:
    reader = FlvReader(2)
    config = _tag(8, 0, b"\xaf\x00" + bytes(2))
    sound = _tag(8, 21, b"\xaf\x01" + bytes(9))
    header = _tag(9, 0, b"\x17\x00\0\0\0" + bytes(9))
    key = _tag(9, 40, b"\x17\x01\0\0\x21" + bytes(20))
    late = _tag(9, 0x1000010, b"\x27\x01\0\0\0" + bytes(19) + b"\1")
    data = b"FLV\x01\x05\0\0\0\x09\0\0\0\0" + config + sound + header + key + late
    found = [one for at in range(0, len(data), 7) for one in reader.feed(data[at : at + 7], at)]
    pictures = [one for one in found if isinstance(one, Picture)]
    assert [(one.connection, one.pts_ms, one.key) for one in pictures] == [(2, 73, True), (2, 0x1000010, False)]
    assert [one.digest for one in pictures] == [hash(bytes(20)), hash(bytes(19) + b"\1")]
    assert [one.pts_ms for one in found if isinstance(one, Sound)] == [21]
