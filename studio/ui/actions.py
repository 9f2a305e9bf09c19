"""What a person does: each action writes what is wanted, then says so; a failure is words, never a crash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QObject, Signal

from studio.errors import StudioError
from studio.show import wanted as steps
from studio.show.wanted import Wanted
from studio.ui.desk import Desk

_OVERLAYS = {"card": "Card", "price": "Price tag", "title": "Title bar"}


class Actions(QObject):
    """Writes through the desk. `said`: what was done; `failed`: why not, and what to do."""

    said = Signal(str)
    failed = Signal(str)

    def __init__(self, desk: Desk, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._hidden = ""  # the product that Space took off, for the next Space

    def feature(self, sku: str, name: str) -> None:
        self._do(lambda now: steps.with_feature(now, sku), f"{name} goes on air")

    def show_or_hide_card(self, name_of: Callable[[str], str]) -> None:
        """Take the card off; with none on, put back the one that was taken off last."""

        def step(now: Wanted) -> Wanted:
            then = steps.with_feature(now, "" if now.feature else self._hidden)
            self._hidden = now.feature or self._hidden
            return then

        try:
            feature = self._desk.read().feature
        except StudioError as error:
            self.failed.emit(str(error))
            return
        if feature:
            self._do(step, f"{name_of(feature)} is taken off")
        elif self._hidden:
            self._do(step, f"{name_of(self._hidden)} goes on air again")
        else:
            self.said.emit("No card is on air: press a product's key")

    def scene(self, name: str) -> None:
        self._do(lambda now: steps.with_scene(now, name), f"Scene {name}")

    def toggle_overlay(self, name: str) -> None:
        self._toggle(
            lambda now: not now.overlay_on(name),
            lambda now, on: steps.with_overlay(now, name, on=on),
            (f"{_OVERLAYS[name]} on", f"{_OVERLAYS[name]} off"),
        )

    def toggle_mute(self) -> None:
        self._toggle(
            lambda now: not now.muted,
            lambda now, on: steps.with_mute(now, on=on),
            ("Muted: nobody hears you", "Sound on"),
        )

    def destination(self, name: str, wish: Literal["on", "off", "retry"]) -> None:
        words = {"on": f"{name} is switched on", "off": f"{name} is switched off", "retry": f"Trying {name} again"}
        self._do(lambda now: steps.with_destination(now, name, wish), words[wish])

    def end(self) -> None:
        self._end("The show ends")

    def leave(self) -> None:
        """Do not carry on the show that was cut off."""
        self._end("The show is over: what was recorded stays where it is")

    def _end(self, words: str) -> None:
        try:
            self._desk.end()
        except StudioError as error:
            self.failed.emit(str(error))
        else:
            self.said.emit(words)

    def _toggle(
        self,
        wish: Callable[[Wanted], bool],
        step: Callable[[Wanted, bool], Wanted],
        words: tuple[str, str],
    ) -> None:
        """Turn something round, as it is at the moment of writing: two windows never undo each other unseen."""
        then: list[bool] = []

        def turn(now: Wanted) -> Wanted:
            then[:] = [wish(now)]
            return step(now, then[0])

        if self._write(turn):
            self.said.emit(words[0] if then[0] else words[1])

    def _do(self, step: Callable[[Wanted], Wanted], words: str) -> None:
        if self._write(step):
            self.said.emit(words)

    def _write(self, step: Callable[[Wanted], Wanted]) -> bool:
        try:
            self._desk.change(step)
        except StudioError as error:
            self.failed.emit(str(error))
            return False
        return True
