"""A stream key in memory: usable on purpose only, never shown by accident."""

from __future__ import annotations

import hmac
import re
from typing import NoReturn
from urllib.parse import quote, unquote

_WINDOW = 8  # so many of a key's characters in a row are taken for a part of it
_MIN = 4  # anything shorter is no secret, and would mask every other word
_MASK = "…"


class Secret:
    """Text that no repr, format, log, pickle or JSON encoder gives away; `reveal` is the one way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The text itself, for the pipe or the server that it is meant for."""
        return self._value

    def hide_in(self, text: str) -> str:
        """`text`, with every stretch of it that is part of the key masked.

        For words that come from outside: a server may well quote the key that it refuses.
        """
        pieces = set()
        for form in {self._value, quote(self._value, safe=""), unquote(self._value)}:
            window = min(len(form), _WINDOW)
            if window >= _MIN:
                pieces |= {form[at : at + window] for at in range(len(form) - window + 1)}
        if not pieces:
            return text
        # Looking ahead finds overlapping pieces, so a stretch longer than the window is masked whole.
        pattern = "(?=(" + "|".join(re.escape(piece) for piece in sorted(pieces, key=len, reverse=True)) + "))"
        shown: list[str] = []
        at = 0
        for found in re.finditer(pattern, text, re.IGNORECASE):
            start, end = found.span(1)
            if start > at or not shown:
                shown += [text[at:start], _MASK]
            at = max(at, end)
        return "".join(shown) + text[at:]

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return f"Secret({_MASK})"

    __str__ = __repr__

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is handed over by reveal(), never stored")
