from __future__ import annotations

import pytest

from studio.outputs import handshake


def test_the_opening_is_a_version_a_time_zeros_and_noise() -> None:
    first, second = handshake.opening(), handshake.opening()
    assert len(first) == 1537
    assert first[:9] == b"\x03" + bytes(8)
    assert first != second


def test_the_answer_repeats_what_the_server_sent() -> None:
    noise = bytes(range(256)) * 6
    assert handshake.answer(b"\x03" + noise + bytes(1536)) == noise


@pytest.mark.parametrize("reply", [b"", b"\x03" + bytes(3071), b"H" + bytes(3072)])
def test_anything_else_is_no_rtmp(reply: bytes) -> None:
    with pytest.raises(handshake.HandshakeError):
        handshake.answer(reply)
