"""Errors that a person can act on; anything else is our bug."""

from __future__ import annotations


class StudioError(Exception):
    """The world failed: what happened, and what the person can do about it."""

    def __init__(self, what: str, *, do: str) -> None:
        super().__init__(what)
        self.what = what
        self.do = do

    def __str__(self) -> str:
        return f"{self.what}: {self.do}" if self.do else self.what


class InputError(StudioError):
    """What the person gave is wrong: `where` names the file, line and field. Nothing was changed."""

    def __init__(self, where: str, what: str, *, do: str) -> None:
        super().__init__(f"{where}: {what}", do=do)
        self.where = where
