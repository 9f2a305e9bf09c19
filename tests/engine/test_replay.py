"""The newest minute of a feed, in memory."""

from __future__ import annotations

import threading
from fractions import Fraction
from typing import Literal

from studio.engine.replay import Replay
from studio.media.packet import AudioFormat, Packet, StreamFormat, VideoFormat

MS = 1_000_000
FORMAT = StreamFormat(VideoFormat(64, 64, Fraction(10), 200, b""), AudioFormat(48_000, 2, 96, b""))


def _packet(kind: Literal["video", "audio"], at_ms: int, *, key: bool = True, size: int = 100) -> Packet:
    return Packet(kind, bytes(size), at_ms * MS, at_ms * MS, 100 * MS, key, 0)


def _feed(replay: Replay, seconds: float, *, start_s: float = 0.0, size: int = 100) -> None:
    """Ten pictures a second, a key frame every two, and sound beside each."""
    for at in range(round(start_s * 10), round((start_s + seconds) * 10)):
        replay.offer(_packet("video", at * 100, key=at % 20 == 0, size=size))
        replay.offer(_packet("audio", at * 100))


def test_nothing_is_there_before_the_first_key_frame() -> None:
    replay = Replay(FORMAT)
    replay.offer(_packet("audio", 0))
    replay.offer(_packet("video", 0, key=False))
    assert replay.newest(30) is None
    assert replay.seconds == 0


def test_it_begins_at_the_key_frame_at_or_before_what_was_asked() -> None:
    replay = Replay(FORMAT)
    _feed(replay, 31)
    for asked, given, first_ms in ((10, 11, 20_000), (11, 11, 20_000), (11.1, 13, 18_000), (31, 31, 0)):
        excerpt = replay.newest(asked)
        assert excerpt is not None
        assert (excerpt.seconds, excerpt.packets[0].pts_ns) == (given, first_ms * MS)
        assert excerpt.packets[0].kind == "video"
        assert excerpt.packets[0].is_key
        assert excerpt.format is FORMAT
        assert len(excerpt.packets) == given * 20


def test_with_less_in_memory_it_gives_what_it_has() -> None:
    replay = Replay(FORMAT)
    _feed(replay, 12)
    excerpt = replay.newest(30)
    assert excerpt is not None
    assert excerpt.seconds == replay.seconds == 12


def test_a_minute_is_kept_and_no_more_than_one_group_beyond() -> None:
    replay = Replay(FORMAT)
    longest = 0.0
    for second in range(300):
        _feed(replay, 1, start_s=second)
        assert replay.seconds >= min(second + 1, 60)
        longest = max(longest, replay.seconds)
    assert longest < 62
    excerpt = replay.newest(60)
    assert excerpt is not None
    assert excerpt.seconds >= 60


def test_its_bytes_are_bounded() -> None:
    replay = Replay(FORMAT, max_bytes=100_000)
    _feed(replay, 300, size=1000)
    excerpt = replay.newest(60)
    assert excerpt is not None
    assert 50_000 < sum(len(one.data) for one in excerpt.packets) <= 100_000
    assert excerpt.packets[0].is_key
    assert excerpt.packets[0].kind == "video"


def test_a_stream_without_key_frames_does_not_fill_the_memory() -> None:
    replay = Replay(FORMAT, max_bytes=10_000)
    replay.offer(_packet("video", 0))
    for at in range(1, 1000):
        replay.offer(_packet("video", at * 100, key=False))
    assert replay.newest(60) is None
    replay.offer(_packet("video", 100_000))
    assert replay.newest(60) is not None


def test_an_excerpt_stays_as_it_was_cut() -> None:
    replay = Replay(FORMAT)
    _feed(replay, 10)
    excerpt = replay.newest(10)
    assert excerpt is not None
    before = excerpt.packets
    _feed(replay, 100, start_s=10)
    assert excerpt.packets == before
    assert len(before) == 200


def test_it_may_be_cut_while_packets_come() -> None:
    replay, done = Replay(FORMAT), threading.Event()

    def offer() -> None:
        _feed(replay, 300)
        done.set()

    thread = threading.Thread(target=offer)
    thread.start()
    while not done.is_set():
        excerpt = replay.newest(20)
        if excerpt is not None:
            assert excerpt.packets[0].is_key
            stamps = [one.dts_ns for one in excerpt.packets]
            assert stamps == sorted(stamps)
    thread.join()
