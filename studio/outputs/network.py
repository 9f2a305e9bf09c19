"""The thread named `network` with one asyncio loop on it, for every connection to the outside."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")
_log = logging.getLogger(__name__)


class NetworkLoop:
    """Owns the loop and its thread. Nothing on it may block: what must goes through `in_thread`.

    `new_loop` makes the loop: one with a time of its own, where hours are to pass in minutes.
    """

    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop) -> None:
        self._loop = new_loop()
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)
        self._ended = False
        # So that what was submitted is on the loop before its end is: a coroutine left behind would never be awaited.
        self._order = threading.Lock()

    def start(self) -> None:
        self._thread.start()

    def submit(self, coro: Coroutine[Any, Any, _T]) -> concurrent.futures.Future[_T]:
        """Run a coroutine on the loop, from any thread. Raises RuntimeError after `stop`."""
        with self._order:
            if not self._ended:
                return asyncio.run_coroutine_threadsafe(coro, self._loop)
        coro.close()
        raise RuntimeError("the network loop has ended")

    def call(self, function: Callable[[], object]) -> None:
        """Run a short function on the loop, soon, from any thread; after `stop` nothing happens."""
        with contextlib.suppress(RuntimeError):  # raised by a closed loop only
            self._loop.call_soon_threadsafe(function)

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Cancel what still runs and end the thread. False: it is stuck, and the caller must say so."""
        with self._order:
            self._ended = True
            self.call(self._loop.stop)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            if tasks:
                self._loop.run_until_complete(asyncio.wait(tasks, timeout=1.0))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        except Exception:
            _log.exception("the network thread failed")
            raise
        finally:
            self._loop.close()


async def in_thread(name: str, function: Callable[[], _T]) -> _T:
    """Run a function that may block on a daemon thread of its own, and wait for what it gives.

    Not asyncio's executor: its few threads could all hang in name look-ups, and it holds up the program's end.
    Cancelling stops the waiting, not the function.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[_T] = loop.create_future()

    def settle(result: _T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # without an error it is what `function` gave

    def work() -> None:
        result, failure = None, None
        try:
            result = function()
        except Exception as error:  # noqa: BLE001 - carried over to whoever waits
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=work, name=name, daemon=True).start()
    return await future


async def first_of(*works: Coroutine[Any, Any, _T]) -> _T:
    """Run them side by side until one ends, and cancel the others. Gives what it gave, or raises what it raised."""
    tasks = [asyncio.create_task(one) for one in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return next(task for task in tasks if task in done).result()
