from __future__ import annotations

import asyncio
import concurrent.futures
import threading

import pytest

from studio.outputs.network import NetworkLoop, first_of, in_thread


def test_work_is_done_on_the_thread_named_network(network: NetworkLoop) -> None:
    async def where() -> str:
        return threading.current_thread().name

    assert network.submit(where()).result(5) == "network"


def test_what_blocks_is_done_beside_it(network: NetworkLoop) -> None:
    async def both() -> tuple[str, str]:
        return await in_thread("resolve", lambda: threading.current_thread().name), threading.current_thread().name

    assert network.submit(both()).result(5) == ("resolve", "network")


def test_a_failure_on_another_thread_comes_back(network: NetworkLoop) -> None:
    def fail() -> None:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        network.submit(in_thread("x", fail)).result(5)


def test_waiting_for_what_hangs_can_be_given_up(network: NetworkLoop) -> None:
    free = threading.Event()

    async def impatient() -> None:
        async with asyncio.timeout(0.01):
            await in_thread("hangs", free.wait)

    with pytest.raises(TimeoutError):
        network.submit(impatient()).result(5)
    free.set()


def test_the_end_cancels_what_still_runs() -> None:
    loop = NetworkLoop()
    loop.start()
    waiting = loop.submit(asyncio.Event().wait())
    assert loop.stop(5)
    with pytest.raises(concurrent.futures.CancelledError):
        waiting.result(5)
    loop.call(lambda: None)
    with pytest.raises(RuntimeError):
        loop.submit(asyncio.sleep(0))


def test_of_several_works_the_first_to_end_counts_and_the_others_are_cancelled() -> None:
    cancelled: list[str] = []

    async def hangs() -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append("hangs")
            raise
        raise AssertionError

    async def gives() -> str:
        await asyncio.sleep(0)
        return "given"

    async def fails() -> str:
        await asyncio.sleep(0)
        raise ValueError("failed")

    assert asyncio.run(first_of(hangs(), gives())) == "given"
    with pytest.raises(ValueError, match="failed"):
        asyncio.run(first_of(fails(), hangs()))
    assert cancelled == ["hangs", "hangs"]
