"""Asks the keeper for stream keys over the inherited pipe."""

from __future__ import annotations

import asyncio
import itertools
import threading
from collections.abc import Awaitable, Callable
from functools import partial

from studio.errors import StudioError
from studio.outputs.network import in_thread
from studio.outputs.statuses import Lost
from studio.show.model import Destination
from studio.show.wanted import session_key
from studio.system.secret import Secret
from studio.workspace.link import Message

_DEADLINE_S = 9.0  # the keeper gives the keyring five
_LOOK_S = 0.1


class KeyAsker:
    """The engine's side of the key desk. `send` is swapped when a new keeper takes over.

    Keys of the session are kept in memory, so that they survive a keeper; those of the keyring are asked for at each
    connect and kept nowhere.
    """

    def __init__(self, send: Callable[[Message], bool], *, deadline_s: float = _DEADLINE_S) -> None:
        self.send = send
        self._deadline_s = deadline_s
        self.session: dict[str, Secret] = {}
        self._numbers = itertools.count(1)
        self._open: dict[int, tuple[asyncio.AbstractEventLoop, asyncio.Future[Message]]] = {}
        self._lock = threading.Lock()

    def provider(self, destination: Destination, show_id: str) -> Callable[[], Awaitable[Secret]]:
        """A function that gets the destination's key in that show.

        It raises StudioError when there is none, and Lost when nobody answers just now.
        """

        async def provide() -> Secret:
            if destination.key_from == "none":
                return Secret("")
            known = session_key(show_id, destination.name)
            if known in self.session:
                return self.session[known]
            answer = await self._ask(destination, show_id)
            if "key" not in answer:
                raise StudioError(str(answer.get("what", "The key cannot be read")), do=str(answer.get("do", "")))
            key = Secret(str(answer["key"]))
            if destination.key_from != "keyring":
                self.session[known] = key
            return key

        return provide

    def forget(self) -> None:
        """Another show begins."""
        self.session.clear()

    def on_answer(self, message: Message) -> None:
        """Called on the link's thread."""
        with self._lock:
            loop, future = self._open.pop(int(message["answer"]), (None, None))
        if loop is not None and future is not None:
            loop.call_soon_threadsafe(_settle, future, message)

    async def _ask(self, destination: Destination, show_id: str) -> Message:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Message] = loop.create_future()
        number = next(self._numbers)
        with self._lock:
            self._open[number] = (loop, future)
        question = {"ask": number, "name": destination.name, "from": destination.key_from, "show": show_id}
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._answered(question, future)
        except TimeoutError as error:
            raise Lost(
                f"The key of {destination.name} was not given in time", do="it is asked for again by itself"
            ) from error
        finally:
            with self._lock:
                self._open.pop(number, None)

    async def _answered(self, question: Message, future: asyncio.Future[Message]) -> Message:
        """Ask, and ask again whoever takes over from a keeper that died with the question."""
        asked: Callable[[Message], bool] | None = None
        while not future.done():
            send = self.send
            if send is not asked and await in_thread("key:ask", partial(send, question)):
                asked = send
            await asyncio.wait({future}, timeout=_LOOK_S)
        return future.result()


def _settle(future: asyncio.Future[Message], message: Message) -> None:
    if not future.done():
        future.set_result(message)
