"""Answers the engine's questions for stream keys: from the session, or from the keyring with a deadline."""

from __future__ import annotations

import logging
import shlex
import threading
from collections.abc import Callable

from studio.errors import StudioError
from studio.show.wanted import session_key
from studio.system.secret import Secret
from studio.workspace.link import Message

log = logging.getLogger(__name__)


class KeyDesk:
    """Holds keys given for one show in memory, and asks the keyring each time for the others."""

    def __init__(self, workspace_id: str, session: dict[str, Secret]) -> None:
        self._workspace_id = workspace_id
        self._session = session

    def add(self, keys: dict[str, Secret]) -> None:
        self._session = {**self._session, **keys}

    def answer(self, question: Message, reply: Callable[[Message], object]) -> None:
        """Answer on a thread of its own: a locked keyring may hang, and the engine asks for others meanwhile."""
        threading.Thread(target=lambda: reply(self.look_up(question)), name="key", daemon=True).start()

    def look_up(self, question: Message) -> Message:
        """The answer to one question. Takes as long as the keyring does."""
        name, number = str(question["name"]), question["ask"]
        try:
            if question["from"] == "keyring":
                # Loaded only now: keyring takes a moment that going live does not have to wait for.
                from studio.workspace.keys import read_key

                key = read_key(self._workspace_id, name)
            elif (known := session_key(str(question.get("show", "")), name)) in self._session:
                key = self._session[known]
            else:
                raise StudioError(
                    f"The key of {name} was given for a session that has ended",
                    do="end the show and start it with the key again, or keep it: benchcast key set "
                    + shlex.quote(name),
                )
        except StudioError as error:
            return {"answer": number, "what": error.what, "do": error.do}
        return {"answer": number, "key": key.reveal()}
