"""Where each key of a TOML text stands: `tomllib` gives values, this gives their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r"""(?P<skip>[ \t\r]+|\#[^\n]*)
    |(?P<newline>\n)
    |(?P<text>\"\"\"(?:[^\\]|\\.)*?\"{3,5}|'''.*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')
    |(?P<mark>[\[\]{},=.])
    |(?P<word>[^\s\[\]{},=.\#"']+)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_SHORT = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def key_lines(text: str) -> dict[Path, int]:
    """The line, from 1, of each table, array item and key of a valid TOML text, by its path."""
    return _Scanner(text).lines


class _Scanner:
    """One pass over the tokens. Only for texts that `tomllib` took: it checks nothing itself."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self._tokens = _tokens(text)
        self._kind, self._value, self._line = next(self._tokens)
        self._arrays: dict[Path, int] = {}  # index of the last table of each [[array]]
        table: Path = ()
        while self._kind != "end":
            if self._kind == "newline":
                self._step()
            elif self._value == "[":
                table = self._header()
            else:
                self._pair(table)

    def _step(self) -> None:
        self._kind, self._value, self._line = next(self._tokens)

    def _header(self) -> Path:
        line = self._line
        self._step()
        many = self._value == "["
        if many:
            self._step()
        path: Path = ()
        parts = self._key()
        for at, part in enumerate(parts):
            path = (*path, part)
            if many and at == len(parts) - 1:
                self._arrays[path] = self._arrays.get(path, -1) + 1
            if path in self._arrays:
                path = (*path, self._arrays[path])
        for _ in range(1 + many):
            self._step()  # the closing brackets
        self.lines.setdefault(path, line)
        return path

    def _key(self) -> list[str]:
        parts: list[str] = []
        while self._value not in {"=", "]"} or self._kind == "text":
            if self._kind in {"text", "word"}:
                parts.append(_unquoted(self._value) if self._kind == "text" else self._value)
            self._step()
        return parts

    def _pair(self, table: Path) -> None:
        line = self._line
        path = (*table, *self._key())
        for end in range(len(table) + 1, len(path) + 1):
            self.lines.setdefault(path[:end], line)
        self._step()  # =
        self._values(path)

    def _values(self, path: Path) -> None:
        """One value at `path`: containers are entered, the rest is passed over."""
        if self._kind == "mark" and self._value in "[{":
            is_array, index = self._value == "[", 0
            self._step()
            while not (self._kind == "mark" and self._value in "]}"):
                if self._kind == "newline" or self._value == ",":
                    self._step()
                elif is_array:
                    self.lines.setdefault((*path, index), self._line)
                    self._values((*path, index))
                    index += 1
                else:
                    self._pair(path)
            self._step()
            return
        while self._kind in {"text", "word"} or self._value == ".":
            self._step()


def _tokens(text: str) -> Iterator[tuple[str, str, int]]:
    line = 1
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind != "skip":
            yield kind, found.group(), line
        line += found.group().count("\n")
    while True:
        yield "end", "", line


def _unquoted(token: str) -> str:
    if token[0] == "'":
        return token[1:-1]
    return _ESCAPE.sub(lambda one: _unescaped(one[1]), token[1:-1])


def _unescaped(escape: str) -> str:
    return chr(int(escape[1:], 16)) if escape[0] in "uU" else _SHORT.get(escape, escape)
