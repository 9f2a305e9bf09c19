"""What takes longer than a key press: starting the keeper, opening a show, going live. Each on a thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from studio.errors import InputError, StudioError
from studio.media.clock import Clock
from studio.shop.database import open_shop
from studio.shop.loading import load_products
from studio.show.flags import WishFlags
from studio.show.showfile import load_show
from studio.show.start import (
    ensure_keeper,
    environment_keys,
    interrupted,
    new_show_id,
    on_air,
    resume_show,
    start_show,
)
from studio.show.wanted import opened
from studio.show.wanted_store import WantedStore
from studio.workspace.paths import Workspace


class Jobs(QObject):
    """One job at a time; a second one is refused in words. `said` and `failed` come on the window's thread."""

    said = Signal(str)
    failed = Signal(str)

    def __init__(self, workspace: Workspace, clock: Clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._clock = workspace, clock
        self._thread: threading.Thread | None = None

    def keep(self) -> None:
        """See that a keeper runs: sources and preview while the window is open. Every other job does that as well."""
        if not self._busy:
            self._start("keep", self._keep)

    def open(self, path: Path) -> None:
        """Load a show file: its products into the catalogue, its sources into the preview. Nothing goes on air."""
        self._start("open", lambda: self._open(path))

    def go_live(self) -> None:
        """Put the loaded show on air."""
        self._start("live", self._go_live)

    def carry_on(self) -> None:
        """Put the show that was cut off on air again."""
        self._start("resume", self._carry_on)

    def stop(self) -> None:
        if self._thread is not None:
            self._thread.join(15)

    @property
    def _busy(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _start(self, name: str, act: Callable[[], str]) -> None:
        if self._busy:
            self.failed.emit("Still at work on the last request: try again in a moment")
            return
        self._thread = threading.Thread(target=self._run, args=(act,), name=f"window:{name}", daemon=True)
        self._thread.start()

    def _run(self, act: Callable[[], str]) -> None:
        try:
            words = act()
        except StudioError as error:
            self.failed.emit(str(error))
        except OSError as error:
            self.failed.emit(f"That did not work ({error.strerror or error}): try again")
        else:
            if words:
                self.said.emit(words)

    def _keep(self) -> str:
        ensure_keeper(self._workspace, clock=self._clock)
        return ""

    def _open(self, path: Path) -> str:
        loaded = load_show(path)
        shop, store = open_shop(self._workspace), WantedStore(self._workspace.wanted_db)
        try:
            flags = WishFlags(self._workspace)
            if on_air(store, self._clock, flags):
                raise InputError(str(path), "cannot be opened: a show is on air", do="end it first")
            if interrupted(store, self._clock, flags) is not None:
                raise InputError(
                    str(path), "cannot be opened: a show was cut off", do="carry it on, or leave it, first"
                )
            load_products(shop, path, loaded.products)
            store.change(lambda _: opened(loaded.show))
        finally:
            store.close()
            shop.close()
        ensure_keeper(self._workspace, clock=self._clock)
        return f"{loaded.show.title} is open: look at the picture, then go live"

    def _go_live(self) -> str:
        store = WantedStore(self._workspace.wanted_db)
        try:
            _, wanted = store.read()
            if wanted.show is None:
                raise InputError("going live", "needs a show", do="open one first")
            if interrupted(store, self._clock, WishFlags(self._workspace)) is not None:
                raise InputError(
                    "going live", "would leave the show that was cut off", do="carry it on, or leave it, first"
                )
            show_id = new_show_id()
            ensure_keeper(self._workspace, environment_keys(wanted.show), show_id, clock=self._clock)
            start_show(store, wanted, show_id, clock=self._clock)  # with the scene and product chosen in the preview
        finally:
            store.close()
        return f"{wanted.show.title} goes live"

    def _carry_on(self) -> str:
        store, flags = WantedStore(self._workspace.wanted_db), WishFlags(self._workspace)
        try:
            left = interrupted(store, self._clock, flags)
            if left is None or left.show is None:
                raise InputError("carrying on", "finds no show that was cut off", do="go live with a new one")
            ensure_keeper(self._workspace, environment_keys(left.show), left.show_id, clock=self._clock)
            resume_show(store, self._clock, flags)
        finally:
            store.close()
        return f"{left.show.title} goes on"
