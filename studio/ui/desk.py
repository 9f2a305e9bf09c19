"""The window's door to what is wanted: reads it, changes it, and says in words when that cannot be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from studio.errors import InputError, StudioError
from studio.media.clock import Clock
from studio.show.flags import WishFlags, want_end
from studio.show.start import interrupted
from studio.show.wanted import Wanted
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace

_Answer = TypeVar("_Answer")
_WAIT_S = 0.2  # another writer holds the file for milliseconds; the window must not hang on one that does not


class Desk:
    """Opens `wanted.db` when it is needed and again after a failure. For the main thread only."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._store: WantedStore | None = None

    def read(self) -> Wanted:
        """The newest wish. Raises StudioError."""
        return self._use(lambda store: store.read()[1])

    def change(self, step: Callable[[Wanted], Wanted]) -> None:
        """Write one step. Raises StudioError, InputError; then nothing was changed."""
        self._use(lambda store: store.change(step))

    def end(self) -> None:
        """End the show, by a flag where the file does not take it. Raises StudioError."""
        show_id = self.read().show_id
        self._use(lambda store: want_end(self._workspace, store, show_id))

    def interrupted(self, clock: Clock) -> bool:
        """Whether a show was cut off and waits for a person to carry it on. Raises StudioError."""
        flags = WishFlags(self._workspace)
        return self._use(lambda store: interrupted(store, clock, flags)) is not None

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _use(self, act: Callable[[WantedStore], _Answer]) -> _Answer:
        try:
            if self._store is None:
                self._store = WantedStore(self._workspace.wanted_db, wait_s=_WAIT_S)
            return act(self._store)
        except InputError:
            raise
        except StudioError:
            self.close()
            raise
