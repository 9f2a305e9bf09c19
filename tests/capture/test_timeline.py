from __future__ import annotations

from studio.capture.timeline import Timeline

FRAME = 40_000_000
SECOND = 10**9
VIDEO, AUDIO = 0, 1


def line(*, closes_gaps: bool = True) -> Timeline:
    return Timeline(0, closes_gaps=closes_gaps)


def play(on: Timeline, stream: int, begins: int, seconds: float, step: int = FRAME) -> list[int]:
    """Where the packets of one stream lie."""
    stamps = range(begins, begins + int(seconds * SECOND), step)
    return [one + on.shift(stream, one, one, step) for one in stamps]


def test_stamps_that_never_break_stay_as_they_are() -> None:
    assert play(line(), VIDEO, 0, 3) == list(range(0, 3 * SECOND, FRAME))


def test_stamps_that_fall_back_go_on_at_the_end() -> None:
    on = line(closes_gaps=False)
    play(on, VIDEO, 0, 2)
    assert play(on, VIDEO, 0, 2)[0] == 2 * SECOND
    assert on.end_ns == 4 * SECOND


def test_a_leap_is_closed_only_where_it_is_a_break() -> None:
    for closes_gaps, begins in ((True, 2 * SECOND), (False, 1000 * SECOND)):
        on = line(closes_gaps=closes_gaps)
        play(on, VIDEO, 0, 2)
        assert play(on, VIDEO, 1000 * SECOND, 1)[0] == begins


def test_a_stream_that_breaks_later_joins_the_others() -> None:
    on = line()
    play(on, VIDEO, 0, 2)
    play(on, AUDIO, 0, 1.9)
    for _ in range(2):
        joint = on.end_ns
        sound = play(on, AUDIO, FRAME, 0.1)  # the sound of the next part is the first to come
        left = play(on, VIDEO, 2 * SECOND, 0.08)  # and pictures of the last part are still on their way
        pictures = play(on, VIDEO, 0, 2)
        assert sound[0] == joint
        assert left[0] <= joint
        assert pictures[0] - sound[0] == -FRAME  # as in the clip itself
        play(on, AUDIO, SECOND, 1)


def test_pictures_far_apart_are_no_leap_while_the_sound_goes_on() -> None:
    on = line()
    for second in range(0, 30, 10):
        assert play(on, VIDEO, second * SECOND, 0.04) == [second * SECOND]
        play(on, AUDIO, second * SECOND, 10, SECOND // 50)


def test_the_last_packet_lasts_as_long_as_the_one_before_if_it_does_not_say() -> None:
    on = line()
    for at in range(0, SECOND, FRAME):
        on.shift(VIDEO, at, at, 0)
    assert on.end_ns == SECOND


def test_a_picture_that_is_a_little_early_moves_nothing() -> None:
    on = line()
    play(on, VIDEO, 0, 1)
    assert on.shift(VIDEO, SECOND - 2 * FRAME, SECOND - 2 * FRAME, FRAME) == 0
