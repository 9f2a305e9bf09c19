from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.engine.inlet import InletSettings
from studio.engine.mixer import MIX_LATENCY_NS, soft_clip
from studio.media.sound import SAMPLE_RATE
from tests.engine.sound_bench import ANCHOR_NS, Desk, bend, show_times, sine

NO_CLICK = 2e-3  # a 5 ms fade of the tone bends by 4e-4, a click by its whole step


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_without_a_source_there_is_silence_of_exactly_the_right_length(desk: Desk) -> None:
    sound = desk.run(1.06, step_ms=7.3)
    assert sound.shape == (SAMPLE_RATE, 2)
    assert sound.dtype == np.float32
    assert not sound.any()
    assert desk.mixer.number == SAMPLE_RATE


def test_a_call_gives_at_most_a_second_and_the_next_one_the_rest(desk: Desk) -> None:
    assert len(desk.mixer.mix(ANCHOR_NS + 1_500_000_000)) == SAMPLE_RATE
    assert len(desk.mixer.mix(ANCHOR_NS + 1_500_000_000)) == SAMPLE_RATE // 2
    assert len(desk.mixer.mix(ANCHOR_NS)) == 0


def test_what_nobody_was_awake_for_is_left_out(desk: Desk) -> None:
    desk.mixer.mix(ANCHOR_NS + 500_000_000)
    desk.mixer.wake(ANCHOR_NS + 2_500_000_000)
    assert desk.mixer.number == SAMPLE_RATE // 2, "a stall is made up for"
    desk.mixer.wake(ANCHOR_NS + 30_000_000_000)
    assert desk.mixer.number == 30 * SAMPLE_RATE
    assert len(desk.mixer.mix(ANCHOR_NS + 30_100_000_000)) == SAMPLE_RATE // 10


def test_after_a_sleep_every_sample_lies_at_the_time_of_its_stamp(desk: Desk) -> None:
    desk.plug()
    desk.run(1.0)
    desk.sleep(30.0)
    first = desk.mixer.number
    sound = desk.run(1.0)
    wanted = sine()(show_times(first, len(sound)))
    settled = np.s_[SAMPLE_RATE // 5 :]
    assert np.abs(sound[settled, 0] - wanted[settled]).max() < 1e-3


@pytest.mark.parametrize("rate", [48_000, 44_100, 16_000])
def test_every_sample_lies_at_the_time_of_its_stamp(desk: Desk, rate: int) -> None:
    desk.plug(rate=rate)
    sound = desk.run(1.0)
    wanted = sine()(show_times(0, len(sound)))
    settled = np.s_[SAMPLE_RATE // 10 :]
    # One sample beside its place would differ by 0.0058.
    assert np.abs(sound[settled, 0] - wanted[settled]).max() < 1e-3
    assert bend(sound) < NO_CLICK


@settings(max_examples=10, deadline=None)
@given(steps=st.lists(st.floats(1.0, 90.0), min_size=1, max_size=12))
def test_the_sound_does_not_depend_on_the_portions_it_is_mixed_in(steps: list[float]) -> None:
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        even, odd = Desk(Path(first)), Desk(Path(second))
        for desk in (even, odd):
            desk.plug("mic")
            desk.plug("other", sine(1000.0, 0.05), InletSettings(gain_db=-3.0, delay_ms=12.5), rate=44_100)
        wanted = even.run(0.5, step_ms=10.0)
        sound = np.concatenate([odd.run(step / 1e3, step_ms=step) for step in [*steps, 60.0, 60.0]])
    length = min(len(sound), len(wanted))
    assert length > 0
    assert np.array_equal(sound[:length], wanted[:length])


@pytest.mark.long
@pytest.mark.parametrize(("rate", "ppm", "minutes"), [(48_000, 200.0, 3), (44_100, -200.0, 1)])
def test_a_drifting_microphone_is_held_within_two_milliseconds(
    desk: Desk, rate: int, ppm: float, minutes: int
) -> None:
    frequency = 100.0
    desk.plug(wave=sine(frequency), rate=rate, ppm=ppm)
    sound = desk.run(60.0 * minutes, step_ms=500.0)
    assert len(sound) == round((60.0 * minutes - MIX_LATENCY_NS / 1e9) * SAMPLE_RATE)
    # Without resampling it would be 12 ms off after each minute. The tone's phase tells where each tenth lies.
    tenth = SAMPLE_RATE // 10
    whole = sound[: len(sound) // tenth * tenth, 0].astype(np.float64)
    turning = np.exp(-2j * np.pi * frequency * show_times(0, tenth))  # whole turns: the same for every tenth
    phases = np.unwrap(np.angle(whole.reshape(-1, tenth) @ turning) + np.pi / 2)[1:]
    offsets_ms = phases / (2 * np.pi * frequency) * 1e3
    assert np.abs(offsets_ms).max() < 2.0
    # No block left out or doubled, no click: the sound never bends more sharply than the tone and one fade-in.
    assert bend(sound[tenth:]) < 1.1 * 0.1 * (2 * np.pi * frequency / SAMPLE_RATE) ** 2 + 2e-5
    assert np.abs(whole[tenth:]).reshape(-1, tenth).max(axis=1).min() > 0.099
    assert abs(desk.mixer.status.drift_ms) < 2.0


def test_missing_sound_is_silence_and_comes_back_in_its_place(desk: Desk) -> None:
    device = desk.plug()
    before = desk.run(0.5)
    device.lost = True
    gap = desk.run(0.3)
    device.lost = False
    after = desk.run(0.5)
    sound = np.concatenate((before, gap, after))
    assert bend(sound) < NO_CLICK
    # Blocks arrive 20 ms after they were heard, so those of 0.48 s to 0.78 s are missing.
    assert not sound[int(0.481 * SAMPLE_RATE) : int(0.779 * SAMPLE_RATE)].any()
    wanted = sine()(show_times(0, len(sound)))
    for stretch in (np.s_[4800 : int(0.47 * SAMPLE_RATE)], np.s_[int(0.79 * SAMPLE_RATE) :]):
        assert np.abs(sound[stretch, 0] - wanted[stretch]).max() < 1e-3


def test_a_stamp_leap_begins_anew_without_a_click(desk: Desk) -> None:
    device = desk.plug()
    before = desk.run(0.5)
    device.shift_ns = 600_000_000
    after = desk.run(1.5)
    sound = np.concatenate((before, after))
    assert bend(sound) < NO_CLICK
    assert not sound[int(0.49 * SAMPLE_RATE) : int(1.07 * SAMPLE_RATE)].any()
    late = np.s_[int(1.2 * SAMPLE_RATE) :]
    wanted = sine()(show_times(0, len(sound)) - 0.6)
    assert np.abs(sound[late, 0] - wanted[late]).max() < 1e-3


def test_a_restarted_source_goes_on_with_its_new_ring_at_another_rate(desk: Desk) -> None:
    desk.plug()
    before = desk.run(0.5)
    desk.plug(rate=32_000)
    sound = np.concatenate((before, desk.run(0.5)))
    assert bend(sound) < NO_CLICK
    late = np.s_[int(0.6 * SAMPLE_RATE) :]
    assert np.abs(sound[late, 0] - sine()(show_times(0, len(sound)))[late]).max() < 1e-3


def test_a_delay_is_exact_to_the_sample_and_may_change_on_air(desk: Desk) -> None:
    desk.plug(settings=InletSettings(delay_ms=37.0))
    early = desk.run(0.6)
    wanted = sine()(show_times(0, len(early)) - 0.037)
    assert np.abs(early[4800:, 0] - wanted[4800:]).max() < 1e-3
    assert not early[: 37 * 48].any()
    desk.mixer.adjust("mic", InletSettings(delay_ms=250.0))
    desk.run(0.5)
    desk.mixer.adjust("mic", InletSettings(delay_ms=10.0))
    late = desk.run(0.6)
    assert bend(late) < NO_CLICK
    first = desk.mixer.number - len(late)
    wanted = sine()(show_times(first, len(late)) - 0.010)
    assert np.abs(late[-4800:, 0] - wanted[-4800:]).max() < 1e-3


def test_gain_is_exact_and_moves_without_a_click(desk: Desk) -> None:
    desk.plug(settings=InletSettings(gain_db=-6.0))
    quiet = desk.run(0.5)
    desk.mixer.adjust("mic", InletSettings(gain_db=3.0))
    loud = desk.run(0.5)
    assert np.abs(quiet[4800:]).max() == pytest.approx(0.1 * 10 ** (-6 / 20), rel=5e-3)
    assert np.abs(loud[4800:]).max() == pytest.approx(0.1 * 10 ** (3 / 20), rel=5e-3)
    assert bend(np.concatenate((quiet, loud))) < NO_CLICK


def test_a_source_is_switched_off_and_on_within_20_ms_each_without_a_click(desk: Desk) -> None:
    desk.plug()
    parts = [desk.run(0.5)]
    desk.mixer.adjust("mic", InletSettings(on=False))
    parts.append(desk.run(0.3))
    assert not parts[1][960:].any()
    desk.mixer.adjust("mic", InletSettings(on=True))
    parts.append(desk.run(0.3))
    assert bend(np.concatenate(parts)) < NO_CLICK
    wanted = sine()(show_times(desk.mixer.number - 4800, 4800))
    assert np.abs(parts[2][-4800:, 0] - wanted).max() < 1e-3


def test_a_detached_source_fades_out_and_others_go_on(desk: Desk) -> None:
    desk.plug("mic")
    desk.plug("other", sine(440.0, 0.05))
    before = desk.run(0.5)
    desk.mixer.detach("mic")
    after = desk.run(0.3)
    assert np.abs(before[4800:]).max() == pytest.approx(0.15, rel=5e-3)
    assert np.abs(after[960:]).max() == pytest.approx(0.05, rel=5e-3)
    assert bend(np.concatenate((before, after))) < NO_CLICK


def test_mute_fades_everything_and_does_not_count_as_silence(desk: Desk) -> None:
    desk.plug()
    before = desk.run(0.5)
    desk.mixer.mute(on=True)
    muted = desk.run(0.5)
    assert not muted[960:].any()
    assert desk.mixer.status.silent_s == 0.0
    desk.mixer.mute(on=False)
    after = desk.run(0.5)
    assert np.abs(after[960:]).max() == pytest.approx(0.1, rel=5e-3)
    assert bend(np.concatenate((before, muted, after))) < NO_CLICK


def test_a_source_that_always_comes_late_is_heard_later_and_in_time_again_when_it_can(desk: Desk) -> None:
    device = desk.plug()
    device.latency_ns = 150_000_000
    desk.run(2.0)
    sound = desk.run(1.0)
    assert np.abs(sound).reshape(-1, 480, 2).max(axis=(1, 2)).min() > 0.09
    assert 90 < desk.mixer.drift_ms()["mic"] < 160
    assert desk.mixer.status.drift_ms == desk.mixer.drift_ms()["mic"]
    device.latency_ns = 10_000_000
    back = desk.run(12.0)
    assert abs(desk.mixer.drift_ms()["mic"]) < 20
    assert np.abs(back[-SAMPLE_RATE:]).max() == pytest.approx(0.1, rel=5e-3)


def test_one_stall_moves_nothing(desk: Desk) -> None:
    device = desk.plug()
    desk.run(1.0)
    device.latency_ns = 400_000_000
    desk.run(0.3)
    device.latency_ns = 20_000_000
    sound = desk.run(1.0)
    assert abs(desk.mixer.drift_ms()["mic"]) < 1
    wanted = sine()(show_times(desk.mixer.number - 4800, 4800))
    assert np.abs(sound[-4800:, 0] - wanted).max() < 1e-3


def test_stamps_from_the_far_future_are_not_believed(desk: Desk) -> None:
    device = desk.plug()
    device.shift_ns = 3600 * 10**9
    assert not desk.run(0.5).any()
    device.shift_ns = 0
    assert np.abs(desk.run(0.5)[-4800:]).max() == pytest.approx(0.1, rel=5e-3)


def test_broken_samples_never_reach_the_encoder(desk: Desk) -> None:
    desk.plug(wave=lambda at_s: np.where(np.arange(len(at_s)) % 100 == 7, np.nan, np.inf))
    assert np.isfinite(desk.run(0.5)).all()


def test_loud_sources_together_never_wrap_or_leave_full_scale(desk: Desk) -> None:
    for name in ("a", "b", "c"):
        desk.plug(name, sine(440.0, 1.0))
    sound = desk.run(0.5)
    assert np.abs(sound).max() <= 1.0
    wanted = sine()(show_times(0, len(sound)))
    clear = (np.abs(wanted) > 0.01) & (np.arange(len(wanted)) > 4800)
    assert (sound[clear, 0] * wanted[clear] > 0).all()
    assert desk.mixer.status.peak_db == pytest.approx(0.0, abs=0.01)


@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=50))
def test_the_limiter_leaves_quiet_sound_alone_and_keeps_the_order_of_loud(values: list[float]) -> None:
    samples = np.sort(np.array(values, np.float32)).reshape(-1, 1)
    bent = soft_clip(samples)
    quiet = np.abs(samples) <= 10 ** (-1 / 20)
    assert np.array_equal(bent[quiet], samples[quiet])
    assert (np.abs(bent) <= 1.0).all()
    assert (np.diff(bent[:, 0]) >= 0).all()


def test_the_status_tells_peak_and_silence(desk: Desk) -> None:
    desk.run(2.06)
    assert desk.mixer.status.silent_s == pytest.approx(2.0)
    assert desk.mixer.status.peak_db == -100.0
    desk.plug()
    desk.run(1.0)
    assert desk.mixer.status.peak_db == pytest.approx(-20.0, abs=0.1)
    assert desk.mixer.status.silent_s == 0.0


def test_each_source_is_judged_before_its_gain_and_not_while_muted(desk: Desk) -> None:
    desk.plug("mic", sine(level=0.5), InletSettings(gain_db=-20.0))
    desk.plug("line", lambda at_s: np.clip(sine(level=3.0)(at_s), -0.99997, 0.99997))
    desk.plug("off", sine(level=0.5), InletSettings(on=False))
    silent = desk.plug("dead", sine(level=0.0))
    desk.run(2.0)
    before = desk.mixer.status
    levels = {one.name: one for one in before.sources}
    assert levels.keys() == {"mic", "line", "dead"}
    assert levels["mic"].peak_db == pytest.approx(-6.02, abs=0.1)
    assert [levels[name].clipping for name in ("mic", "line", "dead")] == [False, True, False]
    assert levels["dead"].silent_s == pytest.approx(1.9, abs=0.1)
    assert before.clipping
    silent.lost = True  # nothing comes at all: that is silence, too
    desk.run(1.0)
    assert {one.name: one for one in desk.mixer.status.sources}["dead"].silent_s == pytest.approx(2.9, abs=0.1)
    desk.mixer.mute(True)
    desk.run(0.5)
    assert not desk.mixer.status.clipping
    assert all(one.silent_s == 0.0 and not one.clipping for one in desk.mixer.status.sources)
