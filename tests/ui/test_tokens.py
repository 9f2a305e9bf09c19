from __future__ import annotations

from typing import get_args

import pytest

from studio.ui.tokens import DARK, LIGHT, SMALL, TARGET, Tokens, Tone, contrast, mixed

THEMES = pytest.mark.parametrize("tokens", [DARK, LIGHT], ids=["dark", "light"])


@THEMES
@pytest.mark.parametrize("tone", get_args(Tone))
def test_every_tone_reads_on_every_ground(tokens: Tokens, tone: Tone) -> None:
    for ground in (tokens.window, tokens.panel, tokens.raised, tokens.well):
        assert contrast(tokens.tone(tone), ground) >= 4.5


@THEMES
@pytest.mark.parametrize("tone", get_args(Tone))
def test_a_state_reads_on_its_own_tint(tokens: Tokens, tone: Tone) -> None:
    for ground in (tokens.window, tokens.panel, tokens.raised):
        tint = mixed(tokens.tone(tone), ground, 0.10)
        assert contrast(tokens.tone(tone), tint) >= 4.5
        assert contrast(tokens.text, tint) >= 4.5


@THEMES
def test_text_reads_on_the_fills_and_a_control_stands_out(tokens: Tokens) -> None:
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5
    assert contrast(tokens.on_live, tokens.live) >= 4.5
    assert contrast(tokens.text, mixed(tokens.live, tokens.window, 0.12)) >= 4.5
    for ground in (tokens.panel, tokens.raised, tokens.window):
        assert contrast(tokens.outline, ground) >= 3


def test_contrast_is_wcags() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_nothing_is_smaller_than_a_finger_or_an_eye_needs() -> None:
    assert SMALL >= 13
    assert TARGET >= 44
