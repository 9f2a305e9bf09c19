"""Reading the fields of a show file: each has a type, a range and a place to point at when it is wrong."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import TypeVar

from studio.errors import InputError
from studio.show.showfile_lines import Path

T = TypeVar("T", bound=str)
R = TypeVar("R")

_LONGEST = 500


class Table:
    """One table of the file, with its path, so that every complaint names file, line and field.

    The readers return the field's value or its default; a field without a default must be there. All raise
    InputError.
    """

    def __init__(self, file: FilePath, lines: Mapping[Path, int], path: Path, values: Mapping[str, object]) -> None:
        self.file, self.path = file, path
        self._lines, self._values = lines, values

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def fields(self) -> list[str]:
        return list(self._values)

    def error(self, key: str | int, what: str, *, do: str) -> InputError:
        """A complaint about one field; an empty key: about the table itself."""
        path = self.path if key == "" else (*self.path, key)
        known = next((path[:end] for end in range(len(path), 0, -1) if path[:end] in self._lines), ())
        line = f", line {self._lines[known]}" if known else ""
        field = f", {spelled(path)}" if path else ""
        return InputError(f"{self.file}{line}{field}", what, do=do)

    def only(self, *keys: str) -> Table:
        """Itself. Refuses a key that is none of these."""
        for key in self._values:
            if key not in keys:
                raise self.error(key, f"no such field{did_you_mean(key, keys)}", do=f"allowed: {', '.join(keys)}")
        return self

    def wrong(self, key: str, allowed: str) -> InputError:
        """The complaint that the value found is not what is allowed."""
        if key not in self._values:
            return self.error(key, "is missing", do=f"write {allowed}")
        return self.error(key, f"found {found(self._values[key])}", do=f"write {allowed}")

    def is_integer(self, key: str) -> bool:
        value = self._values.get(key)
        return isinstance(value, int) and not isinstance(value, bool)

    def equals(self, key: str, value: object) -> bool:
        return self._values.get(key) == value

    def text(
        self,
        key: str,
        default: str | None = None,
        *,
        allowed: str = "a text",
        longest: int = _LONGEST,
        secret: bool = False,
    ) -> str:
        """A text on one line. `secret`: what was found may hold a key, and is not shown."""
        if default is not None and key not in self._values:
            return default
        value = self._values.get(key)
        if secret and (not isinstance(value, str) or not value.isprintable()):
            raise self.error(key, "is wrong", do=f"write {allowed} in quotes")
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, f"{allowed} in quotes")
        if len(value) > longest:
            raise self.error(key, f"is {len(value)} characters long", do=f"write at most {longest}")
        if any(unicodedata.category(one) in {"Cc", "Cs", "Zl", "Zp"} for one in value):
            raise self.wrong(key, f"{allowed} without line breaks and control characters")
        return unicodedata.normalize("NFC", value.strip())

    def choice(self, key: str, allowed: Sequence[T], default: T | None = None) -> T:
        if default is not None and key not in self._values:
            return default
        value = self._values.get(key)
        for one in allowed:
            if value == one:
                return one
        if isinstance(value, str):
            raise self.error(key, f"found {found(value)}{did_you_mean(value, allowed)}", do=one_of(allowed))
        raise self.wrong(key, f"one of {', '.join(allowed)}")

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._values.get(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false")
        return value

    def integer(self, key: str, low: int, high: int, default: int | None = None) -> int:
        value = self._values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self.wrong(key, f"a whole number from {low} to {high}")
        return value

    def number(self, key: str, low: float, high: float, default: float) -> float:
        return self._number(key, self._values.get(key, default), low, high, f"a number from {low:g} to {high:g}")

    def numbers(self, key: str, count: int, low: float, high: float) -> tuple[float, ...]:
        values = self._values.get(key)
        allowed = f"{count} numbers from {low:g} to {high:g} in brackets"
        if not isinstance(values, list) or len(values) != count:
            raise self.wrong(key, allowed)
        return tuple(self._number(key, value, low, high, allowed) for value in values)

    def _number(self, key: str, value: object, low: float, high: float, allowed: str) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.wrong(key, allowed)
        return float(value)

    def converted(self, key: str, convert: Callable[[str], R], default: str | None = None) -> R:
        """A text put through `convert`, whose ValueError says what is wrong with it."""
        text = self.text(key, default)
        try:
            return convert(text)
        except ValueError as error:
            raise self.error(key, str(error), do="") from error

    def table(self, key: str) -> Table:
        """The table at `key`, empty when it is not there."""
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, f"a table: [{key}] or {{ … }}")
        return Table(self.file, self._lines, (*self.path, key), value)

    def tables(self, key: str, *, least: int = 0) -> list[Table]:
        """The tables of the array at `key`."""
        values = self._values.get(key, [])
        if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
            raise self.wrong(key, f"tables: [[{key}]] or [ {{ … }}, … ]")
        if len(values) < least:
            raise self.error(key, "is missing", do=f"write at least {least} [[{key}]]")
        return [Table(self.file, self._lines, (*self.path, key, at), value) for at, value in enumerate(values)]


def spelled(path: Path) -> str:
    """A path as people count: `products 2, price`."""
    text = ""
    for part in path:
        text += f" {part + 1}" if isinstance(part, int) else f"{', ' if text else ''}{part}"
    return text


def found(value: object) -> str:
    """What stands in the file, short enough for one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, int) and abs(value) > 10**40:
        return "a huge number"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def did_you_mean(given: str, allowed: Iterable[str]) -> str:
    folded = {one.casefold(): one for one in allowed}
    close = get_close_matches(given.casefold(), folded, n=1, cutoff=0.6)
    return f"; did you mean {folded[close[0]]!r}?" if close else ""


def one_of(allowed: Iterable[str]) -> str:
    return f"write one of {', '.join(allowed)}"
