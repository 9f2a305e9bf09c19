"""Waits until a server's computer can be reached, by bare TCP connections on which nothing is said."""

from __future__ import annotations

import asyncio
import itertools

from studio.outputs.wire import Place, reachable

_BY_NAME = 4  # one knock in so many looks the name up: it may have another address by now
_EAGER = 240  # so many knocks, then rarer ones: whoever is away for minutes will be for longer
_RARER = 4


async def until_reachable(host: str, port: int, *, every_s: float, each_s: float, known: Place | None = None) -> None:
    """Return as soon as a bare TCP connection comes about.

    Each knock is a connection of its own beside those that still wait: one that got no answer asks again ever more
    rarely, by itself, and so would notice late that the network is back.

    Args:
        host: the server's name.
        port: where it listens.
        every_s: from one knock to the next.
        each_s: how long one may take.
        known: its address; without one only each fourth knock is made, for each has to look the name up.
    """
    found = asyncio.Event()

    async def knock(place: Place | None) -> None:
        if await reachable(host, port, each_s, known=place):
            found.set()

    knocks: set[asyncio.Task[None]] = set()
    try:
        for number in itertools.count():
            by_name = (number + (known is not None)) % _BY_NAME == 0
            if by_name or known is not None:
                knocks.add(asyncio.create_task(knock(None if by_name else known)))
            try:
                async with asyncio.timeout(every_s * (1 if number < _EAGER else _RARER)):
                    await found.wait()
            except TimeoutError:
                knocks = {one for one in knocks if not one.done()}
            else:
                return
    finally:
        for one in knocks:
            one.cancel()
