from __future__ import annotations

import av
import numpy as np
import pytest

from studio.bench.colour import HD, JPEG, PATCHES, Coding, chart_jpeg, differences, to_srgb


def test_there_are_24_patches() -> None:
    assert len(set(PATCHES)) == 24


@pytest.mark.parametrize(
    ("codes", "coding", "srgb"),
    [
        ((16, 128, 128), HD, (0, 0, 0)),
        ((235, 128, 128), HD, (1, 1, 1)),
        ((63, 102, 240), HD, (1, 0, 0)),  # BT.709 red, in 8-bit codes
        ((0, 128, 128), JPEG, (0, 0, 0)),
        ((255, 128, 128), JPEG, (1, 1, 1)),
        ((76, 85, 255), JPEG, (1, 0, 0)),
    ],
)
def test_codes_become_colours(codes: tuple[int, ...], coding: Coding, srgb: tuple[float, ...]) -> None:
    assert to_srgb(codes, coding) == pytest.approx(srgb, abs=0.01)


def _decoded(jpeg: bytes) -> av.VideoFrame:
    context = av.CodecContext.create("mjpeg", "r")
    frame = [*context.decode(av.Packet(jpeg)), *context.decode(None)][0]
    assert isinstance(frame, av.VideoFrame)
    return frame


def test_the_chart_is_itself_by_its_own_coding_and_another_by_a_wrong_one() -> None:
    frame = _decoded(chart_jpeg())
    right = differences(frame, JPEG)
    assert len(right) == 24
    assert np.mean(right) < 0.6
    assert np.mean(differences(frame, HD)) > 3
