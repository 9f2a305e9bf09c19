"""RTMP's opening handshake (Adobe's RTMP 1.0, section 5.2), the plain one, as the publishing side."""

from __future__ import annotations

import os

VERSION = 3
SIZE = 1536
REPLY = 1 + 2 * SIZE  # S0, S1 and S2


class HandshakeError(ValueError):
    """The other side does not speak RTMP."""


def opening() -> bytes:
    """C0 and C1: version, time 0, four zeros, noise."""
    return bytes([VERSION]) + bytes(8) + os.urandom(SIZE - 8)


def answer(reply: bytes) -> bytes:
    """C2 for S0, S1 and S2. Raises HandshakeError.

    S2 should repeat C1, but known servers send something else there, so it is not looked at.
    """
    if len(reply) != REPLY or reply[0] != VERSION:
        raise HandshakeError("this is no RTMP server")
    return reply[1 : 1 + SIZE]
