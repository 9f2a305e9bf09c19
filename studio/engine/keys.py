"""Asks the keeper for stream keys over the inherited pipe."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Awaitable, Callable

from studio.errors import StudioError
from studio.show.model import Destination
from studio.system.secret import Secret
from studio.workspace.link import Message

_DEADLINE_S = 8.0  # the keeper gives the keyring five


class KeyAsker:
    """The engine's side of the key desk. `send` is swapped when a new keeper takes over.

    Keys of the session are kept in memory, so that they survive a keeper; those of the keyring are asked for at each
    connect and kept nowhere.
    """

    def __init__(self, send: Callable[[Message], bool]) -> None:
        self.send = send
        self.session: dict[str, Secret] = {}
        self._numbers = itertools.count(1)
        self._open: dict[int, tuple[asyncio.AbstractEventLoop, asyncio.Future[Message]]] = {}
        self._lock = threading.Lock()

    def provider(self, destination: Destination) -> Callable[[], Awaitable[Secret]]:
        """A function that gets the destination's key. It raises StudioError when there is none."""

        async def provide() -> Secret:
            if destination.key_from == "none":
                return Secret("")
            if destination.name in self.session:
                return self.session[destination.name]
            answer = await self._ask(destination)
            if "key" not in answer:
                raise StudioError(str(answer.get("what", "The key cannot be read")), do=str(answer.get("do", "")))
            key = Secret(str(answer["key"]))
            if destination.key_from != "keyring":
                self.session[destination.name] = key
            return key

        return provide

    def on_answer(self, message: Message) -> None:
        """Called on the link's thread."""
        with self._lock:
            loop, future = self._open.pop(int(message["answer"]), (None, None))
        if loop is not None and future is not None:
            loop.call_soon_threadsafe(_settle, future, message)

    async def _ask(self, destination: Destination) -> Message:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Message] = loop.create_future()
        number = next(self._numbers)
        with self._lock:
            self._open[number] = (loop, future)
        question = {"ask": number, "name": destination.name, "from": destination.key_from}
        try:
            async with asyncio.timeout(_DEADLINE_S):
                if not await asyncio.to_thread(self.send, question):
                    raise StudioError("The key cannot be read just now", do="it is tried again by itself")
                return await future
        except TimeoutError as error:
            raise StudioError(
                f"The keyring did not give the key of {destination.name} in time",
                do="unlock the keyring of this computer, then retry the destination",
            ) from error
        finally:
            with self._lock:
                self._open.pop(number, None)


def _settle(future: asyncio.Future[Message], message: Message) -> None:
    if not future.done():
        future.set_result(message)
